/**
 * TCP without a kernel, for parts that run on virtual time: what is written is there to be read in the same turn of the
 * event loop.
 *
 * @module
 */

import {
  type Endpoint,
  type Frame,
  HEADER_BYTES,
  readInt32,
  type TcpClientOptions,
  type TcpSocket,
} from "../reactor/mod.ts";

/** Bytes that one side takes in before it reads them. */
const ROOM_BYTES = 64 << 10;

/** One side of a connection in memory. */
export class MemorySocket implements TcpSocket {
  readonly localAddr: Deno.NetAddr;
  readonly remoteAddr: Deno.NetAddr;
  #peer!: MemorySocket;
  #received = new Uint8Array();
  #isEnded = false;
  #isClosed = false;
  /** Those who wait for something to read, or for room to write. */
  #waiting: (() => void)[] = [];

  /** Makes both sides. */
  static pair(near: Endpoint, far: Endpoint): [MemorySocket, MemorySocket] {
    const sides: [MemorySocket, MemorySocket] = [
      new MemorySocket(near, far),
      new MemorySocket(far, near),
    ];
    [sides[0].#peer, sides[1].#peer] = [sides[1], sides[0]];
    return sides;
  }

  private constructor(local: Endpoint, remote: Endpoint) {
    this.localAddr = { transport: "tcp", ...local };
    this.remoteAddr = { transport: "tcp", ...remote };
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#received.length === 0) {
      this.#failIfClosed();
      if (this.#isEnded || this.#peer.#isClosed) return null;
      await this.#change();
    }
    const bytes = Math.min(into.length, this.#received.length);
    into.set(this.#received.subarray(0, bytes));
    this.#received = this.#received.slice(bytes);
    this.#peer.#notify();
    return bytes;
  }

  async write(bytes: Uint8Array): Promise<number> {
    for (;;) {
      this.#failIfClosed();
      if (this.#peer.#isClosed) throw new Deno.errors.BrokenPipe();
      const room = ROOM_BYTES - this.#peer.#received.length;
      if (room > 0) return this.#peer.#take(bytes.subarray(0, room));
      await this.#change();
    }
  }

  /** Reads the frames that are there, without waiting for more. */
  readFrames(): Frame[] {
    const frames: Frame[] = [];
    let at = 0;
    while (at + HEADER_BYTES <= this.#received.length) {
      const end = at + HEADER_BYTES + readInt32(this.#received, at + 4);
      if (end > this.#received.length) break;
      const body = this.#received.slice(at + HEADER_BYTES, end);
      frames.push({ msgid: readInt32(this.#received, at), body });
      at = end;
    }
    this.#received = this.#received.slice(at);
    this.#peer.#notify();
    return frames;
  }

  closeWrite(): Promise<void> {
    this.#peer.#isEnded = true;
    this.#peer.#notify();
    return Promise.resolve();
  }

  close(): void {
    this.#isClosed = true;
    this.#notify();
    this.#peer.#notify();
  }

  setNoDelay(): void {}
  setKeepAlive(): void {}

  #take(bytes: Uint8Array): number {
    const received = new Uint8Array(this.#received.length + bytes.length);
    received.set(this.#received);
    received.set(bytes, this.#received.length);
    this.#received = received;
    this.#notify();
    return bytes.length;
  }

  #failIfClosed(): void {
    if (this.#isClosed) throw new Deno.errors.BadResource();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #notify(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** A server in memory, which is there or is not. */
export class MemoryServer {
  /** Where it would be. */
  readonly endpoint: Endpoint;
  /** The server's sides of the connections that were made. */
  readonly accepted: MemorySocket[] = [];
  /** How often somebody has tried to connect. */
  attempts = 0;
  /** Whether it can be reached. */
  isThere = true;
  /** Hears of a connection when it is made. */
  onAccept: (socket: MemorySocket) => void = () => {};

  /** Where it is matters only where there are several. */
  constructor(endpoint: Endpoint = { hostname: "10.0.0.2", port: 7779 }) {
    this.endpoint = endpoint;
  }

  /** Takes the place of Deno.connect. */
  readonly connect: NonNullable<TcpClientOptions["connect"]> = () => {
    this.attempts++;
    if (!this.isThere) return Promise.reject(new Deno.errors.ConnectionRefused("nobody is there"));
    const [near, far] = MemorySocket.pair({ hostname: "10.0.0.1", port: 50_000 }, this.endpoint);
    this.accepted.push(far);
    this.onAccept(far);
    return Promise.resolve(near);
  };
}

/** Takes the place of Deno.connect where there are several servers, each on a port of its own. */
export function connectAmong(
  servers: readonly MemoryServer[],
): NonNullable<TcpClientOptions["connect"]> {
  return (options) =>
    servers.find(({ endpoint }) => endpoint.port === options.port)!.connect(options);
}
