import { assert, assertEquals, assertLess } from "@std/assert";
import { Balancer, type BalancerSettings, DEFAULT_SETTINGS, OVERLOAD } from "../mod.ts";
import { PROBE_MS, PROOFS } from "./fitness_policy.ts";

/** Hosts named by their ip whose calls end one after the other, and a clock that goes on with each. */
class Rig {
  readonly balancer: Balancer;
  nowMs = 0;

  constructor(ids: readonly number[], settings: Partial<BalancerSettings> = {}) {
    this.balancer = new Balancer({ ...DEFAULT_SETTINGS, ...settings });
    this.route(...ids);
  }

  route(...ids: number[]): void {
    this.balancer.update(ids.map((ip) => ({ ip, port: 80, weight: 100 })), this.nowMs);
  }

  /** A call to the next host, which takes so long, or fails. */
  call(costOf: (ip: number) => number | "fails" = () => 10): number {
    this.nowMs += 20;
    const choice = this.balancer.choose(this.nowMs);
    assert(choice !== OVERLOAD && typeof choice === "object", "refused");
    const cost = costOf(choice.ip);
    const costMs = cost === "fails" ? 1 : cost;
    const retcode = Number(cost === "fails");
    this.balancer.report({ ip: choice.ip, port: 80, retcode, costMs }, this.nowMs + costMs);
    return choice.ip;
  }

  calls(count: number, costOf?: (ip: number) => number | "fails"): number[] {
    return Array.from({ length: count }, () => this.call(costOf));
  }

  get overloaded(): number[] {
    return Array.from(this.balancer.overloaded, ({ ip }) => ip);
  }

  viewOf(ip: number) {
    return this.balancer.explain(this.nowMs).hosts.find((host) => host.ip === ip)!;
  }
}

function countOf(picks: readonly number[], ip: number): number {
  return picks.filter((pick) => pick === ip).length;
}

Deno.test("lars ejects a host that fails where others do not, and none that fails as they do", () => {
  const alone = new Rig([1, 2, 3]);
  alone.calls(300, (ip) => ip === 2 ? "fails" : 10);
  assertEquals(alone.overloaded, [2]);

  const alike = new Rig([1, 2, 3]);
  let n = 0;
  alike.calls(600, () => n++ % 3 === 0 ? "fails" : 10);
  assertEquals(alike.overloaded, []);
});

Deno.test("lars leaves a host its share that fails now and then as all do", () => {
  const rig = new Rig([1, 2, 3, 4, 5]);
  let n = 0;
  const picks = rig.calls(5000, () => n++ % 97 === 0 ? "fails" : 10);
  for (const ip of [1, 2, 3, 4, 5]) assert(Math.abs(countOf(picks, ip) - 1000) < 60, `${ip}`);
  assertEquals(rig.overloaded, []);
});

Deno.test("lars gives a slower host less, and ejects one that is hopelessly slow", () => {
  const rig = new Rig([1, 2, 3, 4, 5, 6, 7, 8]);
  rig.calls(100);
  const costOf = (ip: number) => ip === 1 ? 25 : ip === 2 ? 500 : 10;
  rig.calls(400, costOf);
  const picks = rig.calls(400, costOf);
  assertEquals(rig.overloaded, [2]);
  assert(countOf(picks, 1) > 2 && countOf(picks, 1) < 40, `${countOf(picks, 1)}`);
  assertEquals(rig.viewOf(1).flaw, "latency");
});

Deno.test("lars keeps picks off a host that does not answer, long before callers give up", () => {
  const { balancer } = new Rig([1, 2, 3]);
  let [nowMs, lost] = [0, 0];
  for (let n = 0; n < 400; n++) {
    nowMs += 10;
    const choice = balancer.choose(nowMs);
    assert(typeof choice === "object");
    if (n > 200 && choice.ip === 2) lost++;
    else balancer.report({ ip: choice.ip, port: 80, retcode: 0, costMs: 5 }, nowMs + 5);
  }
  assertLess(lost, 8);
});

Deno.test("lars heeds nobody's silence where few report", () => {
  const { balancer } = new Rig([1, 2]);
  const picks: number[] = [];
  for (let n = 0; n < 2000; n++) {
    const choice = balancer.choose(n * 10);
    assert(typeof choice === "object");
    if (n >= 1000) picks.push(choice.ip);
    if (choice.ip === 1 && n % 4 === 0) {
      balancer.report({ ip: 1, port: 80, retcode: 0, costMs: 5 }, n * 10 + 5);
    }
  }
  assertEquals([countOf(picks, 1), balancer.overloaded.size], [500, 0]);
});

