/**
 * What stands before the handlers of a TCP server: hears who connects, and lets nobody speak who may not. Such a peer is
 * answered nothing and disconnected, which the connection counts, and the log tells once in a while.
 *
 * Where no token is wanted, peers that do not say who they are, as those of the C++ Lars do not, are served like others.
 *
 * @module
 */

import { Hello, MessageId, reusing } from "../../proto/mod.ts";
import type {
  BodySpan,
  Connection,
  Dispatched,
  Dispatcher,
  Message,
  TcpHandlers,
} from "../../reactor/mod.ts";
import { getLogger } from "../observe/logger.ts";
import { type Admission, admitsAddress, isValidToken } from "./admission.ts";
import { OncePerPeer } from "./once_per_peer.ts";

/** Time in which a peer must show its token, ms. */
const TOKEN_DEADLINE_MS = 2_000;

const log = getLogger("lars", "gate");
const NO_TOKEN = "it showed no token that is valid here";
const FOREIGN = "its address is in none of [reactor] networks";

/** Tells a guarded server's threads who may speak from now on. */
export interface GateTask {
  /** Tells it from the handlers' own tasks. */
  kind: "admit";
  /** Who may. */
  admission: Admission;
}

/** Has peers speak to `handlers` only as `admission` says. */
export function guard<State, Task extends Message>(
  handlers: TcpHandlers<State, Task>,
  admission: Admission,
): TcpHandlers<State, Task | GateTask> {
  const gate = new Gate(handlers, admission);
  return {
    ...handlers,
    router: gate,
    onOpen(connection) {
      handlers.onOpen?.(connection);
      gate.open(connection);
    },
    onClose(connection) {
      gate.forget(connection);
      handlers.onClose?.(connection);
    },
    onTask(task, connections) {
      if (isGateTask(task)) gate.reload(task.admission);
      else handlers.onTask?.(task, connections);
    },
  };
}

function isGateTask(task: Message): task is GateTask {
  return task.kind === "admit";
}

/** What is known of a connection. */
interface Visitor {
  /** The token that it has shown; empty where it has shown none. */
  token: string;
  /** Runs while it may yet show one. */
  deadline?: ReturnType<typeof setTimeout>;
}

class Gate<State> implements Dispatcher<Connection<State>> {
  readonly #handlers: Pick<TcpHandlers<State>, "router" | "onAnnounce">;
  readonly #visitors = new Map<Connection<State>, Visitor>();
  /** Those that may speak where a token is wanted. */
  readonly #admitted = new Set<Connection<State>>();
  readonly #logged = new OncePerPeer();
  readonly #readHello = reusing(new Hello());
  #admission: Admission;

  constructor(
    handlers: Pick<TcpHandlers<State>, "router" | "onAnnounce">,
    admission: Admission,
  ) {
    this.#handlers = handlers;
    this.#admission = admission;
  }

  dispatch(msgid: number, body: BodySpan, connection: Connection<State>): Dispatched {
    if (msgid === MessageId.Hello) return this.#greet(body, connection);
    if (this.#wantsToken && !this.#admitted.has(connection)) {
      this.#tell(connection, NO_TOKEN);
      return "denied";
    }
    return this.#handlers.router.dispatch(msgid, body, connection);
  }

  open(connection: Connection<State>): void {
    const visitor: Visitor = { token: "" };
    this.#visitors.set(connection, visitor);
    if (!admitsAddress(this.#admission, connection.remote.hostname)) {
      this.#deny(connection, FOREIGN);
    } else if (this.#wantsToken) {
      this.#awaitToken(connection, visitor);
    }
  }

  forget(connection: Connection<State>): void {
    clearTimeout(this.#visitors.get(connection)?.deadline);
    this.#visitors.delete(connection);
    this.#admitted.delete(connection);
  }

  /**
   * Who could not come in now has to leave: a token that is taken back lets nobody stay. Who has not shown any yet, as one
   * that has just come, has its time to do so.
   */
  reload(admission: Admission): void {
    this.#admission = admission;
    for (const [connection, visitor] of this.#visitors) {
      if (!admitsAddress(admission, connection.remote.hostname)) this.#deny(connection, FOREIGN);
      else if (this.#admits(connection)) continue;
      else if (visitor.token === "") this.#awaitToken(connection, visitor);
      else this.#deny(connection, NO_TOKEN);
    }
  }

  #awaitToken(connection: Connection<State>, visitor: Visitor): void {
    visitor.deadline ??= setTimeout(() => this.#deny(connection, NO_TOKEN), TOKEN_DEADLINE_MS);
  }

  get #wantsToken(): boolean {
    return this.#admission.tokens.length > 0;
  }

  #greet({ bytes, start, end }: BodySpan, connection: Connection<State>): Dispatched {
    const visitor = this.#visitors.get(connection);
    if (visitor === undefined) return "denied"; // closed already
    try {
      visitor.token = this.#readHello(bytes, start, end).token;
    } catch {
      return "malformed";
    }
    connection.isAnnounced = true;
    if (this.#admits(connection)) {
      this.#handlers.onAnnounce?.(connection);
      return "handled";
    }
    this.#tell(connection, NO_TOKEN);
    return "denied";
  }

  /** Looks whether a connection may speak, and keeps the outcome. */
  #admits(connection: Connection<State>): boolean {
    const visitor = this.#visitors.get(connection);
    if (visitor === undefined) return false; // closed already
    const isValid = !this.#wantsToken || isValidToken(visitor.token, this.#admission.tokens);
    if (isValid) {
      clearTimeout(visitor.deadline);
      visitor.deadline = undefined;
      if (this.#wantsToken) this.#admitted.add(connection);
    } else this.#admitted.delete(connection);
    return isValid;
  }

  #deny(connection: Connection<State>, reason: string): void {
    this.#tell(connection, reason);
    connection.deny();
  }

  #tell({ remote: { hostname } }: Connection<State>, reason: string): void {
    if (!this.#logged.take(hostname, performance.now())) return;
    log.warn("Peer {peer} is turned away: {reason}", { peer: hostname, reason });
  }
}
