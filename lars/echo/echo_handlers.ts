/**
 * What an echo server does, over TCP and UDP.
 *
 * @module
 */

import { type Connection, Router, type TcpHandlers } from "../../reactor/mod.ts";

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
