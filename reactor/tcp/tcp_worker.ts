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
  /** What the handlers are made with. */
  init: Init;
}

/** Runs this thread as an accepting thread with the handlers that `createHandlers` makes. */
export function runTcpWorker<
  Init,
  State,
  Task extends Message = never,
  Sent extends Message = never,
>(createHandlers: CreateTcpHandlers<Init, State, Task, Sent>): void {
  runWorker<TcpWorkerInit<Init>, Posts<Task>, Sent>((init, parent) => {
    const { hostname, port, maxConn, open, counters, limits, maxBufferBytes } = init;
    // Before the port is bound: a thread that cannot be set up must not keep it until it has ended.
    const handlers = createHandlers(init.init, parent);
    const acceptor = new TcpAcceptor({
      listener: Deno.listen({ hostname, port, reusePort: true }),
      handlers,
      limit: new ConnectionLimit(maxConn, open),
      counters: new Counters(TCP_COUNTERS, counters),
      pool: new BufferPool({ maxBytes: maxBufferBytes }),
      limits,
    });
    return { onPost: (task) => acceptor.post(task), stop: () => acceptor.stop() };
  });
}
