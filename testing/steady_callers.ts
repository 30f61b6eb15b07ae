/**
 * A program for system tests: callers that pick and report at a steady pace until they are stopped, as programs do that
 * have other work as well; `lars qps` goes as fast as it can and leaves nothing to those that it asks. It is told how many
 * modules to use, (1, 1) and so on, and the agent's first port, and prints what `lars qps --json` does.
 *
 * @module
 */

import { LarsClient, LarsError } from "../client/mod.ts";
import { reportRate } from "../lars/load/rate_report.ts";
import { PATIENCE_MS } from "./until.ts";

/** For each module. */
const CALLERS = 8;
const PAUSE_MS = 10;

const [modules, port] = Deno.args.map(Number);
const errors: Record<string, number> = {};
let done = 0;
let isOver = false;

await using client = new LarsClient({ port });
for (let modid = 1; modid <= modules; modid++) {
  await client.register(modid, 1, { timeoutMs: PATIENCE_MS });
}
const callers = Array.from({ length: modules * CALLERS }, (_, i) => call(1 + i % modules));
const load = {
  get done() {
    return done;
  },
  get retries() {
    return client.retries;
  },
  errors: () => errors,
};
const asLong = { seconds: Infinity, isJson: true };
Deno.exitCode = await reportRate({ load, threads: 1, unit: "picks+reports", ...asLong });
isOver = true;
await Promise.all(callers);

async function call(modid: number): Promise<void> {
  while (!isOver) {
    try {
      const host = await client.getHost(modid, 1);
      client.report(modid, 1, host, 0);
      done++;
    } catch (error) {
      if (!(error instanceof LarsError)) throw error;
      errors[error.code] = (errors[error.code] ?? 0) + 1;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
