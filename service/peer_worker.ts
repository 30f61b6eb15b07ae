/**
 * The threads' end of peer_server.ts: the role's handlers, behind a gate.
 *
 * @module
 */

import { type CreateTcpHandlers, type Message, runTcpWorker } from "../reactor/mod.ts";
import type { Admission } from "./gate/admission.ts";
import { type GateTask, guard } from "./gate/gate.ts";
import { configureLogging, type LogConfig } from "./observe/logging.ts";

/** What a thread begins with. */
export interface PeerInit<Init> {
  /** Who may speak. */
  admission: Admission;
  /** How to log. */
  log: LogConfig;
  /** What the role's handlers are made with. */
  init: Init;
}

/** Runs this thread as one that answers peers by these handlers. */
export function runPeerWorker<Init, State, Task extends Message, Sent extends Message>(
  createHandlers: CreateTcpHandlers<Init, State, Task, Sent>,
): void {
  const create = guarded(createHandlers);
  runTcpWorker<PeerInit<Init>, State, Task | GateTask, Sent>((init, parent) => {
    configureLogging(init.log);
    return create(init, parent);
  });
}

/** Puts a gate before the handlers. */
export function guarded<Init, State, Task extends Message, Sent extends Message>(
  createHandlers: CreateTcpHandlers<Init, State, Task, Sent>,
): CreateTcpHandlers<PeerInit<Init>, State, Task | GateTask, Sent> {
  return ({ init, admission }, parent) => guard(createHandlers(init, parent), admission);
}
