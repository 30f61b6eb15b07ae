/**
 * What reporter does with its connections: it takes reports, and never answers.
 *
 * @module
 */

import { decodeReportStatusRequest, MessageId } from "../proto/mod.ts";
import {
  type Connection,
  Counters,
  Router,
  type TcpHandlers,
  type TcpServerParent,
} from "../reactor/mod.ts";
import { handlerErrorLog } from "../service/handler_log.ts";
import type { LogConfig } from "../service/logging.ts";
import type { CallStatus } from "../sql/mod.ts";
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
  parent: TcpServerParent<CallStatus[]>,
): TcpHandlers<undefined, ReporterTask> {
  const intake = new Intake({
    maxPending: init.maxPending,
    counters: new Counters(INTAKE_COUNTER_NAMES, init.intake),
    post: (statuses) => parent.post(statuses),
  });
  const router = new Router<Connection<undefined>>(handlerErrorLog(["reporter", "handlers"]));
  router.on(MessageId.ReportStatusRequest, (report) => intake.put(report), {
    decode: decodeReportStatusRequest,
  });
  return {
    router,
    createState: () => undefined,
    onTask: (task) => task === "taken" ? intake.onTaken() : intake.reload(task),
    onStop: () => intake.stop(),
  };
}
