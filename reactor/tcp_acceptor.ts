/**
 * The connections that one thread accepted on one listening socket, from accept to close.
 *
 * @module
 */

import { Backoff } from "./backoff.ts";
import type { BufferPool } from "./buffer_pool.ts";
import { Connection } from "./connection.ts";
import { checkIntervalMs, type ConnectionLimits } from "./connection_limits.ts";
import type { Counters } from "./counters.ts";
import type { Router } from "./router.ts";
import type { TcpCounter } from "./tcp_counter.ts";

/**
 * What a service does with its connections. `State` is kept per connection, `Task` is what can be posted to a thread.
 * Bad input never makes these throw; if one of them throws it is a bug of the service, and the thread dies of it.
 */
export interface TcpHandlers<State, Task = never> {
  /** Takes the frames. */
  router: Router<Connection<State>>;
  /** Makes the state of a new connection; by default it is undefined. */
  createState?(): State;
  /** Hears of a new connection, before its first frame. */
  onOpen?(connection: Connection<State>): void;
  /** Hears of a connection that is over. */
  onClose?(connection: Connection<State>): void;
  /** Does what another thread asks of this one's connections. */
  onTask?(task: Task, connections: Iterable<Connection<State>>): void;
  /** Runs after the last connection is over, for what is still in hand. */
  onStop?(): void | Promise<void>;
}

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
export interface TcpServerParent<Message> {
  /** Sends a message to it; its server's `onMessage` takes it. */
  post(message: Message): void;
}

/** Makes the handlers of one thread. */
export type CreateTcpHandlers<Init, State, Task, Message> = (
  init: Init,
  parent: TcpServerParent<Message>,
) => TcpHandlers<State, Task>;

/** What a {@link TcpAcceptor} is made of. */
export interface TcpAcceptorOptions<State, Task> {
  /** The listening socket; the acceptor owns it from now on. */
  listener: Deno.TcpListener;
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
}

/** Before it closes its socket, time to take the peers whom the kernel has connected but this thread has not seen. */
const LAST_CALL_MS = 10;

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

/** Accepts connections and keeps them. */
export class TcpAcceptor<State, Task> {
  readonly #listener: Deno.TcpListener;
  readonly #handlers: TcpHandlers<State, Task>;
  readonly #limit: ConnectionLimit;
  readonly #counters: Counters<TcpCounter>;
  readonly #pool: BufferPool;
  readonly #limits?: ConnectionLimits;
  readonly #backoff: Pick<Backoff, "nextMs" | "reset">;
  readonly #connections = new Set<Connection<State>>();
  readonly #accepting: Promise<void>;
  readonly #checking: ReturnType<typeof setInterval>;
  #nextId = 1;
  #isStopping = false;
  #resumeAccepting?: () => void;

  /** Begins to accept. */
  constructor(options: TcpAcceptorOptions<State, Task>) {
    this.#listener = options.listener;
    this.#handlers = options.handlers;
    this.#limit = options.limit;
    this.#counters = options.counters;
    this.#pool = options.pool;
    this.#limits = options.limits;
    this.#backoff = options.backoff ?? new Backoff({ firstMs: 10, maxMs: 1000 });
    this.#accepting = this.#accept();
    this.#checking = setInterval(() => this.#check(), checkIntervalMs(this.#limits));
  }

  /** Where it listens. */
  get address(): Deno.NetAddr {
    return this.#listener.addr;
  }

  /** Does a task with the connections of this thread. */
  post(task: Task): void {
    this.#handlers.onTask?.(task, this.#connections);
  }

  /** Accepts no more, lets every connection end in peace, and finishes what is in hand. */
  async stop(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, LAST_CALL_MS));
    this.#isStopping = true;
    this.#listener.close();
    this.#resumeAccepting?.();
    await this.#accepting;
    await Promise.all([...this.#connections].map((connection) => connection.end(STOP_GRACE_MS)));
    clearInterval(this.#checking);
    await this.#handlers.onStop?.();
  }

  async #accept(): Promise<void> {
    while (!this.#isStopping) {
      let tcp;
      try {
        tcp = await this.#listener.accept();
      } catch (error) {
        // Out of descriptors, or a peer that left before it was accepted: neither may end the server.
        if (this.#isStopping) return;
        this.#counters.add("acceptErrors");
        if (!hasPeerLeft(error)) await this.#pause(this.#backoff.nextMs());
        continue;
      }
      this.#backoff.reset();
      this.#open(tcp);
    }
  }

  #open(tcp: Deno.TcpConn): void {
    if (!this.#limit.acquire()) {
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
      expectsFirstFrame: true,
    });
    this.#connections.add(connection);
    this.#handlers.onOpen?.(connection);
    connection.closed.then(() => {
      this.#connections.delete(connection);
      this.#limit.release();
      this.#handlers.onClose?.(connection);
    });
  }

  #check(): void {
    const nowMs = performance.now();
    for (const connection of this.#connections) connection.check(nowMs);
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#resumeAccepting = resolve;
    await promise;
    clearTimeout(timer);
    this.#resumeAccepting = undefined;
  }
}
