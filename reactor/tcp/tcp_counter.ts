/**
 * What a thread that handles TCP connections counts.
 *
 * @module
 */

import type { CounterName } from "../threads/counters.ts";

/** What TCP servers and clients count. */
export const TCP_COUNTERS = {
  counters: {
    accepted: "Connections accepted",
    refused: "Connections closed at once because maxConn were open",
    gaveWay: "Connections closed to make room for others because they had never said anything",
    acceptErrors: "Failed accepts, such as for want of file descriptors",
    framesIn: "Frames received",
    framesOut: "Frames sent",
    bytesIn: "Bytes received",
    bytesOut: "Bytes sent",
    copies: "Times that received bytes had to be copied",
    denied: "Connections closed because the peer may not speak here",
    handshakeErrors: "Connections closed because no TLS came about",
    unknown: "Frames skipped because of an unknown msgid",
    malformed: "Frames dropped because their body did not parse",
    failed: "Frames whose handler threw",
    protocolErrors: "Connections closed because of an impossible frame length",
    timeouts: "Connections closed because a frame was begun and not finished in time",
    slowReaders: "Connections closed because the peer did not read",
    outOfMemory: "Connections closed because the buffer pool was at its cap",
  },
  gauges: {
    connections: "Connections open now",
    queuedBytes: "Bytes waiting to be sent",
  },
} as const;

/** A number in {@link TCP_COUNTERS}. */
export type TcpCounter = CounterName<typeof TCP_COUNTERS>;

/** What a {@link TcpClient} counts: what its connections do, and how the endpoints serve it. */
export const TCP_CLIENT_COUNTERS = {
  counters: {
    ...TCP_COUNTERS.counters,
    failures: "Times an endpoint failed: not reached, gone before it answered, or silent",
    silences: "Times that an answer was overdue",
    renewals: "Connections made in place of ones that were old",
  },
  gauges: {
    ...TCP_COUNTERS.gauges,
    endpoint: "Which endpoint of the list is used, from 1 on; 0 is none",
    failing: "Endpoints that have failed since they answered last",
  },
} as const;

/** A number in {@link TCP_CLIENT_COUNTERS}. */
export type TcpClientCounter = CounterName<typeof TCP_CLIENT_COUNTERS>;
