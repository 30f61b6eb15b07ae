/**
 * The agent's three consecutive UDP ports: taken, or found free, before any shard runs.
 *
 * @module
 */

import { SHARD_COUNT } from "../../proto/mod.ts";

/** Attempts to find three free ports. */
const ATTEMPTS = 100;

/**
 * Makes sure that nobody has the three ports from `port` on, and gives the first of them; for port 0 three that are free.
 * They are bound without sharing for a moment: the shards' sockets do share theirs with their own successors, and would
 * share them with another agent as well.
 *
 * @throws {Deno.errors.AddrInUse} When one of them is taken.
 */
export function claimPorts({ hostname, port }: { hostname: string; port: number }): number {
  if (port !== 0) return tryClaim({ hostname, port });
  for (let attempt = 1;; attempt++) {
    try {
      return tryClaim({ hostname, port: 0 });
    } catch (error) {
      const isTaken = error instanceof Deno.errors.AddrInUse || error instanceof RangeError;
      if (!isTaken || attempt === ATTEMPTS) throw error;
    }
  }
}

function tryClaim({ hostname, port }: { hostname: string; port: number }): number {
  const sockets: Deno.DatagramConn[] = [];
  try {
    let next = port;
    while (sockets.length < SHARD_COUNT) {
      if (next > 65535) throw new RangeError(`Cannot bind port ${next}: the last one is 65535`);
      const socket = Deno.listenDatagram({ transport: "udp", hostname, port: next });
      sockets.push(socket);
      next = (socket.addr as Deno.NetAddr).port + 1;
    }
    return next - SHARD_COUNT;
  } finally {
    for (const socket of sockets) socket.close();
  }
}
