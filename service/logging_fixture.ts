/**
 * Several threads that log at once, for logging_test.ts. The first argument is the configuration as JSON.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { configureLogging, type LogConfig } from "./logging.ts";

const THREADS = 4;
const LINES = 100;
// With what stands around it still below the 4096 bytes that a pipe takes as one.
const FILLER = "x".repeat(3500);

const isWorker = "DedicatedWorkerGlobalScope" in globalThis;

if (!isWorker) {
  configureLogging(JSON.parse(Deno.args[0]));
  const ended = Array.from({ length: THREADS }, (_, thread) => {
    const worker = new Worker(import.meta.url, { type: "module", name: String(thread) });
    const { promise, resolve } = Promise.withResolvers<void>();
    worker.onmessage = () => {
      worker.terminate();
      resolve();
    };
    worker.postMessage(JSON.parse(Deno.args[0]));
    return promise;
  });
  await Promise.all(ended);
  const log = getLogger(["lars", "main"]);
  log.debug("debug");
  log.warn("warning");
  getLogger(["elsewhere"]).error("of another library");
} else {
  self.addEventListener("message", (event) => {
    configureLogging((event as MessageEvent<LogConfig>).data);
    const log = getLogger(["lars", "worker", self.name]);
    for (let line = 0; line < LINES; line++) log.info("line", { line, filler: FILLER });
    (self as unknown as Worker).postMessage("done");
  });
}
