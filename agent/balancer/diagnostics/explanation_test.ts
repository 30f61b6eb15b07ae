import { assertEquals } from "@std/assert";
import { Balancer, DEFAULT_SETTINGS } from "../mod.ts";

const HOSTS = [1, 2].map((ip) => ({ ip, port: 80, weight: 100 }));

function startBalancer(settings: Partial<typeof DEFAULT_SETTINGS> = {}): Balancer {
  const balancer = new Balancer({ ...DEFAULT_SETTINGS, ...settings }, { random: () => 0 });
  balancer.update(HOSTS, 1000);
  return balancer;
}

Deno.test("explain() has nothing to tell of a module without hosts", () => {
  const balancer = new Balancer(DEFAULT_SETTINGS);
  assertEquals(balancer.explain(0), {
    settings: DEFAULT_SETTINGS,
    ...{ picks: 0, access: 0, panic: false, hosts: [], decisions: [] },
  });
});

Deno.test("explain() tells of each host what it is judged by, idle ones first in their order", () => {
  const balancer = startBalancer();
  for (let i = 0; i < 20; i++) balancer.choose(2000);
  balancer.report({ ip: 2, port: 80, retcode: 0, count: 20 }, 2000);
  balancer.report({ ip: 2, port: 80, retcode: 1, count: 10 }, 2000);
  balancer.report({ ip: 1, port: 80, retcode: 1, count: 15 }, 3000);
  for (let i = 0; i < 12; i++) balancer.choose(3000);
  const { hosts, picks, access } = balancer.explain(4000);
  assertEquals({ picks, access }, { picks: 32, access: 1 });
  assertEquals(hosts, [
    {
      ...{ ip: 2, port: 80, weight: 100, state: "idle", sinceMs: 3000 },
      ...{ vsucc: 200, verr: 10, rsucc: 20, rerr: 10, runSucc: 0, runErr: 10 },
      ...{ badWindows: 0, spared: false, failureRate: 10 / 210, share: 21 / 32 },
      ...{ picksToProbe: undefined, load: undefined },
    },
    {
      ...{ ip: 1, port: 80, weight: 100, state: "overloaded", sinceMs: 1000 },
      ...{ vsucc: 0, verr: 5, rsucc: 0, rerr: 0, runSucc: 0, runErr: 0 },
      ...{ badWindows: 0, spared: false, failureRate: 1, share: 11 / 32 },
      ...{ picksToProbe: 21, load: undefined },
    },
  ]);
});

Deno.test("explain() tells that a host is due which is to be probed next", () => {
  const balancer = startBalancer();
  balancer.report({ ip: 1, port: 80, retcode: 1, count: 20 }, 2000);
  for (let i = 0; i < 40; i++) balancer.choose(2500);
  assertEquals(balancer.explain(2500).hosts[1].picksToProbe, 37);
  balancer.report({ ip: 1, port: 80, retcode: 1 }, 3000);
  balancer.choose(17_000);
  assertEquals(balancer.explain(17_000).hosts[1].picksToProbe, 0);
});

Deno.test("explain() counts the probes of those before where the queue alone decides", () => {
  const balancer = startBalancer({ policy: "original", probeNum: 2 });
  for (const ip of [1, 2]) balancer.report({ ip, port: 80, retcode: 1, count: 30 }, 2000);
  assertEquals(balancer.explain(2500).hosts.map(({ picksToProbe }) => picksToProbe), [0, 3]);
});

Deno.test("explain() tells what was decided, why, and by which numbers", () => {
  const balancer = startBalancer({ continSuccLimit: 2 });
  balancer.report({ ip: 1, port: 80, retcode: 1, count: 15 }, 2000);
  for (let i = 0; i < 11; i++) balancer.choose(3000);
  balancer.report({ ip: 1, port: 80, retcode: 0, count: 2 }, 4000);
  balancer.update(HOSTS.slice(1), 5000);
  const none = { vsucc: 0, verr: 0, rsucc: 0, rerr: 0, runSucc: 0, runErr: 0 };
  const joined = { ...none, vsucc: 180, port: 80, atMs: 1000, kind: "joined", reason: "route" };
  const [one, port] = [1, 80];
  assertEquals(balancer.explain(6000).decisions, [
    { ...joined, ip: 1, threshold: undefined },
    { ...joined, ip: 2, threshold: undefined },
    {
      ...{
        atMs: 2000,
        ip: one,
        port,
        kind: "overloaded",
        reason: "contin_err_limit",
        threshold: 15,
      },
      ...{ ...none, vsucc: 180, verr: 15, rerr: 15, runErr: 15 },
    },
    {
      ...{ atMs: 3000, ip: one, port, kind: "probed", reason: "probe_num", threshold: undefined },
      ...{ ...none, verr: 5 },
    },
    {
      ...{ atMs: 4000, ip: one, port, kind: "idle", reason: "contin_succ_limit", threshold: 2 },
      ...{ ...none, vsucc: 2, verr: 5, rsucc: 2, runSucc: 2 },
    },
    {
      ...{ atMs: 5000, ip: one, port, kind: "left", reason: "route", threshold: undefined },
      ...{ ...none, vsucc: 180 },
    },
  ]);
});

