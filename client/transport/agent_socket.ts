/**
 * The client's one socket, opened when it is needed: another one takes its place when it was lost, and when the agent has
 * been silent for long, since what stands between the two may have forgotten where the old one's answers go (a NAT's or
 * conntrack's entry that went stale). One that nobody uses is closed after a while, so that it neither keeps the process
 * alive nor takes a file for good in a program that forgets to close its client.
 *
 * Which answer belongs to which request is none of its business: answers are taken from a replaced socket, too, for a
 * while.
 *
 * @module
 */

import { clearTimeout, setTimeout } from "node:timers";
import type { OpenTransport, Transport } from "./transport.ts";

/** For how long the agent is silent though it was asked, ms, until it is asked through another socket. */
export const STALE_AFTER_MS = 3000;

/** A socket that failed is not replaced sooner than this after it was opened, ms, nor is opening tried again. */
const RETRY_PAUSE_MS = 1000;

/** For how long answers are taken from a socket that was replaced, ms. */
const RETIRE_MS = 1000;

/** After at least this time, ms, and at most twice this time, an unused socket is closed. */
const IDLE_CLOSE_MS = 30_000;

/** The same for a socket that keeps the process alive. */
const HOLDING_IDLE_CLOSE_MS = 50;

type Timer = ReturnType<typeof setTimeout>;

/** What an {@link AgentSocket} is made of. */
export interface AgentSocketOptions {
  /** Opens a socket. */
  openTransport: OpenTransport;
  /** The agent's IPv4 address, dotted. */
  hostname: string;
  /** Takes each datagram from there; it is valid during the call only. */
  onDatagram(datagram: Uint8Array, port: number): void;
  /** The time, ms on a clock that only goes forward. */
  now(): number;
}

/** Sends to one agent, and receives from it. */
export class AgentSocket {
  readonly #options: AgentSocketOptions;
  #current?: Transport;
  /** Those that were replaced, and when they are closed. */
  readonly #retired = new Map<Transport, Timer>();
  /** Sockets that are being closed. */
  readonly #closing = new Set<Promise<void>>();
  #openedAtMs = -Infinity;
  #hasFailed = false;
  #lastError: unknown;
  #replaced = 0;
  #isBusy = false;
  #isUsed = false;
  #idleTimer?: Timer;
  #isClosed = false;

  /**
   * Opens the first socket.
   *
   * @throws What opening it throws.
   */
  constructor(options: AgentSocketOptions) {
    this.#options = options;
    this.#current = this.#open();
    this.#armIdleTimer();
  }

  /** How many sockets were given up, as they were lost or the agent was silent. A counter. */
  get replaced(): number {
    return this.#replaced;
  }

  /** What failed last. */
  get lastError(): unknown {
    return this.#lastError;
  }

  /** Sends a datagram, whose bytes must stay as they are until the promise settles. It never rejects. */
  async send(datagram: Uint8Array, port: number): Promise<void> {
    this.#isUsed = true;
    const transport = this.#current ?? this.#reopen();
    try {
      await transport?.send(datagram, port);
    } catch (error) {
      this.#failed(transport, error);
    }
  }

  /** Notes whether answers are awaited: while none are, the socket may be closed. */
  setBusy(isBusy: boolean): void {
    this.#isBusy = isBusy;
    if (!isBusy) this.#armIdleTimer();
  }

  /** Notes for how long one of the agent's ports has been silent though it was asked. */
  noteSilence(silentMs: number): void {
    if (silentMs >= STALE_AFTER_MS && this.#ageMs >= STALE_AFTER_MS) this.#replace();
  }

  /** Waits until what was sent has left, and closes all sockets. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idleTimer);
    this.#closeAll();
    await Promise.all(this.#closing);
  }

  get #ageMs(): number {
    return this.#options.now() - this.#openedAtMs;
  }

  #open(): Transport {
    const { openTransport, hostname, onDatagram, now } = this.#options;
    this.#openedAtMs = now();
    // The socket may fail while it is being opened.
    let transport: Transport | undefined = undefined;
    transport = openTransport({
      hostname,
      onDatagram,
      onError: (error) => this.#failed(transport, error),
      onLost: (error) => this.#lost(transport, error),
    });
    return transport;
  }

  /** Another socket; undefined while there is none to be had. */
  #reopen(): Transport | undefined {
    const isTooEarly = this.#hasFailed && this.#ageMs < RETRY_PAUSE_MS;
    if (this.#isClosed || isTooEarly) return undefined;
    this.#hasFailed = false;
    try {
      this.#current = this.#open();
    } catch (error) {
      this.#lastError = error;
      this.#hasFailed = true;
    }
    if (!this.#isBusy) this.#armIdleTimer();
    return this.#current;
  }

  /** A datagram could not be sent: another socket may do better, and does no harm. */
  #failed(transport: Transport | undefined, error: unknown): void {
    this.#lastError = error;
    if (transport === this.#current && this.#ageMs >= RETRY_PAUSE_MS) this.#replace();
  }

  #lost(transport: Transport | undefined, error: unknown): void {
    this.#lastError = error;
    if (transport === undefined) return;
    if (transport === this.#current) {
      this.#current = undefined;
      this.#hasFailed = true;
      this.#replaced++;
    }
    clearTimeout(this.#retired.get(transport));
    this.#retired.delete(transport);
    this.#closeOne(transport);
  }

  #replace(): void {
    const transport = this.#current;
    if (transport === undefined || this.#isClosed) return;
    this.#current = undefined;
    this.#replaced++;
    const timer = setTimeout(() => {
      this.#retired.delete(transport);
      this.#closeOne(transport);
    }, RETIRE_MS);
    timer.unref();
    this.#retired.set(transport, timer);
  }

  #armIdleTimer(): void {
    if (this.#idleTimer !== undefined || this.#current === undefined || this.#isClosed) return;
    this.#isUsed = false;
    const delayMs = this.#current.holdsProcess ? HOLDING_IDLE_CLOSE_MS : IDLE_CLOSE_MS;
    this.#idleTimer = setTimeout(() => {
      this.#idleTimer = undefined;
      if (this.#isBusy) return;
      if (this.#isUsed) this.#armIdleTimer();
      else this.#closeAll();
    }, delayMs);
    this.#idleTimer.unref();
  }

  #closeAll(): void {
    for (const [transport, timer] of this.#retired) {
      clearTimeout(timer);
      this.#closeOne(transport);
    }
    this.#retired.clear();
    if (this.#current !== undefined) this.#closeOne(this.#current);
    this.#current = undefined;
  }

  #closeOne(transport: Transport): void {
    const closed = closeQuietly(transport).then(() => void this.#closing.delete(closed));
    this.#closing.add(closed);
  }
}

/** Closes a socket that is not used any more. */
async function closeQuietly(transport: Transport): Promise<void> {
  try {
    await transport.close();
  } catch {
    // It is closed.
  }
}
