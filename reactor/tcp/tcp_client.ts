/**
 * A connection to one of several servers that is always wanted: lost, it is made again, for ever. To whom, its
 * {@link EndpointPicker} says.
 *
 * A server is taken for well when it answers. It is left for another when it has not answered in time what it was asked, and
 * after the connection's maximal age, so that clients go back to the server that they prefer. In that case the next
 * connection is made first and the one before closed when the next has answered: until then it still brings what it brings,
 * and is gone back to if the next one fails.
 *
 * @module
 */

import type { BackoffOptions } from "./backoff.ts";
import { type Clock, realClock, type Timer } from "../clock.ts";
import { BufferPool } from "../buffer/buffer_pool.ts";
import { Connection, type TcpSocket } from "./connection.ts";
import { checkIntervalMs, type ConnectionLimits } from "./connection_limits.ts";
import { Counters } from "../threads/counters.ts";
import { type EndpointOrder, EndpointPicker } from "./endpoint_picker.ts";
import type { Dispatched, Dispatcher } from "../frame/router.ts";
import { type ClientTls, type ConnectOptions, connectTcp } from "./tls.ts";
import { TCP_CLIENT_COUNTERS, type TcpClientCounter } from "./tcp_counter.ts";

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
  /** The servers, at least one. */
  endpoints: readonly Endpoint[];
  /**
   * Which of them come first.
   * @default "listed"
   */
  order?: EndpointOrder;
  /**
   * How it is let in.
   * @default plain connections without a greeting
   */
  access?: Access;
  /** Takes the frames; one that it handles is an answer. */
  router: Dispatcher<Connection<void>>;
  /** Runs whenever another connection is the one to use, before anything but the greeting is sent on it. */
  onOpen?: (connection: Connection<void>, endpoint: Endpoint) => void;
  /** Runs when there is none any more. */
  onClose?: () => void;
  /** Called when an endpoint answers that has not done so yet, or not since it failed. */
  onAnswer?: (endpoint: Endpoint) => void;
  /** Called with why an endpoint has failed. */
  onError?: (error: unknown, endpoint: Endpoint) => void;
  /**
   * Whether there is anything to send, asked when a connection was lost. If not, it is made again by the next
   * {@link TcpClient.start}: silent connections are the first to go when servers have few places left.
   * @default there always is
   */
  hasToSay?: () => boolean;
  /** Since when the server owes an answer, by the clock; undefined while it owes none, which it never does by default. */
  awaitingSinceMs?: () => number | undefined;
  /**
   * How long an answer may take, ms. Any answer has the others be waited for as long again: the server is at work.
   * @default 1000
   */
  answerTimeoutMs?: number;
  /**
   * Whether a server that never answers may be a good one that does not know how to. It is left only for another that
   * has not failed.
   * @default false
   */
  mayBeMute?: boolean;
  /** Runs again and again while the server says nothing and owes no answer, from {@link QUIET_MS} on. */
  onQuiet?: () => void;
  /**
   * How long a connection is used at most, ms. Half of it is certain, and the rest drawn: many who lost a server do not all
   * come back at once.
   * @default for ever
   */
  maxAgeMs?: number;
  /** How long an endpoint that failed is let alone, other than by default. */
  backoff?: BackoffOptions;
  /**
   * Time for one attempt to connect, ms.
   * @default 1500
   */
  connectTimeoutMs?: number;
  /** What is counted. */
  counters?: Counters<TcpClientCounter>;
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

/** After so long without a word from the server it may be asked something to hear whether it is there, ms. */
export const QUIET_MS = 1200;

/** How many times as long an answer may take while there is no other endpoint to try: the server may be busy. */
const PATIENCE = 5;

/**
 * How many times that time, and the one for connecting, double while it keeps running out: of a server that thousands come
 * to at once, as it was away, those who leave and come again would take the time that the answers to the others need.
 */
const MAX_DOUBLINGS = 3;

/** A connection that has lasted this long ends such doubling, ms. */
const LASTING_MS = 60_000;

/** How long a peer has to close its side when the client stops, or leaves it in peace. */
const STOP_GRACE_MS = 1000;

