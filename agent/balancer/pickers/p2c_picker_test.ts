import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { Queue } from "../host/queue.ts";
import { HostState } from "../host/host_state.ts";
import { P2cPicker } from "./p2c_picker.ts";

/** Idle hosts, named by their ip from 1, of which `next()` compares those that `draws` says. */
class Rig {
  readonly picker: P2cPicker;
  readonly queue = new Queue<HostState>();
  readonly hosts: HostState[];
  draws: number[] = [];
  nowMs = 0;

  constructor(weights: number[], { slowStartMs = 0 } = {}) {
    this.picker = new P2cPicker(() => this.draws.shift() ?? 0, slowStartMs);
    this.hosts = weights.map((weight, i) => new HostState({ ip: i + 1, port: 1, weight }));
    for (const host of this.hosts) this.join(host);
  }

  join(host: HostState): void {
    this.queue.push(host.place);
    this.picker.add(host, this.nowMs);
  }

  pick(...draws: number[]): number {
    this.draws = draws;
    const host = this.picker.pick(this.nowMs);
    this.picker.onPick(host, this.nowMs);
    this.queue.moveToTail(host.place);
    return host.ip;
  }

  learn(ip: number, costMs: number, { succeeded = true, count = 1 } = {}): void {
    this.picker.onResult(this.hosts[ip - 1], { succeeded, costMs, count }, this.nowMs);
  }

  loadOf(ip: number) {
    return this.picker.describe(this.hosts[ip - 1], this.nowMs);
  }
}

Deno.test("P2cPicker picks the only host without drawing another", () => {
  assertEquals(new Rig([100]).pick(0.99), 1);
});

Deno.test("P2cPicker draws two different hosts, each as likely", () => {
  const rig = new Rig([100, 100, 100]);
  rig.learn(1, 900);
  rig.learn(2, 30);
  rig.learn(3, 1);
  // The first draw is of the three, the second of the other two, from the first one on.
  assertEquals(rig.pick(0, 0), 2);
  assertEquals(rig.pick(0, 0.5), 3);
  assertEquals(rig.pick(0.34, 0.5), 2);
  assertEquals(rig.pick(0.67, 0.99), 3);
});

Deno.test("P2cPicker picks the host of two with the lower latency", () => {
  const rig = new Rig([100, 100]);
  rig.learn(1, 50);
  rig.learn(2, 5);
  assertEquals([rig.pick(0, 0), rig.pick(0.5, 0)], [2, 2]);
});

Deno.test("P2cPicker picks the host of two with fewer outstanding picks", () => {
  const rig = new Rig([100, 100]);
  assertEquals([1, 2, 3, 4].map(() => rig.pick(0, 0)), [1, 2, 1, 2]);
  rig.learn(2, 0, { count: 2 });
  assertEquals([1, 2, 3].map(() => rig.pick(0, 0)), [2, 2, 1]);
});

Deno.test("P2cPicker has a host of twice the weight bear twice the picks", () => {
  const rig = new Rig([200, 100]);
  const picks = Array.from({ length: 9 }, () => rig.pick(0, 0));
  assertEquals(picks.filter((ip) => ip === 1).length, 6);
});

Deno.test("P2cPicker picks of equals the one that was not picked for longer", () => {
  const rig = new Rig([100, 100]);
  assertEquals(rig.pick(0.5, 0), 1);
  rig.learn(1, 0);
  assertEquals(rig.pick(0, 0), 2);
});

Deno.test("P2cPicker heeds a worse latency at once, a better one by and by", () => {
  const rig = new Rig([100]);
  rig.learn(1, 10);
  rig.learn(1, 100);
  assertEquals(rig.loadOf(1).latencyMs, 100);
  rig.nowMs = 10_000;
  rig.learn(1, 10);
  assertAlmostEquals(rig.loadOf(1).latencyMs, 100 / Math.E + 10 * (1 - 1 / Math.E), 1e-9);
});

Deno.test("P2cPicker has a latency fade while nothing is heard", () => {
  const rig = new Rig([100]);
  rig.learn(1, 100);
  rig.nowMs = 20_000;
  assertAlmostEquals(rig.loadOf(1).latencyMs, 100 / Math.E ** 2, 1e-9);
});

