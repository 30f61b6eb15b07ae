/**
 * The worker's end of {@link startTcpServer}: what the entry file of an accepting thread calls.
 *
 * @module
 */

import { BufferPool } from "../buffer/buffer_pool.ts";
import type { ConnectionLimits } from "./connection_limits.ts";
import type { Message, Posts } from "../threads/channel.ts";
import { Counters } from "../threads/counters.ts";
import { ConnectionLimit, type CreateTcpHandlers, TcpAcceptor } from "./tcp_acceptor.ts";
import { TCP_COUNTERS } from "./tcp_counter.ts";
import { listenShared, type ServerTls } from "./tls.ts";
import { runWorker } from "../threads/worker_entry.ts";

/** What the parent gives an accepting thread. */
export interface TcpWorkerInit<Init> {
  /** IPv4 address to listen on. */
  hostname: string;
  /** Port to listen on, shared with the other threads. */
  port: number;
  /** Connections that may be open at a time, over all threads. */
  maxConn: number;
  /** The count of open connections, shared with the other threads. */
  open: SharedArrayBuffer;
  /** The block of counters to keep. */
  counters: SharedArrayBuffer;
  /** Limits of each connection other than the default ones. */
  limits?: ConnectionLimits;
  /** The thread's share of the memory for buffers. */
  maxBufferBytes: number;
  /** The certificate to accept connections with; without one they are plain. */
  tls?: ServerTls;
  /** What the handlers are made with. */
  init: Init;
}

/** From the parent to an accepting thread: a task for its handlers, or to accept with another certificate. */
export type TcpWorkerPost<Task extends Message> =
  | { kind: "task"; task: Task }
  | { kind: "relisten"; tls?: ServerTls };

/** Runs this thread as an accepting thread with the handlers that `createHandlers` makes. */
export function runTcpWorker<
  Init,
  State,
  Task extends Message = never,
  Sent extends Message = never,
>(createHandlers: CreateTcpHandlers<Init, State, Task, Sent>): void {
  runWorker<TcpWorkerInit<Init>, Posts<TcpWorkerPost<Task>>, Sent>((init, parent) => {
    const { hostname, port, maxConn, open, counters, limits, maxBufferBytes, tls } = init;
    // Before the port is bound: a thread that cannot be set up must not keep it until it has ended.
    const handlers = createHandlers(init.init, parent);
    const acceptor = new TcpAcceptor({
      listener: listenShared({ hostname, port }, tls),
      handlers,
      limit: new ConnectionLimit(maxConn, open),
      counters: new Counters(TCP_COUNTERS, counters),
      pool: new BufferPool({ maxBytes: maxBufferBytes }),
      limits,
    });
    return {
      onPost(message) {
        if (message.kind === "task") acceptor.post(message.task);
        else acceptor.relisten(listenShared({ hostname, port }, message.tls));
      },
      stop: () => acceptor.stop(),
    };
  });
}
