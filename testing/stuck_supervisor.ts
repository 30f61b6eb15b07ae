/**
 * Has one thread of the agent hang, and tells what its supervisor made of it. A program of its own, as the hung thread
 * spins until it ends.
 *
 * @module
 */

import { ORIGINAL } from "../agent/balancer/mod.ts";
import { claimPorts } from "../agent/supervisor/ports.ts";
import { Supervisor } from "../agent/supervisor/supervisor.ts";
import { FatalError, OPEN } from "../service/mod.ts";

const hostname = "127.0.0.1";
const stuck = Promise.withResolvers<Error>();
const supervisor = await Supervisor.start({
  shards: {
    batches: true,
    hostname,
    port: claimPorts({ hostname, port: 0 }),
    balancer: ORIGINAL,
    times: {
      firstPullWaitMs: 50,
      updateTimeoutMs: 15_000,
      negativeTtlMs: 1000,
      unknownNamesPerSec: 1000,
    },
    reportIntervalMs: 1000,
    admission: OPEN,
  },
  access: { dns: {}, reporter: {} },
  dns: { endpoints: [{ hostname, port: 1 }] },
  reporter: { endpoints: [{ hostname, port: 1 }] },
  log: { level: "error", format: "json" },
  onStuck: stuck.resolve,
  stuckLimitMs: 100,
});
supervisor.injectFault("shard0", "hang");
const error = await stuck.promise;
const exitCode = error instanceof FatalError ? error.exitCode : undefined;
console.log(JSON.stringify({ exitCode, message: error.message }));
Deno.exit();
