/**
 * The connections that one thread accepted on one listening socket, from accept to close.
 *
 * @module
 */

import { Backoff } from "./backoff.ts";
import { type Clock, realClock, type Timer } from "../clock.ts";
import type { BufferPool } from "../buffer/buffer_pool.ts";
import { Connection, type TcpSocket } from "./connection.ts";
import { checkIntervalMs, type ConnectionLimits, DEFAULT_LIMITS } from "./connection_limits.ts";
import type { Message } from "../threads/channel.ts";
import type { Counters } from "../threads/counters.ts";
import { fairYielder, yieldToSockets } from "../threads/cooperative_yield.ts";
import type { Dispatcher } from "../frame/router.ts";
import type { TcpCounter } from "./tcp_counter.ts";
import type { TcpListener } from "./tls.ts";

/**
 * What a service does with its connections. `State` is kept per connection, `Task` is what can be posted to a thread.
 * Bad input never makes these throw; if one of them throws it is a bug of the service, and the thread dies of it.
 */
export interface TcpHandlers<State, Task extends Message = never> {
  /** Takes the frames. */
  router: Dispatcher<Connection<State>>;
  /** Makes the state of a new connection; by default it is undefined. */
  createState?(): State;
  /** Called with a new connection, before its first frame. */
  onOpen?(connection: Connection<State>): void;
  /** Called when a peer has said who it is and may speak, by what stands before the router and knows. */
  onAnnounce?(connection: Connection<State>): void;
  /** Called when a connection is over. */
  onClose?(connection: Connection<State>): void;
  /** Does what another thread asks of this one's connections. */
  onTask?(task: Task, connections: Iterable<Connection<State>>): void;
  /** Runs after the last connection is over, for work that is still under way. */
  onStop?(): void | Promise<void>;
}

/** While no more of the places are taken there is room, percent. */
const ROOM_PERCENT = 75;

/** How many connections may be open, counted over all threads that share the limit. */
export class ConnectionLimit {
  /** The memory to hand to another thread. */
  readonly buffer: SharedArrayBuffer;
  readonly #open: Int32Array;
  readonly #maxConn: number;

  /** Makes a limit, or joins the one in `buffer`. */
  constructor(maxConn: number, buffer: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.#maxConn = maxConn;
    this.buffer = buffer;
    this.#open = new Int32Array(buffer);
  }

