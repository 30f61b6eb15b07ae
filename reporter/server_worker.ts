/**
 * The entry file of a thread that receives reports.
 *
 * @module
 */

import { runTcpWorker, type TcpServerParent } from "../reactor/mod.ts";
import { configureLogging } from "../service/logging.ts";
import type { CallStatus } from "../sql/mod.ts";
import { createReporterHandlers, type ReporterInit } from "./handlers.ts";

runTcpWorker((init: ReporterInit, parent: TcpServerParent<CallStatus[]>) => {
  configureLogging(init.log);
  return createReporterHandlers(init, parent);
});
