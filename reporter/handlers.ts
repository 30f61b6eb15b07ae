/**
 * What reporter does with its connections: it takes reports, and never answers.
 *
 * @module
 */

import { MessageId, readStatusReport, reusing, StatusReport } from "../proto/mod.ts";
import {
  type Connection,
  Counters,
  Router,
  type TcpHandlers,
  type TcpServerParent,
} from "../reactor/mod.ts";
import { handlerErrorLog } from "../service/handler_log.ts";
import type { LogConfig } from "../service/logging.ts";
import { Intake, INTAKE_COUNTER_NAMES } from "./intake.ts";

/** What the handlers of one thread are made with. */
export interface ReporterInit {
  /** How many rows may wait for the lanes. */
  maxPending: number;
  /** The memory of the thread's intake counters. */
  intake: SharedArrayBuffer;
  /** How a thread of its own is to log. */
  log: LogConfig;
}

/** What the thread with the lanes tells a receiving one: it has taken the last message, or the bound is another one now. */
export type ReporterTask = "taken" | { maxPending: number };

/** Makes the handlers of one thread. */
export function createReporterHandlers(
  init: ReporterInit,
  parent: TcpServerParent<Uint32Array>,
): TcpHandlers<undefined, ReporterTask> {
  const intake = new Intake({
    maxPending: init.maxPending,
    counters: new Counters(INTAKE_COUNTER_NAMES, init.intake),
    post: (rows) => parent.post(rows),
  });
  const router = new Router<Connection<undefined>>(handlerErrorLog(["reporter", "handlers"]));
  router.on<StatusReport>(MessageId.ReportStatusRequest, (report) => intake.put(report), {
    decode: reusing(readStatusReport, new StatusReport()),
  });
  return {
    router,
    createState: () => undefined,
    onTask: (task) => task === "taken" ? intake.onTaken() : intake.reload(task),
    onStop: () => intake.stop(),
  };
}
