/**
 * Our client library: one program with 1,000 callers at once.
 *
 * @module
 */

import type { CallersResult } from "../harness/client_callers.ts";
import { makeSqlite } from "../harness/databases.ts";
import { runDeno } from "../harness/deno_program.ts";
import { Lars } from "../harness/lars.ts";
import { measureAlternating } from "../harness/alternation.ts";
import type { Suite, SuiteInput } from "../suite.ts";

const CALLERS = 1_000;
/** Of all three shards. */
const MODULES = 12;
const ECHO_SOCKETS = 10;

/** Pairs of a pick and a report. */
export const clientSuite: Suite = {
  name: "client",
  summary: "getHost and report by 1,000 callers in one process, beside a C UDP echo's round trips",
  async run({ native, rounds, seconds, folder, signal }: SuiteInput) {
    await using reference = await native.serve("udp_echo");
    await using lars = await Lars.start({ store: await makeSqlite(folder, MODULES) });

    async function pairsPerSec(): Promise<number> {
      const { rate, failed } = await runDeno<CallersResult>([
        ...["run", "--no-prompt", "--allow-net=127.0.0.1", "bench/harness/client_callers.ts"],
        ...[lars.agent.port, CALLERS, MODULES, seconds].map(String),
      ], signal);
      if (failed > 0) throw new Error(`${failed} picks failed`);
      return rate;
    }

    return await measureAlternating({
      rounds,
      unit: "/s",
      reference: {
        name: "C UDP echo",
        async measure() {
          const flags = { port: reference.port, mode: "echo", sockets: ECHO_SOCKETS, seconds };
          return (await native.load("udp_load", flags)).rate;
        },
      },
      contenders: [{
        name: `${CALLERS.toLocaleString("en")} callers, picks + reports`,
        measure: pairsPerSec,
        target: { ratioAtLeast: 1.8 },
      }],
    });
  },
};
