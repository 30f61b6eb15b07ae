/**
 * Several threads that log at once, for logging_test.ts. The first argument is the configuration as JSON; a second one is
 * the level that the log goes over to when all are configured.
 *
 * @module
 */

import { getLogger } from "../../service/observe/logger.ts";
import {
  configureLogging,
  flushLog,
  type LogConfig,
  setLogLevel,
  shareLog,
} from "../../service/observe/logging.ts";

const THREADS = 4;
const LINES = 100;
// With what stands around it still below the 4096 bytes that a pipe takes as one.
const FILLER = "x".repeat(3500);

const isWorker = "DedicatedWorkerGlobalScope" in globalThis;

if (!isWorker) {
  const [json, laterLevel] = Deno.args;
  const config = shareLog(JSON.parse(json));
  configureLogging(config);
  if (laterLevel !== undefined) setLogLevel(config.shared, laterLevel as LogConfig["level"]);
  const ended = Array.from({ length: THREADS }, (_, thread) => {
    const worker = new Worker(import.meta.url, { type: "module", name: String(thread) });
    const { promise, resolve } = Promise.withResolvers<void>();
    worker.onmessage = () => {
      worker.terminate();
      resolve();
    };
    worker.postMessage(config);
    return promise;
  });
  await Promise.all(ended);
  const log = getLogger("lars", "main");
  log.debug("debug");
  log.warn("warning");
  await flushLog(60_000);
} else {
  self.addEventListener("message", async (event) => {
    configureLogging((event as MessageEvent<LogConfig>).data);
    const log = getLogger("lars", "worker", self.name);
    for (let line = 0; line < LINES; line++) log.info("line", { line, filler: FILLER });
    await flushLog(60_000);
    (self as unknown as Worker).postMessage("done");
  });
}
