/**
 * What the agent's threads say to each other. The shards talk to the dns client and the reporter client over message
 * ports of their own, not through the supervisor.
 *
 * @module
 */

import type { ModuleName, ReportStatusRequest, Route } from "../proto/mod.ts";
import type { ShardAnswer, ShardQuestion } from "./explain.ts";
import type { FaultKind } from "./faults.ts";
import type { ShardSettings } from "./shard.ts";

/** The shards' threads, in their order. */
export const SHARD_NAMES = ["shard0", "shard1", "shard2"] as const;

/** One of {@link SHARD_NAMES}. */
export type ShardName = typeof SHARD_NAMES[number];

/** The agent's threads. */
export const WORKER_NAMES = [...SHARD_NAMES, "dns", "reporter"] as const;

/** One of {@link WORKER_NAMES}. */
export type WorkerName = typeof WORKER_NAMES[number];

/** From the supervisor to a worker: the port to another one, again whenever either was replaced; or a fault to commit. */
export type WorkerTask =
  | { kind: "link"; peer: WorkerName; port: MessagePort }
  | { kind: "fault"; fault: FaultKind };

/** From the supervisor to a shard: also what it goes on with, and questions. */
export type ShardTask =
  | WorkerTask
  | { kind: "reload"; settings: ShardSettings }
  | { kind: "question"; id: number; question: ShardQuestion };

/** From a shard to the supervisor: the answer to the question of that id. */
export interface ShardReply {
  /** Which question. */
  id: number;
  /** What the shard says. */
  answer: ShardAnswer;
}

/** From a shard to the dns client. */
export type ShardToDns =
  | { kind: "pull"; modules: ModuleName[] }
  | { kind: "drop"; modules: ModuleName[] };

/**
 * From the dns client to a shard: routes that it has or that came; that these are all it had when the two were linked;
 * that the link to dns is up (anew).
 */
export type DnsToShard =
  | { kind: "routes"; routes: Route[] }
  | { kind: "joined" }
  | { kind: "connected" };

/** How the calls to a module's hosts went; the reporter client adds who says so. */
export type ModuleStatus = Omit<ReportStatusRequest, "caller">;

/** From a shard to the reporter client. */
export type ShardToReporter = ModuleStatus[];

/** Which shard a name stands for, 0 … 2. */
export function shardIndex(name: WorkerName): number {
  return SHARD_NAMES.indexOf(name as ShardName);
}
