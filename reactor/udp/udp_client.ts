/**
 * A UDP socket that talks to one server.
 *
 * @module
 */

import { Counters } from "../threads/counters.ts";
import type { Router } from "../frame/router.ts";
import type { Endpoint } from "../tcp/tcp_client.ts";
import type { UdpPeer } from "./udp_peer.ts";
import { UDP_COUNTERS, type UdpCounter, UdpServer } from "./udp_server.ts";

/** What a {@link UdpClient} is made of. */
export interface UdpClientOptions {
  /** The server, by IPv4 address. */
  endpoint: Endpoint;
  /** Takes what comes back. */
  router: Router<UdpPeer>;
  /** What is counted. */
  counters?: Counters<UdpCounter>;
}

/** Sends messages to one server; they may be lost, and so may the answers. */
export class UdpClient {
  /** What is counted. */
  readonly counters: Counters<UdpCounter>;
  readonly #server: Deno.NetAddr;
  readonly #socket: UdpServer;

  /** Binds a free port. */
  constructor(options: UdpClientOptions) {
    const { endpoint, router, counters = new Counters(UDP_COUNTERS) } = options;
    this.counters = counters;
    this.#server = { transport: "udp", ...endpoint };
    const hostname = endpoint.hostname.startsWith("127.") ? "127.0.0.1" : "0.0.0.0";
    this.#socket = new UdpServer({ hostname, router, counters });
  }

  /** Sends a message. */
  send(msgid: number, body: Uint8Array): void {
    this.#socket.send(this.#server, { msgid, body });
  }

  /** Sends what is under way and closes the socket. */
  stop(): Promise<void> {
    return this.#socket.stop();
  }
}