/** The last decision and its reason after what `happens` to a balancer with a host 1 that is out from 1 s on. */
function lastDecision(
  settings: Partial<typeof DEFAULT_SETTINGS>,
  happens: (balancer: Balancer) => void,
): string {
  const balancer = startBalancer(settings);
  balancer.report({ ip: 1, port: 80, retcode: 1, count: 15 }, 1000);
  happens(balancer);
  const { kind, reason, ip } = balancer.explain(1e9).decisions.at(-1)!;
  return `${ip} ${kind}: ${reason}`;
}

for (
  const { decision, settings, happens } of [
    {
      decision: "2 overloaded: err_rate",
      settings: { initSuccCnt: 1 },
      happens: (balancer: Balancer) => balancer.report({ ip: 2, port: 80, retcode: 1 }, 1000),
    },
    {
      decision: "2 overloaded: window_err_rate",
      settings: { badWindows: 1 },
      happens: (balancer: Balancer) => balancer.report({ ip: 2, port: 80, retcode: 1 }, 16_000),
    },
    {
      decision: "1 idle: succ_rate",
      settings: { initErrCnt: 0 },
      happens: (balancer: Balancer) => balancer.report({ ip: 1, port: 80, retcode: 0 }, 1000),
    },
    {
      decision: "1 idle: overload_timeout",
      settings: {},
      happens: (balancer: Balancer) => balancer.choose(16_000),
    },
    {
      decision: "1 probed: overdue",
      settings: {},
      happens: (balancer: Balancer) => {
        balancer.choose(1000);
        balancer.report({ ip: 1, port: 80, retcode: 1 }, 1000);
        balancer.choose(16_000);
      },
    },
    {
      decision: "2 spared: max_overloaded_percent",
      settings: { maxOverloadedPercent: 50 },
      happens: (balancer: Balancer) =>
        balancer.report({ ip: 2, port: 80, retcode: 1, count: 20 }, 1000),
    },
  ]
) {
  Deno.test(`explain() says "${decision}"`, () => {
    assertEquals(lastDecision(settings, happens), decision);
  });
}

Deno.test("explain() says whether picks go over all hosts", () => {
  const balancer = startBalancer({ panicPercent: 40 });
  assertEquals(balancer.explain(1000).panic, false);
  balancer.report({ ip: 1, port: 80, retcode: 1, count: 15 }, 1000);
  assertEquals(balancer.explain(1000).panic, true);
});

Deno.test("explain() tells how loaded a host seems where the policy heeds it", () => {
  const balancer = startBalancer({ policy: "p2c" });
  balancer.choose(1000);
  balancer.report({ ip: 2, port: 80, retcode: 0, costMs: 7 }, 1000);
  assertEquals(balancer.explain(1000).hosts.map(({ ip, load }) => ({ ip, load })), [
    { ip: 2, load: { latencyMs: 7, outstanding: 0 } },
    { ip: 1, load: { latencyMs: 0, outstanding: 1 } },
  ]);
});

Deno.test("explain() is a copy that the balancer does not change", () => {
  const balancer = startBalancer();
  const { hosts, decisions, settings } = balancer.explain(1000);
  const before = structuredClone({ hosts, decisions, settings });
  balancer.choose(2000);
  balancer.report({ ip: 1, port: 80, retcode: 1, count: 15 }, 2000);
  balancer.reload({ ...DEFAULT_SETTINGS, probeNum: 3 });
  assertEquals({ hosts, decisions, settings }, before);
});
