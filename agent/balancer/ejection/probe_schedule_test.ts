import { assertEquals } from "@std/assert";
import { Queue } from "../host/queue.ts";
import { HostState } from "../host/host_state.ts";
import { MAX_PROBE_WAIT, type ProbeRules, ProbeSchedule } from "./probe_schedule.ts";

const RULES: ProbeRules = { basePicks: 11, factor: 2, overdueMs: 15_000 };

/** Overloaded hosts, named by their ip, and picks that are made every so often. */
class Rig {
  readonly queue = new Queue<HostState>();
  readonly schedule = new ProbeSchedule(this.queue);
  readonly hosts: HostState[];
  nowMs = 0;

  constructor(count: number, readonly rules: ProbeRules = RULES) {
    this.hosts = Array.from(
      { length: count },
      (_, ip) => new HostState({ ip, port: 1, weight: 1 }),
    );
    for (const host of this.hosts) this.join(host);
  }

  join(host: HostState): void {
    this.queue.push(host.place);
    this.schedule.join(host, this.nowMs);
  }

  leave(host: HostState): void {
    this.queue.remove(host.place);
    this.schedule.leave(host);
  }

  pick(count = 1): void {
    for (let i = 0; i < count; i++) this.schedule.countPick(this.nowMs);
  }

  /** The host that a probe goes to now, which was first in the queue. */
  probe(): number | undefined {
    const host = this.schedule.next(this.nowMs, this.rules);
    if (host !== undefined) this.schedule.probed(host, this.nowMs, this.rules);
    return host?.ip;
  }

  /** How many picks it takes until a host is probed that nothing is heard of. */
  waits(probes: number): number[] {
    return Array.from({ length: probes }, () => {
      for (let picks = 1;; picks++) {
        this.pick();
        if (this.probe() !== undefined) return picks;
      }
    });
  }

  picksLeft(host: HostState): number {
    return this.schedule.picksLeft(host, this.nowMs, this.rules);
  }

  get isOverdue(): boolean {
    return this.schedule.isOverdue(this.nowMs, this.rules);
  }
}

Deno.test("ProbeSchedule has no host to probe when none is overloaded", () => {
  assertEquals(new Rig(0).probe(), undefined);
});

Deno.test("ProbeSchedule waits factor times as long after each probe, up to 64-fold", () => {
  assertEquals(MAX_PROBE_WAIT, 64);
  assertEquals(new Rig(1).waits(9), [1, 22, 44, 88, 176, 352, 704, 704, 704]);
  const slower = { ...RULES, basePicks: 3, factor: 1.5 };
  assertEquals(new Rig(1, slower).waits(4), [1, 5, 7, 11]);
});

Deno.test("ProbeSchedule with factor 1 goes round the queue and lets none wait", () => {
  const rig = new Rig(3, { ...RULES, factor: 1 });
  assertEquals([1, 2, 3, 4].map(() => rig.probe()), [0, 1, 2, 0]);
  rig.pick();
  rig.nowMs = 1e9;
  assertEquals(rig.isOverdue, false);
});

Deno.test("ProbeSchedule never has a host that waits hide one that is due", () => {
  const rig = new Rig(2);
  assertEquals([rig.probe(), rig.probe(), rig.probe()], [0, 1, undefined]);
  const late = new HostState({ ip: 7, port: 1, weight: 1 });
  rig.join(late);
  assertEquals([rig.probe(), rig.probe()], [7, undefined]);
});

Deno.test("ProbeSchedule.succeeded() ends the long wait of a host, and no other's", () => {
  const rig = new Rig(2);
  assertEquals([rig.probe(), rig.probe()], [0, 1]);
  rig.schedule.succeeded(rig.hosts[1]);
  assertEquals(rig.hosts.map((host) => rig.picksLeft(host)), [22, 0]);
  assertEquals([rig.probe(), rig.probe()], [1, undefined]);
});

Deno.test("ProbeSchedule.succeeded() leaves a host due that is", () => {
  const rig = new Rig(1);
  rig.schedule.succeeded(rig.hosts[0]);
  assertEquals(rig.picksLeft(rig.hosts[0]), 0);
});

Deno.test("ProbeSchedule.picksLeft() counts down to the next probe", () => {
  const rig = new Rig(1);
  rig.probe();
  rig.pick(20);
  assertEquals([rig.picksLeft(rig.hosts[0]), rig.probe()], [2, undefined]);
  rig.pick(2);
  assertEquals([rig.picksLeft(rig.hosts[0]), rig.probe()], [0, 0]);
});

Deno.test("ProbeSchedule has the host due that was tried overdueMs ago, least recently first", () => {
  const rig = new Rig(2);
  rig.probe();
  rig.nowMs = 1000;
  rig.probe();
  rig.nowMs = 14_999;
  assertEquals(rig.probe(), undefined);
  rig.nowMs = 15_000;
  assertEquals([rig.probe(), rig.probe()], [0, undefined]);
  rig.nowMs = 16_000;
  assertEquals(rig.probe(), 1);
});

Deno.test("ProbeSchedule.isOverdue() overdueMs after the first pick that was no probe", () => {
  const rig = new Rig(1);
  rig.nowMs = 60_000;
  assertEquals(rig.isOverdue, false); // nobody has picked
  rig.pick();
  assertEquals(rig.isOverdue, false); // so that of two rare picks one is no probe
  rig.nowMs = 74_999;
  rig.pick();
  assertEquals(rig.isOverdue, false);
  rig.nowMs = 75_000;
  rig.pick();
  assertEquals([rig.isOverdue, rig.probe(), rig.isOverdue], [true, 0, false]);
});

Deno.test("ProbeSchedule.isOverdue() counts anew from the first host's overload", () => {
  const rig = new Rig(1);
  rig.pick();
  rig.leave(rig.hosts[0]);
  rig.nowMs = 60_000;
  rig.join(rig.hosts[0]);
  rig.pick();
  assertEquals(rig.isOverdue, false);
});

Deno.test("ProbeSchedule.isOverdue() goes on counting while picks are refused, whoever comes and goes", () => {
  const rig = new Rig(1);
  rig.pick();
  rig.schedule.refused();
  rig.leave(rig.hosts[0]);
  rig.nowMs = 15_000;
  rig.join(rig.hosts[0]);
  rig.pick();
  assertEquals([rig.isOverdue, rig.probe()], [true, 0]);
});

Deno.test("ProbeSchedule.probeNext() has hosts be probed before the others, once each", () => {
  const rig = new Rig(3);
  rig.schedule.probeNext(rig.hosts[2]);
  rig.schedule.probeNext(rig.hosts[1]);
  const { schedule, hosts } = rig;
  assertEquals(schedule.next(0, RULES)?.ip, 2);
  assertEquals(schedule.probed(hosts[2], 0, RULES), true);
  assertEquals([rig.probe(), rig.probe(), rig.probe()], [1, 0, undefined]);
  assertEquals(schedule.probed(hosts[2], 0, RULES), false);
});

Deno.test("ProbeSchedule.leave() forgets a host that was to be probed next", () => {
  const rig = new Rig(2);
  rig.schedule.probeNext(rig.hosts[1]);
  rig.leave(rig.hosts[1]);
  assertEquals([rig.probe(), rig.probe()], [0, undefined]);
});
