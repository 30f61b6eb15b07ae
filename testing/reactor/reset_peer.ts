/**
 * A peer that leaves as rudely as can be.
 *
 * @module
 */

import { connect } from "node:net";

/** Connects and at once resets the connection, for which Deno's own sockets have no call. */
export function connectAndReset(
  { hostname, port }: { hostname: string; port: number },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect(port, hostname, () => socket.resetAndDestroy());
  socket.on("close", resolve).on("error", reject);
  return promise;
}
