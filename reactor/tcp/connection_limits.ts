/**
 * How much a connection may hold and how long it may wait: the numbers, not what happens when they are reached.
 *
 * @module
 */

/** How much a connection may hold and how long it may wait. */
export interface ConnectionLimits {
  /**
   * For how long a new peer of a server may say nothing while places are short, ms: while there is room it may be silent
   * for ever.
   * @default 10000
   */
  silenceGraceMs?: number;
  /**
   * Time for a frame that has begun to be whole, ms.
   * @default 10000
   */
  halfFrameTimeoutMs?: number;
  /**
   * Time in which a write must get on, ms.
   * @default 10000
   */
  stallTimeoutMs?: number;
  /**
   * Bytes waiting to be sent above which nothing is read, so that nothing more is asked.
   * @default 262144
   */
  pauseBytes?: number;
  /**
   * Bytes waiting to be sent above which the peer is disconnected.
   * @default 33554432
   */
  highWaterBytes?: number;
}

/** The limits where none are given. */
export const DEFAULT_LIMITS: Readonly<Required<ConnectionLimits>> = {
  silenceGraceMs: 10_000,
  halfFrameTimeoutMs: 10_000,
  stallTimeoutMs: 10_000,
  pauseBytes: 256 << 10,
  highWaterBytes: 32 << 20,
};

/** How often to check the time-outs, ms: once a second, or twice within the shortest one. */
export function checkIntervalMs(limits: ConnectionLimits = {}): number {
  const { silenceGraceMs, halfFrameTimeoutMs, stallTimeoutMs } = { ...DEFAULT_LIMITS, ...limits };
  return Math.min(1000, Math.min(silenceGraceMs, halfFrameTimeoutMs, stallTimeoutMs) / 2);
}
