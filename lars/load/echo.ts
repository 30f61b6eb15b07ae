/**
 * `lars echo`: the handlers of its server, and the load of `lars echo qps`, whose threads keep messages in flight to it.
 *
 * @module
 */

import { type Connection, type Endpoint, Router, type TcpHandlers } from "../../reactor/mod.ts";
import { ThreadLoad } from "./thread_load.ts";

/** The message that is echoed. */
export const ECHO_ID = 1;

/** Sends every message back. */
export function echoRouter<
  Peer extends { send(msgid: number, body: Uint8Array): unknown },
>(): Router<
  Peer
> {
  return new Router<Peer>().on(ECHO_ID, (body, peer) => peer.send(ECHO_ID, body));
}

/** The handlers of an accepting thread. */
export function createEchoHandlers(): TcpHandlers<void> {
  return { router: echoRouter<Connection<void>>() };
}

/** What can go wrong: no echo came, or there was no connection. */
export type EchoError = "lost" | "disconnected";

/** The names of {@link EchoError}. */
export const ECHO_ERRORS: readonly EchoError[] = ["lost", "disconnected"];

/** What a thread is given. */
export interface EchoPart {
  /** Where the echo server is. */
  server: Endpoint;
  /** How to talk to it. */
  transport: "tcp" | "udp";
  /** Length of a message's body. */
  bodyBytes: number;
}

/** Starts so many threads; `done` counts echoes. */
export function startEchoLoad(threads: number, part: EchoPart): Promise<ThreadLoad<EchoError>> {
  return ThreadLoad.start<EchoPart, EchoError>({
    worker: new URL("./echo_load_worker.ts", import.meta.url),
    name: "echo",
    parts: Array(threads).fill(part),
    errorNames: ECHO_ERRORS,
  });
}