  /** How many of a thread's connections are its share of what is open beyond those for whom there is room. */
  excessOf(connections: number): number {
    const open = Atomics.load(this.#open, 0);
    const roomy = Math.floor(this.#maxConn * ROOM_PERCENT / 100);
    return open > roomy ? Math.ceil((open - roomy) * connections / open) : 0;
  }

  /** Takes a place; says whether there was one. */
  acquire(): boolean {
    if (Atomics.add(this.#open, 0, 1) < this.#maxConn) return true;
    Atomics.sub(this.#open, 0, 1);
    return false;
  }

  /** Gives places back. */
  release(places = 1): void {
    Atomics.sub(this.#open, 0, places);
  }
}

/** What handlers may do with the thread that started the server. */
export interface TcpServerParent<Sent extends Message> {
  /** Sends a message to it; its server's `onPost` takes it. */
  post(message: Sent, transfer?: Transferable[]): void;
}

/** Makes the handlers of one thread. */
export type CreateTcpHandlers<
  Init,
  State,
  Task extends Message = never,
  Sent extends Message = never,
> = (
  init: Init,
  parent: TcpServerParent<Sent>,
) => TcpHandlers<State, Task>;

/** What a {@link TcpAcceptor} is made of. */
export interface TcpAcceptorOptions<State, Task extends Message> {
  /** The listening socket; the acceptor owns it from now on. */
  listener: TcpListener;
  /** What to do with the connections. */
  handlers: TcpHandlers<State, Task>;
  /** How many there may be. */
  limit: ConnectionLimit;
  /** What is counted. */
  counters: Counters<TcpCounter>;
  /** Where buffers come from. */
  pool: BufferPool;
  /** Limits of each connection other than the default ones. */
  limits?: ConnectionLimits;
  /**
   * How long to wait when connections cannot be accepted.
   * @default 10 ms at first, 1 s at last
   */
  backoff?: Pick<Backoff, "nextMs" | "reset">;
  /**
   * Tells the time.
   * @default the system's
   */
  clock?: Clock;
}

/** Before it closes its socket, time to take the peers whom the kernel has connected but this thread has not seen. */
const LAST_CALL_MS = 10;

/** Connections accepted between two checks whether a yield is due. */
const ACCEPTS_PER_CHECK = 16;

/** How long a peer has to close its side when the server stops. */
const STOP_GRACE_MS = 1000;

/**
 * Tells a peer that left before it was accepted from want of descriptors. The next peer has nothing to do with it and may
 * be waiting: with a pause for each, those who connect and reset would keep all others out.
 */
function hasPeerLeft(error: unknown): boolean {
  return error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.ConnectionReset;
}

/**
 * Accepts connections and keeps them.
 *
 * Silence costs nobody his connection while there is room: agents of the C++ Lars connect when they start, say nothing until a
 * program asks them, and some come to harm when they are hung up on. Where more than {@link ROOM_PERCENT} of the places
 * are taken, those go that never said anything, the oldest first, until no more are: so whoever takes places and does not
 * use them cannot keep others out.
 */
export class TcpAcceptor<State, Task extends Message> {
  #listener: TcpListener;
  readonly #handlers: TcpHandlers<State, Task>;
  readonly #limit: ConnectionLimit;
  readonly #counters: Counters<TcpCounter>;
  readonly #pool: BufferPool;
  readonly #limits?: ConnectionLimits;
  readonly #silenceGraceMs: number;
  readonly #backoff: Pick<Backoff, "nextMs" | "reset">;
  readonly #connections = new Set<Connection<State>>();
  /** Those that had sent nothing at the last check, oldest first, each with the time at which it was accepted. */
  readonly #silent = new Map<Connection<State>, number>();
  #accepting: Promise<unknown>;
  readonly #clock: Clock;
  readonly #checking: Timer;
  #nextId = 1;
  /** While the accept loop yields, and afterwards. */
  #yielding?: Promise<void>;
  #isLastCall = false;
  #isStopping = false;
  /** Ends the present wait before the next accept. */
  #wakeUp = new AbortController();

  /** Begins to accept. */
  constructor(options: TcpAcceptorOptions<State, Task>) {
    this.#listener = options.listener;
    this.#handlers = options.handlers;
    this.#limit = options.limit;
    this.#counters = options.counters;
    this.#pool = options.pool;
    this.#limits = options.limits;
    this.#silenceGraceMs = { ...DEFAULT_LIMITS, ...options.limits }.silenceGraceMs;
    this.#backoff = options.backoff ?? new Backoff({ firstMs: 10, maxMs: 1000 });
    this.#clock = options.clock ?? realClock;
    this.#accepting = this.#accept(this.#listener);
    this.#checking = this.#clock.every(checkIntervalMs(this.#limits), () => this.#check());
  }

  /** Where it listens. */
  get address(): Deno.NetAddr {
    return this.#listener.addr;
  }

  /** Does a task with the connections of this thread. */
  post(task: Task): void {
    this.#handlers.onTask?.(task, this.#connections);
  }

  /**
   * Accepts on another socket from now on, as where the certificate is a new one. The connections live on; the socket before
   * is closed once those were taken who had come there.
   */
  async relisten(listener: TcpListener): Promise<void> {
    const before = this.#listener;
    this.#listener = listener;
    this.#accepting = Promise.all([this.#accepting, this.#accept(listener)]);
    await this.#lastCall();
    before.close();
  }

  /** Accepts no more, drains every connection, and finishes the work under way. */
  async stop(): Promise<void> {
    this.#isLastCall = true;
    await this.#yielding;
    await this.#lastCall();
    this.#isStopping = true;
    this.#listener.close();
    this.#wakeUp.abort();
    await this.#accepting;
    await Promise.all([...this.#connections].map((connection) => connection.end(STOP_GRACE_MS)));
    this.#checking.cancel();
    await this.#handlers.onStop?.();
  }

  /** Resolves when those were seen who had come before. */
  async #lastCall(): Promise<void> {
    await this.#clock.sleep(LAST_CALL_MS);
    await yieldToSockets();
  }

  async #accept(listener: TcpListener): Promise<void> {
    let accepted = 0;
    while (!this.#isStopping) {
      let tcp;
      try {
        tcp = await listener.accept();
      } catch (error) {
        // Out of descriptors, or a peer that left before it was accepted: neither may end the server.
        if (this.#isStopping || listener !== this.#listener) return;
        this.#counters.add("acceptErrors");
        if (!hasPeerLeft(error)) await this.#pause(this.#backoff.nextMs());
        continue;
      }
      this.#backoff.reset();
      await this.#open(tcp);
      if (++accepted % ACCEPTS_PER_CHECK === 0 && !this.#isLastCall && fairYielder.isDue()) {
        await (this.#yielding = fairYielder.yield());
      }
    }
  }

  async #open(tcp: TcpSocket): Promise<void> {
    if (!this.#limit.acquire() && !await this.#takePlace()) {
      this.#counters.add("refused");
      tcp.close();
      return;
    }
    this.#counters.add("accepted");
    const connection = new Connection<State>({
      id: this.#nextId++,
      tcp,
      router: this.#handlers.router,
      state: this.#handlers.createState?.() as State,
      pool: this.#pool,
      counters: this.#counters,
      limits: this.#limits,
      clock: this.#clock,
    });
    this.#connections.add(connection);
    this.#silent.set(connection, this.#clock.nowMs());
    this.#handlers.onOpen?.(connection);
    connection.closed.then(() => {
      this.#connections.delete(connection);
      this.#silent.delete(connection);
      this.#limit.release();
      this.#handlers.onClose?.(connection);
    });
  }

  #check(): void {
    const nowMs = this.#clock.nowMs();
    for (const connection of this.#connections) connection.check(nowMs);
    const cameBeforeMs = nowMs - this.#silenceGraceMs;
    for (let excess = this.#limit.excessOf(this.#connections.size); excess > 0; excess--) {
      if (this.#closeSilent(cameBeforeMs) === undefined) break;
    }
  }

  /** Takes the place of the oldest connection that never said anything; says whether there was one. */
  async #takePlace(): Promise<boolean> {
    await this.#closeSilent(Infinity)?.closed;
    return this.#limit.acquire();
  }

  /** Closes the oldest connection that never said anything, if it came before then, and gives it. */
  #closeSilent(cameBeforeMs: number): Connection<State> | undefined {
    for (const [connection, cameAtMs] of this.#silent) {
      if (cameAtMs > cameBeforeMs) return undefined;
      this.#silent.delete(connection);
      if (connection.hasSpoken || !connection.isOpen) continue;
      this.#counters.add("gaveWay");
      connection.close();
      return connection;
    }
  }

  async #pause(ms: number): Promise<void> {
    this.#wakeUp = new AbortController();
    await this.#clock.sleep(ms, { signal: this.#wakeUp.signal });
  }
}