/** A connection, and what is known of its server by it. */
interface Link {
  readonly index: number;
  readonly connection: Connection<void>;
  readonly openedAtMs: number;
  /** When another is to take its place. */
  renewAtMs: number;
  /** When the server was last heard of, at first by its accepting. */
  heardAtMs: number;
  hasAnswered: boolean;
  /** Whether it is taken for a server that does not answer. */
  isMute: boolean;
  /** Whether an answer is overdue. */
  isSilent: boolean;
  /** Whether it is closed by our own wish. */
  isLeft: boolean;
}

/** Keeps a connection to one of its endpoints. */
export class TcpClient {
  /** What is counted. */
  readonly counters: Counters<TcpClientCounter>;
  readonly #options: TcpClientOptions;
  readonly #picker: EndpointPicker;
  readonly #pool = new BufferPool();
  readonly #clock: Clock;
  readonly #answerTimeoutMs: number;
  readonly #checkIntervalMs: number;
  #access: Access;
  /** The connection to use. */
  #link?: Link;
  /** The one before it, while it has not answered. */
  #former?: Link;
  /** The endpoints that have ever answered. */
  readonly #known = new Set<number>();
  #checkedAtMs = 0;
  /** How often time has run out since a connection lasted. */
  #timeouts = 0;
  #isRenewing = false;
  #onGone?: () => void;
  /** What goes on beside the connection to use, and is waited for at the end. */
  readonly #asides = new Set<Promise<void>>();
  /** Ends attempts to connect, and the wait for the next one. */
  readonly #stop = new AbortController();
  #running?: Promise<void>;

  /** Does nothing until {@link start}. */
  constructor(options: TcpClientOptions) {
    const { endpoints, order, backoff, limits, answerTimeoutMs = 1000 } = options;
    this.#options = options;
    this.#access = options.access ?? {};
    this.#picker = new EndpointPicker({ count: endpoints.length, order, backoff });
    this.#clock = options.clock ?? realClock;
    this.#answerTimeoutMs = answerTimeoutMs;
    this.#checkIntervalMs = Math.min(checkIntervalMs(limits), answerTimeoutMs / 4);
    this.counters = options.counters ?? new Counters(TCP_CLIENT_COUNTERS);
  }

  /** Begins to connect, and does not end before {@link stop}, or until there is nothing to say. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** The connection to use, while there is one. */
  get connection(): Connection<void> | undefined {
    return this.#link?.connection;
  }

  /** Whether the server is taken for one that does not answer: see {@link TcpClientOptions.mayBeMute}. */
  get isMute(): boolean {
    return this.#link?.isMute ?? false;
  }

  /** Is let in otherwise from now on: greets anew on the connection that there is, and connects so when it is lost. */
  reload(access: Access): void {
    this.#access = access;
    if (this.#link !== undefined) this.#greet(this.#link.connection);
  }

  /** Sends a message; says whether it was accepted, which it is not while there is no connection. */
  send(msgid: number, body: Uint8Array): boolean {
    return this.connection?.send(msgid, body) ?? false;
  }

  /** Sends what is queued, closes, and connects no more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#former?.connection.close();
    await this.connection?.end(STOP_GRACE_MS);
    await this.#running;
    await Promise.all(this.#asides);
  }

  get #isStopping(): boolean {
    return this.#stop.signal.aborted;
  }

  async #run(): Promise<void> {
    const { hasToSay = () => true } = this.#options;
    while (!this.#isStopping) {
      const nowMs = this.#clock.nowMs();
      const pick = this.#picker.pick(nowMs);
      if ("retryAtMs" in pick) {
        await this.#clock.sleep(pick.retryAtMs - nowMs, { signal: this.#stop.signal });
        continue;
      }
      const link = await this.#open(pick.index);
      if (link === undefined) continue;
      await this.#keep(link);
      if (hasToSay() || this.#isStopping) continue;
      this.#running = undefined;
      return;
    }
  }

  /** Uses a connection, and those that take its place, until there is none. */
  async #keep(link: Link): Promise<void> {
    const gone = Promise.withResolvers<void>();
    this.#onGone = gone.resolve;
    this.#checkedAtMs = this.#clock.nowMs();
    const checking: Timer = this.#clock.every(this.#checkIntervalMs, () => this.#check());
    this.#use(link);
    await gone.promise;
    checking.cancel();
    this.counters.set("endpoint", 0);
    this.#options.onClose?.();
  }

