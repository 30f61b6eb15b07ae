/**
 * What the agent's threads say to each other. The shards talk to the dns client and the reporter client over message
 * ports of their own, not through the supervisor.
 *
 * @module
 */

import type { ModuleName, ReportStatusRequest, Route } from "../proto/mod.ts";

/** The shards' threads, in their order. */
export const SHARD_NAMES = ["shard0", "shard1", "shard2"] as const;

/** One of {@link SHARD_NAMES}. */
export type ShardName = typeof SHARD_NAMES[number];

/** The agent's threads. */
export type WorkerName = ShardName | "dns" | "reporter";

/** From the supervisor to every worker: the port to another one, again whenever either was replaced. */
export interface Link {
  /** Whom the port leads to. */
  peer: WorkerName;
  port: MessagePort;
}

/** From a shard to the dns client. */
export type ShardToDns =
  | { kind: "pull"; modules: ModuleName[] }
  | { kind: "drop"; modules: ModuleName[] };

/** From the dns client to a shard: routes that came, or that the link to dns is up (anew). */
export type DnsToShard =
  | { kind: "routes"; routes: Route[] }
  | { kind: "connected" };

/** How the calls to a module's hosts went; the reporter client adds who says so. */
export type ModuleStatus = Omit<ReportStatusRequest, "caller">;

/** From a shard to the reporter client. */
export type ShardToReporter = ModuleStatus[];

/** Which shard a name stands for, 0 … 2. */
export function shardIndex(name: WorkerName): number {
  return SHARD_NAMES.indexOf(name as ShardName);
}
