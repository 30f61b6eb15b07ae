/**
 * An agent for tests as the protocol document describes one: bytes written and read by hand, nothing of the reactor.
 *
 * @module
 */

import { decodeRoute, encodeRouteRequest, type Route } from "../../proto/mod.ts";

const GIVE_UP_MS = 20_000;

/** A connection to a dns. */
export class RoutePeer implements AsyncDisposable {
  readonly #tcp: Deno.TcpConn;
  #bytes = new Uint8Array();
  #isClosed = false;

  private constructor(tcp: Deno.TcpConn) {
    this.#tcp = tcp;
  }

  /** Connects. */
  static async connect({ hostname, port }: { hostname: string; port: number }): Promise<RoutePeer> {
    const tcp = await Deno.connect({ hostname, port });
    tcp.setNoDelay(true);
    return new RoutePeer(tcp);
  }

  /** Asks for a route and reads one frame, which is the answer where no push can come between. */
  async ask(modid: number, cmdid: number): Promise<Route> {
    await this.write(requestFrame(modid, cmdid));
    return await this.next();
  }

  /** Sends bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) sent += await this.#tcp.write(bytes.subarray(sent));
  }

  /** Reads the next frame, which must be a route. */
  async next(): Promise<Route> {
    await this.#fill(8);
    const header = new DataView(this.#bytes.buffer, this.#bytes.byteOffset);
    const [msgid, bodyBytes] = [header.getInt32(0, true), header.getInt32(4, true)];
    if (msgid !== 2) throw new Error(`Expected a GetRouteResponse: msgid is ${msgid}`);
    await this.#fill(8 + bodyBytes);
    const body = this.#bytes.slice(8, 8 + bodyBytes);
    this.#bytes = this.#bytes.slice(8 + bodyBytes);
    return decodeRoute(body);
  }

  /** Reads the next frame as "modid/cmdid: port port …". */
  async nextLine(): Promise<string> {
    return describeRoute(await this.next());
  }

  /** Resolves when the other side has closed. */
  async closed(): Promise<void> {
    try {
      while (await this.#tcp.read(new Uint8Array(4096)) !== null);
    } catch {
      // A reset is a close as well.
    }
  }

  /** Closes the connection. */
  [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosed) this.#tcp.close();
    this.#isClosed = true;
    return Promise.resolve();
  }

  async #fill(bytes: number): Promise<void> {
    const chunk = new Uint8Array(65536);
    while (this.#bytes.length < bytes) {
      const read = await this.#read(chunk);
      if (read === null) throw new Error("The connection ended before the frame did");
      const joined = new Uint8Array(this.#bytes.length + read);
      joined.set(this.#bytes);
      joined.set(chunk.subarray(0, read), this.#bytes.length);
      this.#bytes = joined;
    }
  }

  /** What never comes must fail its test, not keep it waiting. */
  async #read(chunk: Uint8Array): Promise<number | null> {
    const timer = setTimeout(() => this[Symbol.asyncDispose](), GIVE_UP_MS);
    try {
      return await this.#tcp.read(chunk);
    } catch (cause) {
      throw new Error(`Nothing came in ${GIVE_UP_MS} ms, or the connection was lost`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The frame that asks for a route. */
export function requestFrame(modid: number, cmdid: number): Uint8Array {
  return frame(1, encodeRouteRequest({ modid, cmdid }));
}

/** Any frame. */
export function frame(msgid: number, body: Uint8Array, bodyBytes = body.length): Uint8Array {
  const bytes = new Uint8Array(8 + body.length);
  const header = new DataView(bytes.buffer);
  header.setInt32(0, msgid, true);
  header.setInt32(4, bodyBytes, true);
  bytes.set(body, 8);
  return bytes;
}

/** A route as "modid/cmdid: port port …". */
export function describeRoute({ modid, cmdid, hosts }: Route): string {
  return `${modid}/${cmdid}:${hosts.map(({ port }) => ` ${port}`).join("")}`;
}
