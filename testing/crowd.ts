/**
 * For tests: many TCP connections to one server at a time, which do on the socket what they are told, right or wrong.
 *
 * @module
 */

import { connect } from "node:net";
import { inTime } from "./until.ts";

/** A number of connections. Disposing of it closes those that are still open. */
export class Crowd implements Disposable {
  /** The sockets. */
  readonly members: readonly Deno.TcpConn[];

  private constructor(members: readonly Deno.TcpConn[]) {
    this.members = members;
  }

  /** Connects `size` times to a port of this host. */
  static async connect(port: number, size: number): Promise<Crowd> {
    const members: Deno.TcpConn[] = [];
    for (let i = 0; i < size; i++) {
      members.push(await Deno.connect({ hostname: "127.0.0.1", port }));
    }
    return new Crowd(members);
  }

  /** Has every member write the bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    await Promise.all(this.members.map((member) => writeAll(member, bytes)));
  }

  /** Reads on every connection until its other side has closed. */
  async ended(): Promise<void> {
    await inTime("the end of every connection", Promise.all(this.members.map(readToEnd)));
  }

  /** Closes every connection. */
  [Symbol.dispose](): void {
    for (const member of this.members) member.close();
  }
}

/** Writes all of the bytes, or as many as the other side lets it. */
export async function writeAll(tcp: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  try {
    for (let at = 0; at < bytes.length;) at += await tcp.write(bytes.subarray(at));
  } catch {
    // Closed, by the other side or by the test.
  }
}

/** Reads until the other side has closed, or the test did. */
export async function readToEnd(tcp: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  try {
    while (await tcp.read(buffer) !== null);
  } catch {
    // A reset is an end as well.
  }
}

/** Connects and at once resets the connection, for which Deno's own sockets have no call. */
export function connectAndReset(
  { hostname, port }: { hostname: string; port: number },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect(port, hostname, () => socket.resetAndDestroy());
  socket.on("close", resolve).on("error", reject);
  return promise;
}
