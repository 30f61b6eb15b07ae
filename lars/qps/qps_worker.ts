/**
 * One thread of `lars qps`: picks and reports as fast as its agent answers, and counts.
 *
 * @module
 */

import { LarsClient, LarsError } from "../../client/mod.ts";
import { Counters, runWorker } from "../../reactor/mod.ts";
import { QPS_COUNTERS, type QpsInit } from "./qps_load.ts";

/** Loops of one thread: so many picks are in flight on its socket. */
const LOOPS = 16;

runWorker<QpsInit, never, never>(({ agent, modid, cmdid, buffer }) => {
  const counters = new Counters(QPS_COUNTERS, buffer);
  const client = new LarsClient(agent);
  let isStopping = false;
  const loops = Promise.all(Array.from({ length: LOOPS }, loop));
  return {
    async stop() {
      isStopping = true;
      await loops;
      await client.close();
    },
  };

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
