/**
 * The load of `lars qps`: a thread per module, which picks and reports.
 *
 * @module
 */

import type { LarsErrorCode } from "../../client/mod.ts";
import type { ModuleName } from "../../proto/mod.ts";
import type { Endpoint } from "../../reactor/mod.ts";
import { ThreadLoad } from "./thread_load.ts";

/** What can go wrong: the client's errors. */
export const QPS_ERRORS: readonly LarsErrorCode[] = [
  "overload",
  "no_such_module",
  "agent_unreachable",
  "closed",
  "bad_argument",
];

/** What a thread is given. */
export interface QpsPart extends ModuleName {
  /** The agent to ask. */
  agent: Endpoint;
}

/** Starts a thread for each of the modules; `done` counts picks that were answered and reported on. */
export function startQpsLoad(
  modules: readonly ModuleName[],
  agent: Endpoint,
): Promise<ThreadLoad<LarsErrorCode>> {
  return ThreadLoad.start<QpsPart, LarsErrorCode>({
    worker: new URL("./qps_worker.ts", import.meta.url),
    name: "qps",
    parts: modules.map((module) => ({ ...module, agent })),
    errorNames: QPS_ERRORS,
  });
}
