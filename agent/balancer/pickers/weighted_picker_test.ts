import { assert, assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { Queue } from "../host/queue.ts";
import { HostState } from "../host/host_state.ts";
import { WeightedPicker } from "./weighted_picker.ts";

/** Idle hosts, named by their ip, that are picked as the balancer does it. */
class Rig {
  readonly picker: WeightedPicker;
  readonly #queue = new Queue<HostState>();
  nowMs = 0;

  constructor({ slowStartMs = 0 } = {}) {
    this.picker = new WeightedPicker(slowStartMs);
  }

  join(ip: number, weight: number): HostState {
    const host = new HostState({ ip, port: 1, weight });
    host.idleFromMs = this.nowMs;
    this.#queue.push(host.place);
    this.picker.add(host, this.nowMs);
    return host;
  }

  leave(host: HostState): void {
    this.#queue.remove(host.place);
    this.picker.remove(host);
  }

  pick(): number {
    const host = this.picker.pick(this.nowMs);
    this.#queue.moveToTail(host.place);
    return host.ip;
  }

  pickTimes(count: number): number[] {
    return Array.from({ length: count }, () => this.pick());
  }

  get queue(): number[] {
    return Array.from(this.#queue, ({ ip }) => ip);
  }
}

function countOf(picks: number[], ip: number): number {
  return picks.filter((pick) => pick === ip).length;
}

Deno.test("WeightedPicker interleaves unequal hosts smoothly", () => {
  const rig = new Rig();
  rig.join(1, 5);
  rig.join(2, 1);
  rig.join(3, 1);
  assertEquals(rig.pickTimes(14), [1, 1, 1, 2, 1, 3, 1, 1, 1, 1, 2, 1, 3, 1]);
});

Deno.test("WeightedPicker picks equal weights just as they stand in the queue", () => {
  const drawn = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.constantFrom(1, 7, 0.1, 1 / 3));
  const property = fc.property(drawn, ([hosts, weight]) => {
    const rig = new Rig();
    for (let ip = 0; ip < hosts; ip++) rig.join(ip, weight);
    for (let n = 0; n < 10 * hosts; n++) assertEquals(rig.queue[0], rig.pick());
  });
  fc.assert(property, { seed: 1, numRuns: 200 });
});

Deno.test("WeightedPicker keeps shares when a host leaves, even with the only open window", () => {
  const rig = new Rig();
  const heavy = rig.join(1, 1000);
  rig.join(2, 1);
  rig.join(3, 2);
  rig.pickTimes(10);
  rig.leave(heavy);
  const picks = rig.pickTimes(300);
  assert(Math.abs(countOf(picks, 2) - 100) <= 1 && Math.abs(countOf(picks, 3) - 200) <= 1);
});

Deno.test("WeightedPicker leaves the others alone when a host leaves that is not there", () => {
  const rig = new Rig();
  rig.join(1, 1);
  rig.picker.remove(new HostState({ ip: 9, port: 1, weight: 1 }));
  assertEquals(rig.pick(), 1);
});

Deno.test("WeightedPicker begins anew when all have left", () => {
  const rig = new Rig();
  const hosts = [rig.join(1, 3), rig.join(2, 0.1)];
  rig.pickTimes(7);
  for (const host of hosts) rig.leave(host);
  rig.join(3, 1);
  rig.join(4, 1);
  assertEquals(rig.pickTimes(4), [3, 4, 3, 4]);
});

Deno.test("WeightedPicker keeps every share within two of exact over any picks, whoever joins and leaves", () => {
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

Deno.test("WeightedPicker has no rounding error grow over a million picks", () => {
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

Deno.test("WeightedPicker gives a host its full share after a slow start of few picks", () => {
  const rig = new Rig({ slowStartMs: 1000 });
  for (let ip = 1; ip <= 9; ip++) rig.join(ip, 100);
  rig.nowMs = 10_000;
  rig.pickTimes(90);
  rig.join(10, 100);
  const picked = Array.from({ length: 110 }, () => {
    rig.nowMs += 100;
    return rig.pick();
  });
  const count = countOf(picked.slice(10), 10);
  assert(count >= 9 && count <= 11, `${count} of 100 picks after the start`);
});

Deno.test("WeightedPicker begins a host with a tenth of its share, which grows to all of it", () => {
  const rig = new Rig({ slowStartMs: 10_000 });
  for (const ip of [1, 2, 3]) rig.join(ip, 100);
  rig.nowMs = 10_000;
  rig.pickTimes(100);
  rig.join(4, 100);
  // Of 3.1 and, half way, 3.55 hosts' picks.
  const tenth = countOf(rig.pickTimes(3100), 4);
  assert(tenth >= 99 && tenth <= 101, `${tenth}`);
  rig.nowMs = 15_000;
  rig.pickTimes(40); // its next window is of the new weight
  const half = countOf(rig.pickTimes(3550), 4);
  assert(half >= 549 && half <= 551, `${half}`);
  rig.nowMs = 20_000;
  rig.pickTimes(40);
  const whole = countOf(rig.pickTimes(4000), 4);
  assert(whole >= 999 && whole <= 1001, `${whole}`);
});
