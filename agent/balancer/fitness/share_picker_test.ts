import { assert, assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { RatedHost } from "./rated_host.ts";
import { SharePicker } from "./share_picker.ts";
import { PoolLoad } from "./under_way.ts";

/** Hosts, named by their ip, that are picked by their shares. */
class Rig {
  readonly picker = new SharePicker<RatedHost>();
  readonly #pool = new PoolLoad();

  join(ip: number, weight: number): RatedHost {
    const host = new RatedHost({ ip, port: 1, weight }, this.#pool);
    this.picker.set(host, weight);
    return host;
  }

  leave(host: RatedHost): void {
    this.picker.remove(host);
  }

  pick(): number {
    return this.picker.pick()!.ip;
  }

  pickTimes(count: number): number[] {
    return Array.from({ length: count }, () => this.pick());
  }
}

function countOf(picks: number[], ip: number): number {
  return picks.filter((pick) => pick === ip).length;
}

Deno.test("SharePicker interleaves unequal hosts smoothly", () => {
  const rig = new Rig();
  rig.join(1, 5);
  rig.join(2, 1);
  rig.join(3, 1);
  assertEquals(rig.pickTimes(14), [1, 1, 2, 1, 1, 1, 3, 1, 1, 2, 1, 1, 1, 3]);
});

Deno.test("SharePicker picks hosts of equal shares in exact rotation, whatever others have", () => {
  const drawn = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.constantFrom(1, 7, 0.1, 1 / 3));
  const property = fc.property(drawn, ([hosts, share]) => {
    const rig = new Rig();
    for (let ip = 0; ip < hosts; ip++) rig.join(ip, share);
    rig.join(100, 0.25);
    rig.join(101, 5);
    const picks = rig.pickTimes(20 * hosts).filter((ip) => ip < 100);
    for (const [n, ip] of picks.entries()) assertEquals(ip, n % hosts);
  });
  fc.assert(property, { seed: 1, numRuns: 200 });
});

Deno.test("SharePicker keeps shares when a host leaves, even with the only open window", () => {
  const rig = new Rig();
  const heavy = rig.join(1, 1000);
  rig.join(2, 1);
  rig.join(3, 2);
  rig.pickTimes(10);
  rig.leave(heavy);
  const picks = rig.pickTimes(300);
  assert(Math.abs(countOf(picks, 2) - 100) <= 1 && Math.abs(countOf(picks, 3) - 200) <= 1);
});

Deno.test("SharePicker leaves the others alone when a host leaves that is not there", () => {
  const rig = new Rig();
  rig.join(1, 1);
  rig.leave(new RatedHost({ ip: 9, port: 1, weight: 1 }, new PoolLoad()));
  assertEquals(rig.pick(), 1);
});

Deno.test("SharePicker begins anew when all have left", () => {
  const rig = new Rig();
  const hosts = [rig.join(1, 3), rig.join(2, 0.1)];
  rig.pickTimes(7);
  for (const host of hosts) rig.leave(host);
  rig.join(3, 1);
  rig.join(4, 1);
  assertEquals(rig.pickTimes(4), [3, 4, 3, 4]);
});

Deno.test("SharePicker keeps every share within two of exact over any picks, whoever joins and leaves", () => {
  const drawn = fc.record({
    weights: fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 3, maxLength: 8 }),
    before: fc.nat(60),
    picks: fc.integer({ min: 1, max: 200 }),
  });
  const property = fc.property(drawn, ({ weights: [first, joining, ...rest], before, picks }) => {
    const rig = new Rig();
    const leaving = rig.join(0, first);
    for (const [i, weight] of rest.entries()) rig.join(2 + i, weight);
    rig.pickTimes(before);
    rig.leave(leaving);
    rig.join(1, joining);
    const weights = [joining, ...rest];
    const sum = weights.reduce((a, b) => a + b);
    const picked = rig.pickTimes(picks);
    for (const [i, weight] of weights.entries()) {
      const off = Math.abs(countOf(picked, 1 + i) - picks * weight / sum);
      assertLess(off, 2 + 1e-6, `host ${1 + i}`);
    }
  });
  fc.assert(property, { seed: 1, numRuns: 2000 });
});

Deno.test("SharePicker has no rounding error grow over a million picks", () => {
  const rig = new Rig();
  const weights = [0.1, 0.3, 1 / 3, 7, 1e6 / 3];
  for (const [ip, weight] of weights.entries()) rig.join(ip, weight);
  const sum = weights.reduce((a, b) => a + b);
  const counts = weights.map(() => 0);
  for (let n = 0; n < 1e6; n++) counts[rig.pick()]++;
  for (const [ip, weight] of weights.entries()) {
    assertLess(Math.abs(counts[ip] - 1e6 * weight / sum), 1 + 1e-6, `weight ${weight}`);
  }
});

Deno.test("SharePicker lets a host wait no longer than its new share says when that rises", () => {
  const rig = new Rig();
  const host = rig.join(1, 0.01);
  for (let ip = 2; ip <= 5; ip++) rig.join(ip, 1);
  rig.pickTimes(10);
  rig.picker.set(host, 1);
  assert(rig.pickTimes(6).includes(1));
});

Deno.test("SharePicker keeps no class without hosts for ever", () => {
  const rig = new Rig();
  const host = rig.join(1, 1);
  for (let n = 1; n < 10_000; n++) rig.picker.set(host, 1 / n);
  assertEquals([rig.picker.size, rig.pick()], [1, 1]);
});
