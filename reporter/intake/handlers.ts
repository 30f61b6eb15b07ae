/**
 * What reporter does with its connections: it takes reports, and tells agents that know the message how many are stored.
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
import { Acknowledger, type Reporting } from "./acknowledger.ts";
import { CallerWatch } from "./caller_watch.ts";
import { Intake, INTAKE_COUNTERS } from "./intake.ts";
import { Unstored } from "./unstored.ts";

/** Shared callers that one thread names in the log; others are only counted. */
const MAX_WARNINGS = 100;

/** What the handlers of one thread are made with. */
export interface ReporterInit {
  /** How many rows may wait for the lanes. */
  maxPending: number;
  /** The number of the last block that the thread before this one handed over. */
  lastBlock: number;
  /** The memory of the thread's intake counters. */
  intake: SharedArrayBuffer;
  /** The memory that all threads watch callers in. */
  callers: SharedArrayBuffer;
}

/**
 * What the thread with the lanes tells a receiving one: it has taken the last message; all blocks up to one are stored;
 * something that these callers reported cannot be; or the bound is another one now.
 */
export type ReporterTask =
  | { kind: "taken" }
  | { kind: "stored"; block: number }
  | { kind: "refused"; callers: Uint32Array }
  | { kind: "reload"; maxPending: number };

/** What a receiving thread tells: statuses for the lanes, as rows. */
export interface Handover {
  kind: "rows";
  /** See status_row.ts. */
  rows: Uint32Array<ArrayBuffer>;
  /** The number of this block: the thread's next one has the next. */
  block: number;
}

/** What is known of a connection's agent. */
interface Peer extends Reporting {
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
    lastBlock: init.lastBlock,
    counters,
    post: (rows, block) => parent.post({ kind: "rows", rows, block }, [rows.buffer]),
  });
  const acknowledger = new Acknowledger();
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
    const block = intake.put(report);
    acknowledger.add(connection, { caller: report.caller, block });
    watchCaller(report, connection);
  }, { decode: reusing(new ReportStatusRequest()) });
  return {
    router,
    createState: () => ({ id: watch.nextConnection(), unstored: new Unstored() }),
    onAnnounce: (connection) => acknowledger.greet(connection),
    onClose: (connection) => acknowledger.forget(connection),
    onTask(task) {
      if (task.kind === "taken") intake.onTaken();
      else if (task.kind === "stored") acknowledger.noteStored(task.block);
      else if (task.kind === "refused") acknowledger.noteRefused(task.callers);
      else intake.reload(task);
    },
    onStop() {
      acknowledger.stop();
      intake.stop();
    },
  };
}
