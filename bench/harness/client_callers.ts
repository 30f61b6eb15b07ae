/**
 * A program that does nothing but pick and report through our client library, with many callers at once. Prints JSON; the
 * words of its command line are the agent's port, callers, modules and seconds.
 *
 * @module
 */

import { LarsClient } from "../../client/mod.ts";
import { CMDID } from "./databases.ts";

/** What is printed. */
export interface CallersResult {
  /** Picks with their reports, per second. */
  rate: number;
  /** Picks that failed. */
  failed: number;
}

const WARMUP_MS = 300;

async function call(
  { port, callers, modules, seconds }: Record<"port" | "callers" | "modules" | "seconds", number>,
): Promise<CallersResult> {
  await using client = new LarsClient({ port });
  const names = Array.from({ length: modules }, (_, index) => index + 1);
  for (const modid of names) await client.register(modid, CMDID);
  const startMs = performance.now() + WARMUP_MS;
  const endMs = startMs + seconds * 1000;
  let pairs = 0;
  let failed = 0;

  async function caller(first: number): Promise<void> {
    for (let call = first;; call++) {
      const modid = names[call % modules];
      try {
        const host = await client.getHost(modid, CMDID);
        client.report(modid, CMDID, host, 0);
      } catch {
        failed++;
      }
      const nowMs = performance.now();
      if (nowMs >= endMs) return;
      if (nowMs >= startMs) pairs++;
    }
  }

  await Promise.all(Array.from({ length: callers }, (_, index) => caller(index)));
  return { rate: Math.round(pairs / seconds), failed };
}

if (import.meta.main) {
  const [port, callers, modules, seconds] = Deno.args.map(Number);
  console.log(JSON.stringify(await call({ port, callers, modules, seconds })));
}
