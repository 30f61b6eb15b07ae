/**
 * What a thread that handles TCP connections counts.
 *
 * @module
 */

/** Every number that TCP servers and clients keep, with what it means; `connections` and `queuedBytes` go up and down. */
export const TCP_COUNTERS = {
  connections: "Connections open now",
  queuedBytes: "Bytes waiting to be sent",
  accepted: "Connections accepted",
  refused: "Connections closed at once because maxConn were open",
  gaveWay: "Connections closed to make room for others because they had never said anything",
  acceptErrors: "Failed accepts, such as for want of file descriptors",
  framesIn: "Frames received",
  framesOut: "Frames sent",
  bytesIn: "Bytes received",
  bytesOut: "Bytes sent",
  copies: "Times that received bytes had to be copied",
  unknown: "Frames skipped because of an unknown msgid",
  malformed: "Frames dropped because their body did not parse",
  failed: "Frames whose handler threw",
  protocolErrors: "Connections closed because of an impossible frame length",
  timeouts: "Connections closed because a frame was begun and not finished in time",
  slowReaders: "Connections closed because the peer did not read",
  outOfMemory: "Connections closed because the buffer pool was at its cap",
} as const;

/** The name of one of {@link TCP_COUNTERS}. */
export type TcpCounter = keyof typeof TCP_COUNTERS;

/** The names of {@link TCP_COUNTERS}. */
export const TCP_COUNTER_NAMES = Object.keys(TCP_COUNTERS) as TcpCounter[];

/** Those of {@link TCP_COUNTERS} that go up and down; the others only rise. */
export const TCP_GAUGES = ["connections", "queuedBytes"] as const satisfies TcpCounter[];
