/**
 * What the agent's threads say to each other. The shards talk to the dns client and the reporter client over message
 * ports of their own, not through the supervisor.
 *
 * @module
 */

import type { ModuleName, Route } from "../proto/mod.ts";
import type { Access, Posts, Traffic } from "../reactor/mod.ts";
import type { Admission } from "../service/mod.ts";
import type { BalancerSettings } from "./balancer/mod.ts";
import type { ExplainReply, ExplainRequest } from "./explain/explain.ts";
import type { FaultKind } from "./supervisor/faults.ts";
import type { ModuleTableTimes } from "./shard/module_table.ts";
import type { WorkerName } from "./supervisor/threads.ts";

/**
 * From the supervisor to a worker: the port to another one, again whenever either was replaced; a fault to commit; or, to
 * one of the clients, how it is let in from now on.
 */
export type WorkerTask =
  | { kind: "access"; access: Access }
  | { kind: "link"; peer: WorkerName; port: MessagePort }
  | { kind: "fault"; fault: FaultKind };

/** What can change while a shard serves. */
export interface ShardSettings {
  /** The settings of its modules' balancers. */
  balancer: BalancerSettings;
  /** When it asks dns and how long its callers wait. */
  times: ModuleTableTimes;
  /** How often the statuses of modules that had reports are sent, ms. */
  reportIntervalMs: number;
  /** Which programs of other hosts may ask. */
  admission: Admission;
}

/** From the supervisor to a shard: also what it goes on with, and what people want explained. */
export interface ToShard extends Traffic {
  posts: WorkerTask | { kind: "reload"; settings: ShardSettings };
  calls: ExplainRequest;
  replies: ExplainReply;
}

/** From a shard to the dns client: modules to ask dns for, and modules that it keeps no more. */
export type ShardToDns = Posts<
  | { kind: "pull"; modules: ModuleName[] }
  | { kind: "drop"; modules: ModuleName[] }
>;

/**
 * From the dns client to a shard: routes that it has or that came; one of the agent's run before, as dns does not answer;
 * that the first are all it had when the two were linked.
 */
export type DnsToShard = Posts<
  | { kind: "routes"; routes: Route[] }
  | { kind: "stale"; route: Route }
  | { kind: "joined" }
>;

/** From a shard to the reporter client: statuses as status_words.ts has them, or that there will be no more. */
export type ShardToReporter = Posts<
  | { kind: "statuses"; words: Uint32Array<ArrayBuffer> }
  | { kind: "end" }
>;

/** From the reporter client to a shard: what was sent lately may be lost with the connection. */
export type ReporterToShard = Posts<{ kind: "lost" }>;
