import { assert, assertEquals, assertLess, assertNotEquals } from "@std/assert";
import { anySeed } from "../../testing/seeded_random.ts";
import { areRivals, nameOf } from "./fault.ts";
import { drawFaults, type Possible } from "./fault_schedule.ts";

const POSSIBLE: Possible = {
  kill: [{ role: "dns1" }, { role: "agent1" }],
  stop: [{ role: "dns1" }, { role: "dns2" }],
  throw: [{ role: "agent1", worker: "shard0" }],
  cut: [{ role: "agent1", peer: "dns1" }, { role: "dns1", peer: "database" }],
  fill: [],
};

Deno.test("drawFaults() gives the same faults for the same seed, and others for another", () => {
  const draw = (seed: number) => drawFaults(seed, { possible: POSSIBLE, forMs: 60_000 });
  assertEquals(draw(1), draw(1));
  assertNotEquals(draw(1), draw(2));
});

Deno.test("drawFaults() has every kind happen that can, and all over in time", () => {
  const seed = anySeed();
  const faults = drawFaults(seed, { possible: POSSIBLE, forMs: 60_000 });
  const kinds = new Set(faults.map(({ kind }) => kind));
  assertEquals(kinds, new Set(["kill", "stop", "throw", "cut"]), `seed ${seed}`);
  for (const { atMs, forMs } of faults) assert(atMs + forMs <= 60_000, `seed ${seed}`);
});

Deno.test("drawFaults() breaks two things at a time at most, and none twice at once", () => {
  const seed = anySeed();
  const faults = drawFaults(seed, { possible: POSSIBLE, forMs: 600_000 });
  for (const fault of faults) {
    const underWay = faults.filter((other) =>
      other !== fault && other.atMs <= fault.atMs && fault.atMs < other.atMs + other.forMs
    );
    assertLess(underWay.length, 2, `seed ${seed}`);
    for (const other of underWay) {
      const names = `${nameOf(other.target)} and ${nameOf(fault.target)} of seed ${seed}`;
      assert(!areRivals(other.target, fault.target), names);
    }
  }
});

Deno.test("drawFaults() draws nothing where nothing can be broken", () => {
  assertEquals(drawFaults(1, { possible: {}, forMs: 60_000 }), []);
});
