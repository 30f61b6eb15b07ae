/**
 * The network library under all services: moves frames, and knows nothing of what is in them. In the order that a byte
 * takes: {@link TcpAcceptor} or {@link TcpClient} → {@link Connection} → {@link RingBuffer} → {@link decodeFrames} →
 * {@link Router} → a handler → {@link SendQueue}. The parts serve alone as well.
 *
 * @module
 */

export * from "./tcp/backoff.ts";
export * from "./buffer/buffer_pool.ts";
export * from "./tcp/connection.ts";
export * from "./tcp/connection_limits.ts";
export * from "./clock.ts";
export * from "./tcp/endpoint_picker.ts";
export * from "./threads/channel.ts";
export * from "./threads/counters.ts";
export * from "./threads/cooperative_yield.ts";
export * from "./frame/frame.ts";
export * from "./frame/frame_decoder.ts";
export * from "./libc.ts";
export * from "./buffer/ring_buffer.ts";
export * from "./frame/router.ts";
export * from "./buffer/send_queue.ts";
export * from "./tcp/tcp_acceptor.ts";
export * from "./tcp/tcp_client.ts";
export * from "./tcp/tcp_counter.ts";
export * from "./tcp/tcp_server.ts";
export * from "./tcp/tcp_worker.ts";
export * from "./tcp/tls.ts";
export * from "./udp/udp_client.ts";
export * from "./udp/udp_peer.ts";
export * from "./udp/udp_server.ts";
export {
  beforeWorkerEnds,
  runWorker,
  type WorkerParent,
  type WorkerTasks,
} from "./threads/worker_entry.ts";
export * from "./threads/worker_host.ts";
export * from "./threads/worker_spare.ts";
