/**
 * One thread of `lars qps`: picks and reports as fast as its agent answers, and counts.
 *
 * @module
 */

import { LarsClient, LarsError } from "../../client/mod.ts";
import { type Posts, runWorker } from "../../reactor/mod.ts";
import { threadCounters, type ThreadInit } from "./thread_load.ts";
import { QPS_ERRORS, type QpsPart } from "./qps_load.ts";

/** How often retries are noted, ms. */
const RETRIES_INTERVAL_MS = 100;
/** Loops of one thread: so many picks are in flight on its socket. */
const LOOPS = 16;

runWorker<ThreadInit<QpsPart>, Posts<never>>(({ agent, modid, cmdid, buffer }) => {
  const counters = threadCounters(QPS_ERRORS, buffer);
  const client = new LarsClient(agent);
  let isStopping = false;
  // Noted by time: while an agent restarts, no pick is done, and just then it matters.
  const noting = setInterval(noteRetries, RETRIES_INTERVAL_MS);
  const loops = Promise.all(Array.from({ length: LOOPS }, loop));
  return {
    async stop() {
      isStopping = true;
      await loops;
      clearInterval(noting);
      noteRetries();
      await client.close();
    },
  };

  function noteRetries(): void {
    counters.set("retries", client.retries);
  }

  async function loop(): Promise<void> {
    while (!isStopping) {
      try {
        const host = await client.getHost(modid, cmdid);
        client.report(modid, cmdid, host, 0);
        counters.add("done");
      } catch (error) {
        if (!(error instanceof LarsError)) throw error;
        counters.add(error.code);
      }
    }
  }
});