  /** Connects and greets; undefined when that failed. */
  async #open(index: number): Promise<Link | undefined> {
    const tcp = this.#isStopping ? undefined : await this.#connect(index);
    if (tcp === undefined) return undefined;
    if (this.#isStopping) {
      tcp.close();
      return undefined;
    }
    const { limits } = this.#options;
    const connection: Connection<void> = new Connection<void>({
      id: 1,
      tcp,
      router: { dispatch: (...frame) => this.#dispatch(link, frame) },
      state: undefined,
      pool: this.#pool,
      counters: this.counters,
      limits,
      clock: this.#clock,
    });
    const link: Link = {
      index,
      connection,
      openedAtMs: this.#clock.nowMs(),
      renewAtMs: this.#renewAtMs(),
      heardAtMs: this.#clock.nowMs(),
      hasAnswered: false,
      isMute: false,
      isSilent: false,
      isLeft: false,
    };
    this.#greet(connection);
    connection.closed.then(() => this.#forget(link));
    return link;
  }

  async #connect(index: number): Promise<TcpSocket | undefined> {
    const { endpoints, connectTimeoutMs = 1500, connect = connectTcp } = this.#options;
    const attempt = new AbortController();
    const giveUp = () => attempt.abort();
    this.#stop.signal.addEventListener("abort", giveUp);
    const timeoutMs = connectTimeoutMs * (this.#othersThan(index).length > 0 ? 1 : this.#doubled);
    const timer = this.#clock.after(timeoutMs, () => {
      this.#timeouts++;
      attempt.abort(timeoutError(`Cannot connect within ${timeoutMs} ms`));
    });
    try {
      return await connect({
        ...endpoints[index],
        tls: this.#access.tls,
        signal: attempt.signal,
      });
    } catch (error) {
      this.#fail(index, error);
    } finally {
      timer.cancel();
      this.#stop.signal.removeEventListener("abort", giveUp);
    }
  }

  #greet(connection: Connection<void>): void {
    const { greeting } = this.#access;
    if (greeting !== undefined) connection.sendFrame(greeting);
  }

  #use(link: Link): void {
    this.#link = link;
    this.counters.set("endpoint", link.index + 1);
    this.#options.onOpen?.(link.connection, this.#options.endpoints[link.index]);
  }

  #dispatch(link: Link, frame: Parameters<Dispatcher<Connection<void>>["dispatch"]>): Dispatched {
    if (link.isLeft) return "handled"; // what its successor says counts
    const outcome = this.#options.router.dispatch(...frame);
    if (outcome === "handled") this.#hear(link);
    return outcome;
  }

  #hear(link: Link): void {
    link.heardAtMs = this.#clock.nowMs();
    if (link.hasAnswered && !link.isSilent) return;
    link.hasAnswered = true;
    link.isSilent = link.isMute = false;
    this.#known.add(link.index);
    this.#noteAnswer(link.index);
    this.#options.onAnswer?.(this.#options.endpoints[link.index]);
    if (link !== this.#link) return;
    if (this.#former !== undefined) this.#leave(this.#former);
    this.#former = undefined;
  }

  /** Closes in peace, as another connection has taken its place. */
  #leave(link: Link): void {
    link.isLeft = true;
    this.#finish(link.connection.end(STOP_GRACE_MS));
  }

  #finish(aside: Promise<void>): void {
    this.#asides.add(aside);
    aside.then(() => this.#asides.delete(aside));
  }

  /** A connection is over. */
  #forget(link: Link): void {
    if (!link.isLeft && !this.#isStopping) {
      if (link.hasAnswered || link.isMute) this.#noteFailure(link.index);
      else this.#fail(link.index, new Error("The connection ended before it answered"));
    }
    if (link === this.#former) this.#former = undefined;
    if (link !== this.#link) return;
    const former = this.#former;
    this.#link = this.#former = undefined;
    if (former !== undefined) this.#use(former);
    else this.#onGone?.();
  }

  #fail(index: number, error: unknown): void {
    if (this.#isStopping) return;
    this.counters.add("failures");
    this.#noteFailure(index);
    this.#options.onError?.(error, this.#options.endpoints[index]);
  }

  #noteFailure(index: number): void {
    this.#picker.failed(index, this.#clock.nowMs());
    this.counters.set("failing", this.#picker.failing);
  }

  #noteAnswer(index: number): void {
    this.#picker.answered(index, this.#clock.nowMs());
    this.counters.set("failing", this.#picker.failing);
  }

  #check(): void {
    const nowMs = this.#clock.nowMs();
    const sinceCheckMs = nowMs - this.#checkedAtMs;
    this.#checkedAtMs = nowMs;
    this.#former?.connection.check(nowMs);
    const link = this.#link;
    if (link === undefined) return;
    link.connection.check(nowMs);
    if (nowMs - link.openedAtMs >= LASTING_MS) this.#timeouts = 0;
    // Late is this thread then, and what the server has said may not have been read yet.
    if (sinceCheckMs > 2 * this.#checkIntervalMs) link.heardAtMs = nowMs;
    this.#checkSilence(link, nowMs);
    if (nowMs >= link.renewAtMs && !link.isLeft) this.#finish(this.#renew(link));
  }

  #checkSilence(link: Link, nowMs: number): void {
    const { awaitingSinceMs, mayBeMute = false, onQuiet } = this.#options;
    const sinceMs = awaitingSinceMs?.();
    if (sinceMs === undefined) {
      if (nowMs - link.heardAtMs >= QUIET_MS) onQuiet?.();
      return;
    }
    const silentMs = nowMs - Math.max(sinceMs, link.heardAtMs);
    if (link.isMute || silentMs < this.#answerTimeoutMs) return;
    const others = this.#former === undefined ? this.#othersThan(link.index) : [this.#former.index];
    const isBetter = others.some((index) => !this.#picker.hasFailed(index));
    if (mayBeMute && !isBetter && !this.#known.has(link.index)) {
      link.isMute = true;
      this.#noteAnswer(link.index);
      return;
    }
    if (!link.isSilent) {
      link.isSilent = true;
      this.counters.add("silences");
      this.#fail(link.index, timeoutError(`It has not answered for ${this.#answerTimeoutMs} ms`));
    }
    const patienceMs = PATIENCE * this.#answerTimeoutMs * this.#doubled;
    if (others.length === 0 && silentMs < patienceMs) return;
    this.#timeouts++;
    link.isLeft = true;
    link.connection.close();
  }

  get #doubled(): number {
    return 2 ** Math.min(this.#timeouts, MAX_DOUBLINGS);
  }

  #othersThan(index: number): number[] {
    return this.#picker.candidates(this.#clock.nowMs()).filter((other) => other !== index);
  }

  /** Has another connection take the place of one that is old: to the endpoint that is preferred, and may be the same. */
  async #renew(link: Link): Promise<void> {
    const { hasToSay = () => true } = this.#options;
    const index = this.#picker.preferred(this.#clock.nowMs());
    if (index === undefined || this.#isRenewing || this.#former !== undefined || !hasToSay()) {
      return;
    }
    link.renewAtMs = this.#renewAtMs();
    if (link.isMute && index === link.index) return; // it would not answer on another one either
    this.#isRenewing = true;
    const next = await this.#open(index);
    this.#isRenewing = false;
    if (next === undefined) return;
    if (this.#link !== link || link.isLeft) { // there is another meanwhile, or will be
      next.isLeft = true;
      next.connection.close();
      return;
    }
    this.counters.add("renewals");
    this.#former = link;
    this.#use(next);
  }

  #renewAtMs(): number {
    const { maxAgeMs, backoff } = this.#options;
    if (maxAgeMs === undefined) return Infinity;
    const random = backoff?.random ?? Math.random;
    return this.#clock.nowMs() + maxAgeMs * (0.5 + random() / 2);
  }
}

function timeoutError(message: string): Error {
  return new DOMException(message, "TimeoutError");
}
