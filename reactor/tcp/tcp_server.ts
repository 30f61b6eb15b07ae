/**
 * A TCP server whose connections are shared out over threads, or all kept in this one.
 *
 * With threads, every worker has a listening socket of its own on the same port (SO_REUSEPORT) and the kernel spreads
 * the connections; a socket cannot be passed between threads in Deno, so this is the only way that costs nothing per
 * message.
 *
 * @module
 */

import { BufferPool } from "../buffer/buffer_pool.ts";
import type { ConnectionLimits } from "./connection_limits.ts";
import type { Message, Posts } from "../threads/channel.ts";
import { Counters } from "../threads/counters.ts";
import {
  ConnectionLimit,
  type CreateTcpHandlers,
  TcpAcceptor,
  type TcpServerParent,
} from "./tcp_acceptor.ts";
import { TCP_COUNTERS, type TcpCounter } from "./tcp_counter.ts";
import type { TcpWorkerInit, TcpWorkerPost } from "./tcp_worker.ts";
import { listenShared, type ServerTls } from "./tls.ts";
import { type LossReason, WorkerHost } from "../threads/worker_host.ts";

/** See {@link TcpServerOptions.hangMs}. */
const HANG_MS = 10_000;

/** What a server is made of. */
export interface TcpServerOptions<
  Init,
  State,
  Task extends Message,
  Sent extends Message,
> {
  /**
   * IPv4 address to listen on.
   * @default "127.0.0.1"
   */
  hostname?: string;
  /**
   * Port to listen on; 0 takes a free one.
   * @default 0
   */
  port?: number;
  /**
   * Connections that may be open at a time, over all threads; one more is accepted and closed at once.
   * @default 1024
   */
  maxConn?: number;
  /**
   * How many workers accept; 0 accepts in this thread.
   * @default 0
   */
  threads?: number;
  /** The workers' entry file, which calls {@link runTcpWorker}; needed with threads. */
  worker?: URL;
  /** Makes the handlers when there are no threads; a worker's entry file names the same function. */
  createHandlers: CreateTcpHandlers<Init, State, Task, Sent>;
  /** Makes what the handlers of a thread are made with, for each thread and each replacement; by default undefined. */
  init?: (thread: number) => Init;
  /** Takes what the handlers post. */
  onPost?: (message: Sent, thread: number) => void;
  /** Called when a worker died and is replaced; its connections are gone. */
  onLost?: (thread: number, reason: LossReason, error?: Error) => void;
  /**
   * For how long a worker may hang before it is replaced, ms: long, as its connections are lost with it.
   * @default 10000
   */
  hangMs?: number;
  /**
   * The certificate to accept connections with.
   * @default none: they are plain
   */
  tls?: ServerTls;
  /** Limits of each connection other than the default ones. */
  limits?: ConnectionLimits;
  /**
   * Memory for what was read and what waits to be sent, over all threads.
   * @default 1073741824
   */
  maxBufferBytes?: number;
}

/** A thread that accepts, seen from the one that started it. */
interface AcceptingThread<Task extends Message> {
  counters: Counters<TcpCounter>;
  /** Threads that hung, were replaced, and hang still. */
  readonly stuck: number;
  post(task: Task): void;
  relisten(tls?: ServerTls): void;
  stop(): Promise<void>;
}

/**
 * Starts a server.
 *
 * @throws {Deno.errors.AddrInUse} When the port is taken, also by a server that shares it among threads of its own.
 */
export async function startTcpServer<
  Init,
  State,
  Task extends Message = never,
  Sent extends Message = never,
>(
  options: TcpServerOptions<Init, State, Task, Sent>,
): Promise<TcpServer<Task>> {
  const { hostname = "127.0.0.1", port = 0, threads = 0, maxConn = 1024 } = options;
  const maxBufferBytes = (options.maxBufferBytes ?? 2 ** 30) / Math.max(1, threads);
  // Bound without sharing first: sharing would let two servers take one port and each get half of the calls.
  const listener = Deno.listen({ hostname, port });
  const address = listener.addr;
  listener.close();
  const limit = new ConnectionLimit(maxConn);
  if (threads === 0) {
    const pool = new BufferPool({ maxBytes: maxBufferBytes });
    return new TcpServer(address, [acceptHere(options, { address, limit, pool })]);
  }
  const starting = Array.from(
    { length: threads },
    (_, thread) => acceptInWorker(options, { thread, address, limit, maxConn, maxBufferBytes }),
  );
  const started = await Promise.allSettled(starting);
  const running = started.filter((result) => result.status === "fulfilled").map((r) => r.value);
  const failure = started.find((result) => result.status === "rejected");
  if (failure !== undefined) {
    await Promise.all(running.map((thread) => thread.stop()));
    throw failure.reason;
  }
  return new TcpServer(address, running);
}