Deno.test("lars probes an ejected host in time, and has it prove itself by a row of calls", () => {
  const rig = new Rig([1, 2, 3]);
  rig.calls(300, (ip) => ip === 2 ? "fails" : 10);
  const ejectedMs = rig.nowMs - rig.viewOf(2).sinceMs;
  const picks: number[] = [];
  while (rig.overloaded.length > 0) picks.push(rig.call());
  assert(rig.nowMs - ejectedMs <= PROBE_MS + 1000, `${rig.nowMs - ejectedMs} ms`);
  assertEquals(picks.slice(-PROOFS), Array(PROOFS).fill(2)); // one at a time, and at once
  assertEquals(countOf(picks.slice(0, -PROOFS), 2), 0);
  const { kind, reason } = rig.balancer.explain(rig.nowMs).decisions.at(-1)!;
  assertEquals([kind, reason], ["idle", "proven"]);
  rig.calls(30);
  assertEquals(countOf(rig.calls(30), 2), 10);
});

Deno.test("lars ends a trial with the first failure, and waits again", () => {
  const rig = new Rig([1, 2, 3]);
  const costOf = (ip: number) => ip === 2 ? "fails" as const : 10;
  rig.calls(300, costOf);
  const picks = rig.calls(3000, costOf); // a minute
  assert(countOf(picks, 2) >= 5 && countOf(picks, 2) <= 7, `${countOf(picks, 2)}`);
});

Deno.test("lars goes round all hosts when all fail, and gives each its share when they are well", () => {
  const rig = new Rig([1, 2, 3, 4]);
  rig.calls(400);
  const picks = rig.calls(400, () => "fails");
  for (const ip of [1, 2, 3, 4]) assert(countOf(picks, ip) > 2, `${ip}`);
  rig.calls(100);
  const after = rig.calls(400);
  for (const ip of [1, 2, 3, 4]) assert(countOf(after, ip) >= 90, `${ip}: ${countOf(after, ip)}`);
});

Deno.test("lars has a host that joins prove itself by one call before it has a share", () => {
  const rig = new Rig([1, 2]);
  rig.calls(100);
  rig.route(1, 2, 3);
  rig.nowMs += 20;
  const first = rig.balancer.choose(rig.nowMs);
  assert(typeof first === "object");
  assertEquals([first.ip, rig.viewOf(3).proofsOwed], [3, 1]);
  assertEquals(countOf(rig.calls(10), 3), 0); // while it has not answered
  rig.balancer.report({ ip: 3, port: 80, retcode: 0, costMs: 10 }, rig.nowMs);
  assertEquals(countOf(rig.calls(30), 3), 10);
});

Deno.test("lars with slowStartMs begins a host with a tenth of its share", () => {
  const rig = new Rig([1, 2], { slowStartMs: 60_000 });
  rig.nowMs = 60_000;
  rig.calls(100);
  rig.route(1, 2, 3);
  const count = countOf(rig.calls(200), 3);
  assert(count > 3 && count < 20, `${count}`);
  rig.nowMs += 60_000;
  rig.calls(30);
  assertEquals(countOf(rig.calls(60), 3), 20);
});

Deno.test("lars ejects nobody with maxOverloadedPercent 0, and counts each host of a window once", () => {
  const rig = new Rig([1, 2, 3], { maxOverloadedPercent: 0 });
  rig.calls(300, (ip) => ip === 2 ? "fails" : 10);
  assertEquals([rig.overloaded, rig.balancer.suppressed], [[], 1]);
  assertEquals(rig.viewOf(2).spared, true);
});

Deno.test("lars takes hosts back of which too many are ejected as others leave, or by other settings", () => {
  const rig = new Rig([1, 2, 3, 4]);
  rig.calls(600, (ip) => ip <= 2 ? "fails" : 10);
  assertEquals(rig.overloaded.toSorted(), [1, 2]);
  rig.balancer.reload({ ...DEFAULT_SETTINGS, maxOverloadedPercent: 25 });
  assertEquals(rig.overloaded.length, 1);
  rig.route(...rig.overloaded);
  assertEquals(rig.overloaded, []);
});

Deno.test("lars shares picks in proportion to weights, and heeds new ones", () => {
  const { balancer } = new Rig([]);
  const countPicks = (...weights: number[]) => {
    balancer.update(weights.map((weight, ip) => ({ ip, port: 80, weight })), 0);
    const counts = weights.map(() => 0);
    for (let n = 0; n < 400; n++) {
      const choice = balancer.choose(0);
      assert(typeof choice === "object");
      counts[choice.ip]++;
      balancer.report({ ip: choice.ip, port: 80, retcode: 0 }, 0);
    }
    return counts;
  };
  assertEquals(countPicks(100, 100), [200, 200]);
  assertEquals(countPicks(100, 300), [100, 300]);
  assertEquals(countPicks(400, 100), [320, 80]);
});