Deno.test("P2cPicker shuns a host that fails fast", () => {
  const rig = new Rig([100, 100]);
  rig.learn(1, 10);
  rig.learn(2, 10);
  rig.learn(1, 0, { succeeded: false });
  assertGreater(rig.loadOf(1).latencyMs, 10 * rig.loadOf(2).latencyMs);
  assertEquals([rig.pick(0, 0), rig.pick(0, 0), rig.pick(0, 0)], [2, 2, 2]);
});

Deno.test("P2cPicker shuns a host that fails slowly for as long as it took", () => {
  const rig = new Rig([100]);
  rig.learn(1, 1);
  rig.learn(1, 5000, { succeeded: false });
  assertEquals(rig.loadOf(1).latencyMs, 5000);
});

Deno.test("P2cPicker takes a host that comes back as it usually is, not as it failed", () => {
  const rig = new Rig([100, 100]);
  rig.learn(1, 10);
  rig.picker.remove(rig.hosts[0]);
  rig.learn(1, 5000, { succeeded: false });
  rig.join(rig.hosts[0]);
  assertEquals(rig.loadOf(1).latencyMs, 10);
});

Deno.test("P2cPicker learns what is usual from many calls as from each of them", () => {
  const [atOnce, singly] = [new Rig([100]), new Rig([100])];
  for (const rig of [atOnce, singly]) rig.learn(1, 80);
  atOnce.learn(1, 8, { count: 20 });
  for (let i = 0; i < 20; i++) singly.learn(1, 8);
  for (const rig of [atOnce, singly]) {
    rig.picker.remove(rig.hosts[0]);
    rig.join(rig.hosts[0]); // is as slow as usual
  }
  assertAlmostEquals(atOnce.loadOf(1).latencyMs, singly.loadOf(1).latencyMs, 1e-9);
  assertLess(atOnce.loadOf(1).latencyMs, 15);
});

Deno.test("P2cPicker learns no latency from a call that was not measured", () => {
  const rig = new Rig([100]);
  rig.learn(1, 80);
  rig.learn(1, 0, { count: 50 });
  assertEquals(rig.loadOf(1).latencyMs, 80);
  rig.learn(1, 0, { succeeded: false });
  assertGreater(rig.loadOf(1).latencyMs, 1000);
});

Deno.test("P2cPicker counts picks of a host that is not idle", () => {
  const rig = new Rig([100]);
  rig.pick();
  rig.picker.remove(rig.hosts[0]);
  rig.picker.onPick(rig.hosts[0], 0); // a probe
  rig.learn(1, 0, { succeeded: false });
  assertEquals(rig.loadOf(1).outstanding, 1);
});

Deno.test("P2cPicker gives a host less that starts slowly", () => {
  const rig = new Rig([100, 100], { slowStartMs: 10_000 });
  rig.hosts[0].idleFromMs = -10_000;
  const picks = Array.from({ length: 11 }, () => rig.pick(0, 0));
  assertEquals(picks.filter((ip) => ip === 2).length, 1);
});

Deno.test("P2cPicker forgets picks without an outcome after 10 to 20 s", () => {
  const rig = new Rig([100]);
  rig.pick();
  rig.pick();
  assertEquals(rig.loadOf(1).outstanding, 2);
  rig.nowMs = 10_000;
  rig.pick();
  assertEquals(rig.loadOf(1).outstanding, 3);
  rig.learn(1, 1); // of the two earlier ones
  rig.nowMs = 20_000;
  assertEquals(rig.loadOf(1).outstanding, 1);
  rig.nowMs = 40_000;
  assertEquals(rig.loadOf(1).outstanding, 0);
});

Deno.test("P2cPicker counts no outcome of a pick that it does not know of", () => {
  const rig = new Rig([100]);
  rig.learn(1, 1, { count: 5 });
  assertEquals(rig.loadOf(1).outstanding, 0);
});

Deno.test("P2cPicker picks no host that left, from wherever it stood", () => {
  for (const gone of [1, 2, 3]) {
    const rig = new Rig([100, 100, 100]);
    rig.picker.remove(rig.hosts[gone - 1]);
    rig.picker.remove(rig.hosts[gone - 1]);
    for (const draws of [[0, 0], [0.5, 0], [0.99, 0.99]]) assert(rig.pick(...draws) !== gone);
  }
});

Deno.test("P2cPicker leaves the others alone when a host leaves that never was there", () => {
  const rig = new Rig([100]);
  rig.picker.remove(new HostState({ ip: 9, port: 1, weight: 1 }));
  assertEquals(rig.pick(), 1);
});
