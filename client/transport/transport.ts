/**
 * What the client needs of a UDP socket, so that it runs on Deno's as well as on Node's.
 *
 * @module
 */

/** Where a client sends to, and what it does with what comes. */
export interface TransportOptions {
  /** The agent's IPv4 address, dotted. */
  hostname: string;
  /**
   * Called with every datagram that came from that address, and the port it came from. The datagram is valid during the
   * call only.
   */
  onDatagram(datagram: Uint8Array, port: number): void;
  /** Called when a datagram could not be sent; the socket goes on. */
  onError(error: unknown): void;
  /** Called when the socket can receive no more. It is closed then, and another one is opened when it is needed. */
  onLost(error: unknown): void;
}

/** An open UDP socket that talks to one address. */
export interface Transport {
  /**
   * Whether the open socket keeps the process alive though nothing is in flight. Such a one is closed whenever it has
   * been idle for a moment, and opened anew when it is needed.
   *
   * @default false
   */
  readonly holdsProcess?: boolean;
  /**
   * Sends a datagram; it may get lost, and one sent in the same turn of the event loop may overtake it. Until the promise
   * settles the bytes must stay as they are. It never rejects: failures go to {@link TransportOptions.onError}.
   */
  send(datagram: Uint8Array, port: number): Promise<void>;
  /** Waits until what was sent has left, and closes the socket. */
  close(): Promise<void>;
}

/** Opens a socket on any free port. */
export type OpenTransport = (options: TransportOptions) => Transport;
