/**
 * The client's socket on Deno: `Deno.listenDatagram`, which needs `"unstable": ["net"]` in the program's deno.json.
 *
 * @module
 */

import { isRefusal, localAddressFor } from "./socket_rules.ts";
import type { Transport, TransportOptions } from "./transport.ts";

/** The largest UDP datagram. */
const MAX_DATAGRAM_BYTES = 65507;

/** Deno's types leave out that its sockets have this. */
type Socket = Deno.DatagramConn & { ref?(): void; unref?(): void };

/** Says whether this runtime has the socket. */
export function hasDenoTransport(): boolean {
  return typeof globalThis.Deno?.listenDatagram === "function";
}

/** Opens Deno's UDP socket on a free port. */
export function openDenoTransport(options: TransportOptions): Transport {
  return new DenoTransport(options);
}

class DenoTransport implements Transport {
  readonly holdsProcess: boolean;
  readonly #options: TransportOptions;
  readonly #socket: Socket;
  readonly #received: Promise<void>;
  /** How many datagrams are on their way to the kernel. */
  #sending = 0;
  #onIdle?: () => void;
  #closed = false;
  #isLost = false;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#socket = Deno.listenDatagram({
      transport: "udp",
      hostname: localAddressFor(options.hostname),
      port: 0,
    });
    this.#socket.unref?.();
    this.holdsProcess = this.#socket.unref === undefined;
    this.#received = this.#receive();
  }

  async send(datagram: Uint8Array, port: number): Promise<void> {
    const { hostname, onError } = this.#options;
    this.#sending++;
    try {
      await this.#socket.send(datagram, { transport: "udp", hostname, port });
    } catch (error) {
      onError(error);
    }
    if (--this.#sending === 0) this.#onIdle?.();
  }

  async close(): Promise<void> {
    if (this.#sending > 0 && !this.#isLost) {
      await new Promise<void>((resolve) => this.#onIdle = resolve);
    }
    this.#closed = true;
    this.#socket.ref?.(); // else the process may end before closing has
    try {
      this.#socket.close();
    } catch {
      // It was lost: there is nothing to close.
    }
    await this.#received;
  }

  async #receive(): Promise<void> {
    const { hostname, onDatagram, onLost } = this.#options;
    // Without a buffer of ours, receive() costs 2.7 times the CPU.
    const buffer = new Uint8Array(MAX_DATAGRAM_BYTES);
    while (!this.#closed) {
      try {
        const [datagram, from] = await this.#socket.receive(buffer);
        const { hostname: sender, port } = from as Deno.NetAddr;
        if (sender === hostname) onDatagram(datagram, port);
      } catch (error) {
        if (isRefusal(error)) continue;
        if (this.#closed) return;
        this.#isLost = true;
        return onLost(error);
      }
    }
  }
}
