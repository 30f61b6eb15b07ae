import { assert, assertEquals } from "@std/assert";
import { Balancer, type BalancerSettings, DEFAULT_SETTINGS, ORIGINAL } from "../mod.ts";

const HOSTS = [1, 2].map((ip) => ({ ip, port: 80, weight: 100 }));

function startBalancer(settings: Partial<BalancerSettings> = {}): Balancer {
  const balancer = new Balancer({ ...ORIGINAL, ...settings });
  balancer.update(HOSTS, 1000);
  return balancer;
}

Deno.test("explain() has nothing to tell of a module without hosts", () => {
  assertEquals(new Balancer(ORIGINAL).explain(0), {
    settings: ORIGINAL,
    ...{ picks: 0, access: 0, hosts: [], decisions: [] },
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
      ...{ spared: false, failureRate: 10 / 210, share: 21 / 32, fairShare: 0.5 },
    },
    {
      ...{ ip: 1, port: 80, weight: 100, state: "overloaded", sinceMs: 1000 },
      ...{ vsucc: 0, verr: 5, rsucc: 0, rerr: 0, runSucc: 0, runErr: 0 },
      ...{ spared: false, failureRate: 1, share: 11 / 32, fairShare: 0.5, picksToProbe: 0 },
    },
  ]);
});

Deno.test("explain() counts the probes of those before where probes go by picks", () => {
  const balancer = startBalancer({ probeNum: 2 });
  for (const ip of [1, 2]) balancer.report({ ip, port: 80, retcode: 1, count: 15 }, 2000);
  assertEquals(balancer.explain(2500).hosts.map(({ picksToProbe }) => picksToProbe), [0, 3]);
});

Deno.test("explain() tells what was decided, why, and by which numbers", () => {
  const balancer = startBalancer({ continSuccLimit: 2 });
  balancer.report({ ip: 1, port: 80, retcode: 1, count: 15 }, 2000);
  for (let i = 0; i < 11; i++) balancer.choose(3000);
  balancer.report({ ip: 1, port: 80, retcode: 0, count: 2 }, 4000);
  balancer.update(HOSTS.slice(1), 5000);
  const none = { vsucc: 0, verr: 0, rsucc: 0, rerr: 0, runSucc: 0, runErr: 0 };
  const { decisions } = balancer.explain(6000);
  assertEquals(decisions.map(({ atMs, ip, kind, reason }) => [atMs, ip, kind, reason]), [
    [1000, 1, "joined", "route"],
    [1000, 2, "joined", "route"],
    [2000, 1, "overloaded", "contin_err_limit"],
    [3000, 1, "probed", "probe_num"],
    [4000, 1, "idle", "contin_succ_limit"],
    [5000, 1, "left", "route"],
  ]);
  const { atMs: _, ip: __, kind: ___, reason: ____, ...numbers } = decisions[2];
  assertEquals(numbers, {
    ...none,
    ...{ port: 80, vsucc: 180, verr: 15, rerr: 15, runErr: 15, threshold: 15 },
  });
});

/** The last decision and its reason after what `happens` to a balancer with a host 1 that is out from 1 s on. */
function lastDecision(
  settings: Partial<BalancerSettings>,
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
      settings: {},
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
      happens: (balancer: Balancer) => balancer.report({ ip: 1, port: 80, retcode: 1 }, 16_000),
    },
    {
      decision: "2 spared: max_overloaded_percent",
      settings: { policy: "lars" as const, maxOverloadedPercent: 50 },
      happens: (balancer: Balancer) =>
        balancer.report({ ip: 2, port: 80, retcode: 1, count: 20 }, 1000),
    },
  ]
) {
  Deno.test(`explain() says "${decision}"`, () => {
    assertEquals(lastDecision(settings, happens), decision);
  });
}

Deno.test("explain() tells what the policy lars goes by", () => {
  const balancer = new Balancer(DEFAULT_SETTINGS);
  balancer.update(HOSTS, 0);
  for (let n = 0; n < 40; n++) {
    const choice = balancer.choose(n * 20);
    assert(typeof choice === "object");
    const { ip } = choice;
    balancer.report({ ip, port: 80, retcode: 0, costMs: ip === 1 ? 10 : 80 }, n * 20 + 10);
  }
  balancer.choose(1000);
  const { usual, hosts } = balancer.explain(1000);
  assertEquals([usual!.underWay, usual!.reportedShare > 0.9, usual!.refuses], [1, true, false]);
  const [fast, slow] = hosts.toSorted((a, b) => a.ip - b.ip);
  assertEquals([fast.fitness, fast.flaw, slow.flaw], [1, undefined, "latency"]);
  assert(slow.fitness! < 0.5 && slow.load!.latencyMs > usual!.latencyMs!);
});

Deno.test("explain() is a copy that the balancer does not change", () => {
  const balancer = startBalancer();
  const { hosts, decisions, settings } = balancer.explain(1000);
  const before = structuredClone({ hosts, decisions, settings });
  balancer.choose(2000);
  balancer.report({ ip: 1, port: 80, retcode: 1, count: 15 }, 2000);
  balancer.reload({ ...ORIGINAL, probeNum: 3 });
  assertEquals({ hosts, decisions, settings }, before);
});
