/**
 * The agent's threads by name.
 *
 * @module
 */

/** The shards' threads, in their order. */
export const SHARD_NAMES = ["shard0", "shard1", "shard2"] as const;

/** One of {@link SHARD_NAMES}. */
export type ShardName = typeof SHARD_NAMES[number];

/** The agent's threads. */
export const WORKER_NAMES = [...SHARD_NAMES, "dns", "reporter"] as const;

/** One of {@link WORKER_NAMES}. */
export type WorkerName = typeof WORKER_NAMES[number];

/** Which shard a name stands for, 0 … 2. */
export function shardIndex(name: WorkerName): number {
  return SHARD_NAMES.indexOf(name as ShardName);
}
