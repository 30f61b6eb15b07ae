/**
 * For tests: ports that stay free while nobody listens on them, for servers that are to come back on the same one, or cannot
 * say which one they were given.
 *
 * @module
 */

/** Below those that the system gives out, to outgoing connections and to who asks for any. */
const PORTS = { from: 10_000, to: 30_000 };

/** A port that the system gives to nobody. Another test may have drawn it: whoever cannot bind it draws again. */
export function drawPort(): number {
  return PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from));
}

/** Such a port on which nobody listens over TCP. */
export function reservePort(): number {
  for (;;) {
    try {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: drawPort() });
      return listener.addr.port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
