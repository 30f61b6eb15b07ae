/**
 * The network library under all services: moves frames, and knows nothing of what is in them. In the order that a byte
 * takes: {@link TcpAcceptor} or {@link TcpClient} → {@link Connection} → {@link RingBuffer} → {@link decodeFrames} →
 * {@link Router} → a handler → {@link SendQueue}. The parts serve alone as well.
 *
 * @module
 */

export * from "./backoff.ts";
export * from "./buffer_pool.ts";
export * from "./connection.ts";
export * from "./connection_limits.ts";
export * from "./counters.ts";
export * from "./event_loop.ts";
export * from "./frame.ts";
export * from "./frame_decoder.ts";
export * from "./libc.ts";
export * from "./ring_buffer.ts";
export * from "./router.ts";
export * from "./send_queue.ts";
export * from "./tcp_acceptor.ts";
export * from "./tcp_client.ts";
export * from "./tcp_counter.ts";
export * from "./tcp_server.ts";
export * from "./tcp_worker.ts";
export * from "./time_slices.ts";
export * from "./udp_client.ts";
export * from "./udp_peer.ts";
export * from "./udp_server.ts";
export * from "./worker_entry.ts";
export * from "./worker_host.ts";
export * from "./worker_spare.ts";