function acceptHere<Init, State, Task extends Message, Sent extends Message>(
  { createHandlers, init, onPost, tls, limits }: TcpServerOptions<Init, State, Task, Sent>,
  { address, limit, pool }: {
    address: Deno.NetAddr;
    limit: ConnectionLimit;
    pool: BufferPool;
  },
): AcceptingThread<Task> {
  const counters = new Counters(TCP_COUNTERS);
  const parent: TcpServerParent<Sent> = { post: (message) => onPost?.(message, 0) };
  const handlers = createHandlers(init?.(0) as Init, parent);
  const listener = listenShared(address, tls);
  const acceptor = new TcpAcceptor({ listener, handlers, limit, counters, pool, limits });
  return {
    counters,
    stuck: 0,
    post: (task) => acceptor.post(task),
    relisten: (tls) => void acceptor.relisten(listenShared(address, tls)),
    stop: () => acceptor.stop(),
  };
}

async function acceptInWorker<Init, State, Task extends Message, Sent extends Message>(
  { worker, init, onPost, onLost, tls, limits, hangMs = HANG_MS }: TcpServerOptions<
    Init,
    State,
    Task,
    Sent
  >,
  { thread, address, limit, maxConn, maxBufferBytes }: {
    thread: number;
    address: Deno.NetAddr;
    limit: ConnectionLimit;
    maxConn: number;
    maxBufferBytes: number;
  },
): Promise<AcceptingThread<Task>> {
  if (worker === undefined) throw new TypeError("Cannot start threads without a worker to run");
  const counters = new Counters(TCP_COUNTERS);
  const host = await WorkerHost.start<TcpWorkerInit<Init>, Posts<TcpWorkerPost<Task>>, Sent>({
    url: worker,
    name: `tcp ${address.port} #${thread}`,
    init: () => ({
      hostname: address.hostname,
      port: address.port,
      maxConn,
      open: limit.buffer,
      counters: counters.buffer,
      limits,
      maxBufferBytes,
      tls,
      init: init?.(thread) as Init,
    }),
    onPost: (message) => onPost?.(message, thread),
    onLost: (reason, error) => {
      // What the lost thread held open is closed with it, so its places are free again.
      limit.release(counters.get("connections"));
      counters.clearGauges();
      onLost?.(thread, reason, error);
    },
    hangMs,
  });
  return {
    counters,
    get stuck() {
      return host.stuck;
    },
    post: (task) => host.post({ kind: "task", task }),
    relisten(newTls) {
      tls = newTls;
      host.post({ kind: "relisten", tls });
    },
    stop: () => host.stop(),
  };
}

/** A running server. `Task` is what can be posted to its threads. */
export class TcpServer<Task extends Message> {
  /** Where it listens. */
  readonly address: Deno.NetAddr;
  readonly #threads: readonly AcceptingThread<Task>[];

  /** Made by {@link startTcpServer}. */
  constructor(address: Deno.NetAddr, threads: readonly AcceptingThread<Task>[]) {
    this.address = address;
    this.#threads = threads;
  }

  /** What each thread counts. */
  get counters(): Counters<TcpCounter>[] {
    return this.#threads.map(({ counters }) => counters);
  }

  /**
   * Threads that hung, were replaced, and hang still. Such a one cannot be ended and keeps its listening socket: a part of
   * those who connect reach it and are never answered, until the process ends.
   */
  get stuck(): number {
    return this.#threads.reduce((sum, { stuck }) => sum + stuck, 0);
  }

  /** Has one thread, or all of them, do a task with their connections. */
  post(task: Task, thread?: number): void {
    if (thread === undefined) this.#threads.forEach((each) => each.post(task));
    else this.#threads[thread].post(task);
  }

  /** Accepts with another certificate from now on, or plainly with none. The connections that there are live on. */
  relisten(tls?: ServerTls): void {
    for (const thread of this.#threads) thread.relisten(tls);
  }

  /** Accepts no more, drains every connection, and finishes the work under way. */
  async stop(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop()));
  }
}
