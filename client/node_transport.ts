/**
 * The client's socket on Node, and on Deno where its own is not switched on: `node:dgram`.
 *
 * @module
 */

import { createSocket, type Socket } from "node:dgram";
import { localAddressFor, type Transport, type TransportOptions } from "./transport.ts";

/** Opens Node's UDP socket on a free port. */
export function openNodeTransport(options: TransportOptions): Transport {
  return new NodeTransport(options);
}

class NodeTransport implements Transport {
  readonly #options: TransportOptions;
  readonly #socket: Socket;
  /** How many datagrams are on their way to the kernel. */
  #sending = 0;
  #onIdle?: () => void;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#socket = createSocket("udp4");
    this.#socket.on("error", options.onError);
    this.#socket.on("message", (datagram, from) => {
      if (from.address === options.hostname) options.onDatagram(datagram, from.port);
    });
    this.#socket.bind(0, localAddressFor(options.hostname));
  }

  send(datagram: Uint8Array, port: number): Promise<void> {
    this.#sending++;
    return new Promise((resolve) => {
      this.#socket.send(datagram, port, this.#options.hostname, (error) => {
        if (error) this.#options.onError(error);
        if (--this.#sending === 0) this.#onIdle?.();
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    if (this.#sending > 0) await new Promise<void>((resolve) => this.#onIdle = resolve);
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }
}
