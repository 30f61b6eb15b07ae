/**
 * The balancer alone, without sockets and threads: in this process, and in the simulator.
 *
 * @module
 */

import { Balancer, DEFAULT_SETTINGS } from "../../agent/balancer/mod.ts";
import { simulateCommand } from "../../lars/commands/simulate.ts";
import { simulatedCallsPerSec } from "../harness/simulated_calls.ts";
import { measureAlternating } from "../harness/alternation.ts";
import type { Figure, Suite, SuiteInput } from "../suite.ts";

const COUNTS = [10, 10_000];
/** Calls between two readings of the clock. */
const CALLS = 10_000;
/** Time goes on, but never to the end of a window: what is measured stays the same. */
const TICK_MS = 1e-6;
/** Each kind is run so often before it counts, so that it is compiled. */
const WARMUP_SEC = 0.2;
/** For each second that is asked for. */
const SIMULATED_SEC = 6_000;
/** The first simulator of ours had none. */
const HAS_SCENARIOS = "scenario" in simulateCommand.flags!;

/** What a pick and its report take. */
export const balancerSuite: Suite = {
  name: "balancer",
  summary: "choose and report among 10 and 10,000 hosts, beside looking one host up in a Map",
  async run({ rounds, seconds, signal }: SuiteInput) {
    const figures: Figure[] = [];
    for (const count of COUNTS) {
      const lookUp = makeLookUp(count);
      const chooseAndReport = makeChooseAndReport(count);
      for (const run of [lookUp, chooseAndReport]) nsPerCall(run, WARMUP_SEC);
      figures.push(
        ...await measureAlternating({
          rounds,
          unit: "ns",
          reference: { name: "Map lookup", measure: () => nsPerCall(lookUp, seconds / 2) },
          contenders: [{
            name: `choose + report, ${count.toLocaleString("en")} hosts`,
            measure: () => nsPerCall(chooseAndReport, seconds / 2),
          }],
        }),
      );
    }
    if (!HAS_SCENARIOS) return figures;

    function simulate(policy: string): Promise<number> {
      return simulatedCallsPerSec({ policy, seconds: Math.ceil(SIMULATED_SEC * seconds), signal });
    }

    const simulated = await measureAlternating({
      rounds,
      unit: "/s",
      reference: { name: "round robin", measure: () => simulate("round-robin") },
      contenders: [{ name: "simulated calls", measure: () => simulate("lars") }],
    });
    return [...figures, ...simulated];
  },
};

function nsPerCall(run: () => number, seconds: number): number {
  const startMs = performance.now();
  const endMs = startMs + seconds * 1000;
  let sum = 0;
  let calls = 0;
  let nowMs = startMs;
  for (; nowMs < endMs; nowMs = performance.now()) {
    sum += run();
    calls += CALLS;
  }
  if (sum === 0) throw new Error("Nothing was done"); // and nothing was optimized away
  return (nowMs - startMs) * 1e6 / calls;
}

/** Keys that jump about, as those of modules do. */
function makeLookUp(count: number): () => number {
  const hosts = makeHosts(count);
  const byIp = new Map(hosts.map((host) => [host.ip, host]));
  const ips = Array.from({ length: CALLS }, (_, n) => hosts[(n * 7919) % count].ip);
  return () => {
    let sum = 0;
    for (let n = 0; n < CALLS; n++) sum += byIp.get(ips[n])!.port;
    return sum;
  };
}

/** One call in a hundred fails. */
function makeChooseAndReport(count: number): () => number {
  const balancer = new Balancer(DEFAULT_SETTINGS);
  balancer.update(makeHosts(count), 0);
  let nowMs = 0;
  return () => {
    let picks = 0;
    for (let n = 0; n < CALLS; n++) {
      const choice = balancer.choose(nowMs += TICK_MS);
      if (typeof choice === "number") continue;
      const { ip, port } = choice;
      balancer.report({ ip, port, retcode: n % 100 === 0 ? 2 : 0 }, nowMs);
      picks++;
    }
    return picks;
  };
}

function makeHosts(count: number) {
  return Array.from({ length: count }, (_, n) => ({ ip: 0x0a00_0001 + n, port: 80, weight: 100 }));
}
