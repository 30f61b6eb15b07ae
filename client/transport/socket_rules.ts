/**
 * What holds for the client's sockets of both kinds.
 *
 * @module
 */

/** The local address to bind: loopback for an agent there, so that nobody else can reach the socket; else any. */
export function localAddressFor(hostname: string): string {
  return hostname.startsWith("127.") ? "127.0.0.1" : "0.0.0.0";
}

/** Whether receiving failed only since a peer's port was closed, of which some systems tell: the socket is as good as before. */
export function isRefusal(error: unknown): boolean {
  const { code } = Object(error) as { code?: unknown };
  return code === "ECONNREFUSED" || code === "ECONNRESET";
}
