/**
 * The client's socket on Node, and on Deno where its own is not switched on: `node:dgram`.
 *
 * @module
 */

import { createSocket, type Socket } from "node:dgram";
import { isRefusal, localAddressFor } from "./socket_rules.ts";
import type { Transport, TransportOptions } from "./transport.ts";

/** Opens Node's UDP socket on a free port. */
export function openNodeTransport(options: TransportOptions): Transport {
  return new NodeTransport(options);
}

class NodeTransport implements Transport {
  /** Deno lets go of a socket of node:dgram only when it is closed. */
  readonly holdsProcess = "Deno" in globalThis;
  readonly #options: TransportOptions;
  readonly #socket: Socket;
  /** Those who wait until their datagram has left for the kernel. */
  readonly #sending = new Set<() => void>();
  #onIdle?: () => void;
  #closed = false;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#socket = createSocket("udp4");
    this.#socket.on("error", (error) => this.#lose(error));
    this.#socket.on("message", (datagram, from) => {
      if (from.address === options.hostname) options.onDatagram(datagram, from.port);
    });
    // Workers of node:cluster share sockets that are not exclusive, and would get each other's answers.
    this.#socket.bind({ port: 0, address: localAddressFor(options.hostname), exclusive: true });
    this.#socket.unref();
  }

  send(datagram: Uint8Array, port: number): Promise<void> {
    return new Promise((resolve) => {
      const sent = () => {
        if (!this.#sending.delete(sent)) return;
        if (this.#sending.size === 0) this.#onIdle?.();
        resolve();
      };
      this.#sending.add(sent);
      try {
        this.#socket.send(datagram, port, this.#options.hostname, (error) => {
          if (error) this.#options.onError(error);
          sent();
        });
      } catch (error) {
        this.#options.onError(error);
        sent();
      }
    });
  }

  async close(): Promise<void> {
    if (this.#sending.size > 0) await new Promise<void>((resolve) => this.#onIdle = resolve);
    this.#closed = true;
    await new Promise<void>((resolve) => {
      try {
        this.#socket.close(resolve);
      } catch {
        resolve(); // It is closed.
      }
    });
  }

  #lose(error: unknown): void {
    if (isRefusal(error)) return;
    // What waits for a socket that could not be bound is never sent, and never heard of.
    for (const sent of this.#sending) sent();
    if (!this.#closed) this.#options.onLost(error);
  }
}
