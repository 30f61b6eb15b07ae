/**
 * A connection to one of several servers that is always wanted: lost, it is made again, for ever.
 *
 * @module
 */

import { Backoff, type BackoffOptions } from "./backoff.ts";
import { type Clock, realClock } from "../clock.ts";
import { BufferPool } from "../buffer/buffer_pool.ts";
import { Connection, type TcpSocket } from "./connection.ts";
import { checkIntervalMs, type ConnectionLimits } from "./connection_limits.ts";
import { Counters } from "../threads/counters.ts";
import type { Router } from "../frame/router.ts";
import { type ClientTls, type ConnectOptions, connectTcp } from "./tls.ts";
import { TCP_COUNTERS, type TcpCounter } from "./tcp_counter.ts";

/** Where a server is. */
export interface Endpoint {
  /** IPv4 address or name. */
  hostname: string;
  /** Port it listens on. */
  port: number;
}

/** How a client is let in. */
export interface Access {
  /**
   * Whom it believes to be the server.
   * @default anybody: the connection is plain
   */
  readonly tls?: ClientTls;
  /** The frame that is sent first on every connection. */
  readonly greeting?: Uint8Array;
}

/** What a {@link TcpClient} is made of. */
export interface TcpClientOptions {
  /** The servers, tried in turn; at least one. */
  endpoints: readonly Endpoint[];
  /**
   * How it is let in.
   * @default plain connections without a greeting
   */
  access?: Access;
  /** Takes the frames. */
  router: Router<Connection<void>>;
  /** Runs on every connect, before anything but the greeting is sent. */
  onOpen?: (connection: Connection<void>) => void;
  /** Runs on every loss. */
  onClose?: () => void;
  /** Called with why a connect failed. */
  onError?: (error: unknown, endpoint: Endpoint) => void;
  /**
   * Whether there is anything to send, asked when a connection was lost. If not, it is made again by the next
   * {@link TcpClient.start}: silent connections are the first to go when servers have few places left.
   * @default there always is
   */
  hasToSay?: () => boolean;
  /** The waits between attempts, other than the default ones. */
  backoff?: BackoffOptions;
  /**
   * Time for one attempt to connect, ms.
   * @default 3000
   */
  connectTimeoutMs?: number;
  /** What is counted. */
  counters?: Counters<TcpCounter>;
  /** Limits of the connection other than the default ones. */
  limits?: ConnectionLimits;
  /**
   * Tells the time.
   * @default the system's
   */
  clock?: Clock;
  /**
   * Opens a socket to an endpoint, unless the signal has it give up.
   * @default {@link connectTcp}
   */
  connect?: (options: ConnectOptions) => Promise<TcpSocket>;
}

/** A connection that has lasted this long was good: after its loss the backoff starts over. */
const GOOD_CONNECTION_MS = 1000;

/** How long a peer has to close its side when the client stops. */
const STOP_GRACE_MS = 1000;

/** Keeps a connection to one of its endpoints. */
export class TcpClient {
  /** What is counted. */
  readonly counters: Counters<TcpCounter>;
  readonly #options: TcpClientOptions;
  readonly #backoff: Backoff;
  readonly #pool = new BufferPool();
  readonly #clock: Clock;
  #access: Access;
  #connection?: Connection<void>;
  #isStopping = false;
  /** Ends the present attempt to connect, or the wait for the next one. */
  #interrupt = new AbortController();
  #running?: Promise<void>;

  /** Does nothing until {@link start}. */
  constructor(options: TcpClientOptions) {
    if (options.endpoints.length === 0) throw new TypeError("Cannot connect to no endpoint");
    this.#options = options;
    this.#access = options.access ?? {};
    this.#backoff = new Backoff(options.backoff);
    this.#clock = options.clock ?? realClock;
    this.counters = options.counters ?? new Counters(TCP_COUNTERS);
  }

  /** Begins to connect, and does not end before {@link stop}, or until there is nothing to say. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** The connection, while there is one. */
  get connection(): Connection<void> | undefined {
    return this.#connection;
  }

  /** Is let in otherwise from now on: greets anew on the connection that there is, and connects so when it is lost. */
  reload(access: Access): void {
    this.#access = access;
    this.#greet();
  }

  /** Sends a message; says whether it was accepted, which it is not while there is no connection. */
  send(msgid: number, body: Uint8Array): boolean {
    return this.#connection?.send(msgid, body) ?? false;
  }

  /** Sends what is queued, closes, and connects no more. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#interrupt.abort();
    await this.#connection?.end(STOP_GRACE_MS);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { endpoints, hasToSay = () => true } = this.#options;
    for (let attempt = 0; !this.#isStopping; attempt++) {
      const tcp = await this.#connect(endpoints[attempt % endpoints.length]);
      if (this.#isStopping) tcp?.close();
      else if (tcp !== undefined) {
        await this.#keep(tcp);
        if (!this.#isStopping && !hasToSay()) {
          this.#running = undefined;
          return;
        }
      }
      // The other endpoints are tried at once; the wait comes after a round of all of them.
      const isRoundOver = (attempt + 1) % endpoints.length === 0;
      if (isRoundOver && !this.#isStopping) await this.#pause(this.#backoff.nextMs());
    }
  }

  async #connect(endpoint: Endpoint): Promise<TcpSocket | undefined> {
    const { connectTimeoutMs = 3000, onError, connect = connectTcp } = this.#options;
    const attempt = this.#interrupt = new AbortController();
    const timer = this.#clock.after(connectTimeoutMs, () => {
      attempt.abort(timeoutError(connectTimeoutMs));
    });
    try {
      return await connect({ ...endpoint, tls: this.#access.tls, signal: attempt.signal });
    } catch (error) {
      if (!this.#isStopping) onError?.(error, endpoint);
    } finally {
      timer.cancel();
    }
  }

  #greet(): void {
    const { greeting } = this.#access;
    if (greeting !== undefined) this.#connection?.sendFrame(greeting);
  }

  async #keep(tcp: TcpSocket): Promise<void> {
    const { router, onOpen, onClose, limits } = this.#options;
    const openedAtMs = this.#clock.nowMs();
    const connection = this.#connection = new Connection<void>({
      id: 1,
      tcp,
      router,
      state: undefined,
      pool: this.#pool,
      counters: this.counters,
      limits,
      clock: this.#clock,
    });
    const check = () => connection.check(this.#clock.nowMs());
    const checking = this.#clock.every(checkIntervalMs(limits), check);
    this.#greet();
    onOpen?.(connection);
    await connection.closed;
    checking.cancel();
    this.#connection = undefined;
    if (this.#clock.nowMs() - openedAtMs >= GOOD_CONNECTION_MS) this.#backoff.reset();
    onClose?.();
  }

  async #pause(ms: number): Promise<void> {
    this.#interrupt = new AbortController();
    await this.#clock.sleep(ms, { signal: this.#interrupt.signal });
  }
}

function timeoutError(connectTimeoutMs: number): Error {
  return new DOMException(`Cannot connect within ${connectTimeoutMs} ms`, "TimeoutError");
}
