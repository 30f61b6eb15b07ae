/**
 * What reporter does with its connections: it takes reports, and never replies.
 *
 * @module
 */

import { formatIpv4, MessageId, parseIpv4, ReportStatusRequest, reusing } from "../../proto/mod.ts";
import {
  type Connection,
  Counters,
  Router,
  type TcpHandlers,
  type TcpServerParent,
} from "../../reactor/mod.ts";
import { getLogger, handlerErrorLog } from "../../service/observe/logger.ts";
import { CallerWatch } from "./caller_watch.ts";
import { Intake, INTAKE_COUNTERS } from "./intake.ts";

/** Shared callers that one thread names in the log; others are only counted. */
const MAX_WARNINGS = 100;

/** What the handlers of one thread are made with. */
export interface ReporterInit {
  /** How many rows may wait for the lanes. */
  maxPending: number;
  /** The memory of the thread's intake counters. */
  intake: SharedArrayBuffer;
  /** The memory that all threads watch callers in. */
  callers: SharedArrayBuffer;
}

/** What the thread with the lanes tells a receiving one: it has taken the last message, or the bound is another one now. */
export type ReporterTask = { kind: "taken" } | { kind: "reload"; maxPending: number };

/** What a receiving thread tells: statuses for the lanes, as rows. */
export interface Handover {
  kind: "rows";
  /** See status_row.ts. */
  rows: Uint32Array<ArrayBuffer>;
}

/** What is known of a connection's agent. */
interface Peer {
  /** What {@link CallerWatch} knows the connection by. */
  readonly id: number;
  /** Where it comes from, once it has reported. */
  peerIp?: number;
}

const logger = getLogger("lars", "reporter", "handlers");

/** Makes the handlers of one thread. */
export function createReporterHandlers(
  init: ReporterInit,
  parent: TcpServerParent<Handover>,
): TcpHandlers<Peer, ReporterTask> {
  const counters = new Counters(INTAKE_COUNTERS, init.intake);
  const intake = new Intake({
    maxPending: init.maxPending,
    counters,
    post: (rows) => parent.post({ kind: "rows", rows }, [rows.buffer]),
  });
  const watch = new CallerWatch(init.callers);
  let warnings = 0;

  function watchCaller({ caller }: ReportStatusRequest, { state, remote }: Connection<Peer>): void {
    state.peerIp ??= parseIpv4(remote.hostname) ?? 0;
    const other = watch.note(caller, { id: state.id, peerIp: state.peerIp });
    if (other === undefined) return;
    counters.add("sharedCallers");
    if (++warnings > MAX_WARNINGS) return;
    logger.warn(
      "Two agents, at {peer} and {other}, report as {caller}: give each an [agent] caller of its own",
      {
        peer: formatIpv4(state.peerIp),
        other: formatIpv4(other),
        caller: formatIpv4(caller),
      },
    );
  }

  const router = new Router<Connection<Peer>>(handlerErrorLog(["reporter", "handlers"]));
  router.on<ReportStatusRequest>(MessageId.ReportStatusRequest, (report, connection) => {
    intake.put(report);
    watchCaller(report, connection);
  }, { decode: reusing(new ReportStatusRequest()) });
  return {
    router,
    createState: () => ({ id: watch.nextConnection() }),
    onTask: (task) => task.kind === "taken" ? intake.onTaken() : intake.reload(task),
    onStop: () => intake.stop(),
  };
}
