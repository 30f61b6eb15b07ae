/**
 * The entry file of a thread that receives reports.
 *
 * @module
 */

import { runTcpWorker, type TcpServerParent } from "../../reactor/mod.ts";
import { configureLogging } from "../../service/observe/logging.ts";
import { createReporterHandlers, type Handover, type ReporterInit } from "./handlers.ts";

runTcpWorker((init: ReporterInit, parent: TcpServerParent<Handover>) => {
  configureLogging(init.log);
  return createReporterHandlers(init, parent);
});
