/**
 * A peer that does on a socket exactly what a test tells it, right or wrong.
 *
 * @module
 */

import {
  decodeDatagram,
  encodeFrame,
  type Frame,
  HEADER_BYTES,
  readInt32,
} from "../../reactor/frame/frame.ts";
import type { TcpSocket } from "../../reactor/tcp/connection.ts";
import { inTime } from "../until.ts";

/** The other end of a connection under test. */
export class RawPeer {
  /** The socket. */
  readonly tcp: TcpSocket;

  /** Takes over `tcp`. */
  constructor(tcp: TcpSocket) {
    this.tcp = tcp;
  }

  /** Connects to a server. */
  static async connect({ hostname, port }: { hostname: string; port: number }): Promise<RawPeer> {
    return new RawPeer(await Deno.connect({ hostname, port }));
  }

  /** Writes all of the bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.tcp.write(bytes.subarray(at));
  }

  /** Writes a frame. */
  send(msgid: number, body: Uint8Array = new Uint8Array()): Promise<void> {
    return this.write(encodeFrame(msgid, body));
  }

  /** Reads a frame; undefined when the connection has ended. */
  async receive(): Promise<Frame | undefined> {
    const header = await this.#read(HEADER_BYTES);
    if (header === undefined) return undefined;
    const body = await this.#read(readInt32(header, 4));
    return body && decodeDatagram(Uint8Array.of(...header, ...body));
  }

  /** Sends a message and reads the next frame. */
  async ask(msgid: number, body?: Uint8Array): Promise<Frame | undefined> {
    await this.send(msgid, body);
    return await this.receive();
  }

  /** Reads until the connection has ended, in peace or by a reset; resolves with the number of bytes. */
  async ended(): Promise<number> {
    const buffer = new Uint8Array(65536);
    let bytes = 0;
    try {
      for (let n; (n = await this.tcp.read(buffer)) !== null;) bytes += n;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    }
    return bytes;
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.tcp.close();
  }

  async #read(bytes: number): Promise<Uint8Array | undefined> {
    const buffer = new Uint8Array(bytes);
    for (let at = 0; at < bytes;) {
      const n = await inTime("a frame", this.tcp.read(buffer.subarray(at))).catch((error) => {
        if (error instanceof Deno.errors.ConnectionReset) return null;
        throw error;
      });
      if (n === null) return undefined;
      at += n;
    }
    return buffer;
  }
}
