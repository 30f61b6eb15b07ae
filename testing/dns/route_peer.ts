/**
 * An agent for tests of dns: asks for routes, and reads those that come.
 *
 * @module
 */

import { decodeRoute, encodeRouteRequest, MessageId, type Route } from "../../proto/mod.ts";
import { encodeFrame } from "../../reactor/mod.ts";
import { RawPeer } from "../reactor/raw_peer.ts";

/** A connection to a dns. */
export class RoutePeer implements AsyncDisposable {
  readonly #peer: RawPeer;
  #isClosed = false;

  private constructor(peer: RawPeer) {
    this.#peer = peer;
  }

  /** Connects. */
  static async connect(address: { hostname: string; port: number }): Promise<RoutePeer> {
    return new RoutePeer(await RawPeer.connect(address));
  }

  /** Asks for a route and reads one frame, which is the answer where no push can come between. */
  async ask(modid: number, cmdid: number): Promise<Route> {
    await this.write(requestFrame(modid, cmdid));
    return await this.next();
  }

  /** Sends bytes. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#peer.write(bytes);
  }

  /** Reads the next frame, which must be a route. */
  async next(): Promise<Route> {
    const frame = await this.#peer.receive();
    if (frame?.msgid === MessageId.GetRouteResponse) return decodeRoute(frame.body);
    throw new Error(`Expected a GetRouteResponse: got ${frame?.msgid ?? "the connection's end"}`);
  }

  /** Reads the next frame as "modid/cmdid: port port …". */
  async nextLine(): Promise<string> {
    return describeRoute(await this.next());
  }

  /** Resolves when the other side has closed. */
  async closed(): Promise<void> {
    await this.#peer.ended();
  }

  /** Closes the connection. */
  [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosed) this.#peer[Symbol.dispose]();
    this.#isClosed = true;
    return Promise.resolve();
  }
}

/** The frame that asks for a route. */
export function requestFrame(modid: number, cmdid: number): Uint8Array {
  return encodeFrame(MessageId.GetRouteRequest, encodeRouteRequest({ modid, cmdid }));
}

/** A route as "modid/cmdid: port port …". */
export function describeRoute({ modid, cmdid, hosts }: Route): string {
  return `${modid}/${cmdid}:${hosts.map(({ port }) => ` ${port}`).join("")}`;
}
