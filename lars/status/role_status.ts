/**
 * How a role is, by what its admin port answers. Owns the asking, and what is read out of the answers; not how it is shown.
 *
 * @module
 */

import type { Endpoint } from "../../reactor/mod.ts";
import { adminHeaders } from "../cli/server_access.ts";
import type { RoleName } from "../up/role_task.ts";
import { MetricsText } from "./metrics_text.ts";

/** A role that does not answer in this time is away. */
const ASK_TIMEOUT_MS = 2_000;

/** The numbers of each role that say most, by the name that people see: a metric, and the label of its sample if need be. */
const NUMBERS = {
  dns: {
    modules: "lars_dns_modules",
    hosts: "lars_dns_hosts",
    staleSec: "lars_dns_staleness_seconds",
    snapshotAgeSec: "lars_dns_snapshot_age_seconds",
    heldHosts: "lars_dns_held_hosts",
  },
  reporter: { pending: "lars_reporter_lane_pending" },
  agent: {
    modules: "lars_agent_modules",
    hosts: "lars_agent_hosts",
    overloaded: "lars_agent_hosts_overloaded",
    workersMissing: "lars_agent_workers_missing",
    workersStuck: "lars_agent_workers_stuck",
    snapshotAgeSec: "lars_agent_snapshot_age_seconds",
    dnsConnections: 'lars_agent_tcp_connections{peer="dns"}',
    reporterConnections: 'lars_agent_tcp_connections{peer="reporter"}',
  },
} as const satisfies Record<RoleName, Record<string, string>>;

/** Whether its database answers a role, by a metric that is 1 or 0. */
const DATABASE_UP: Partial<Record<RoleName, string>> = {
  dns: "lars_dns_database_up",
  reporter: "lars_reporter_database_up",
};

/** A role's health. */
export interface RoleStatus {
  /** Which role was asked for. */
  role: RoleName;
  /** The address asked. */
  admin: string;
  /** Whether it is there and ready. */
  ready: boolean;
  /** Why it is not, or what is wrong though it is, in one line. */
  reason?: string;
  /** Whether its database answers it; undefined where it has none, or does not say. */
  database?: "answers" | "away";
  /** The version of Lars that runs there. */
  version?: string;
  /** The version of Deno under it. */
  deno?: string;
  /** How long it has run, s. */
  upSec?: number;
  /** What it says of itself, by name. */
  numbers: Readonly<Record<string, number>>;
  /** The servers that it is connected to, by their role; undefined of one that connects to none. */
  connectedTo?: Readonly<Record<string, string>>;
}

/** What an admin port answered. */
export interface AdminAnswers {
  /** The status of GET /readyz. */
  readyStatus: number;
  /** The text of it. */
  readyText: string;
  /** The text of GET /metrics. */
  metrics: string;
}

/** Whether nothing is wrong: it is ready, so is what is behind it, and nothing of that is held back. */
export function isWell({ ready, database, numbers }: RoleStatus): boolean {
  return ready && database !== "away" && !numbers.heldHosts;
}

/** Asks a role's admin port. */
export async function askRole(
  role: RoleName,
  { hostname, port }: Endpoint,
): Promise<RoleStatus> {
  const admin = `${hostname}:${port}`;
  try {
    const headers = adminHeaders({ hostname });
    const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
    const [ready, metrics] = await Promise.all(
      ["readyz", "metrics"].map(async (path) => {
        const response = await fetch(`http://${admin}/${path}`, { headers, signal });
        return { status: response.status, text: await response.text() };
      }),
    );
    if (metrics.status === 401) {
      const reason =
        "it tells no more without a token: name one of its [admin] tokens by LARS_ADMIN_TOKENS_FILE";
      return { role, admin, ready: ready.status === 200, reason, numbers: {} };
    }
    const answers = { readyStatus: ready.status, readyText: ready.text, metrics: metrics.text };
    return readAnswers(answers, { role, admin, nowSec: Date.now() / 1000 });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const reason = `away: ${awayReason(error, ASK_TIMEOUT_MS)}`;
    return { role, admin, ready: false, reason, numbers: {} };
  }
}

/** Reads what an admin port answered. */
export function readAnswers(
  { readyStatus, readyText, metrics: text }: AdminAnswers,
  { role, admin, nowSec }: { role: RoleName; admin: string; nowSec: number },
): RoleStatus {
  const metrics = new MetricsText(text);
  const { role: found, version, deno } = metrics.labels("lars_build_info");
  if (found !== role) {
    const reason = found === undefined ? "this is no Lars" : `this is the ${found}`;
    return { role, admin, ready: false, reason, numbers: {} };
  }
  const startedSec = metrics.sum("process_start_time_seconds");
  const numbers: Record<string, number> = {};
  for (const [name, sample] of Object.entries(NUMBERS[role])) {
    const [, metric, label] = /^(\w+)(?:\{(.*)\})?$/.exec(sample)!;
    const value = metrics.sum(metric, label);
    if (value !== undefined) numbers[name] = value;
  }
  const ready = readyStatus === 200;
  const databaseUp = metrics.sum(DATABASE_UP[role] ?? "");
  return {
    role,
    admin,
    ready,
    // "ready", or "ready, but …"
    reason: ready ? /^ready, but (.*)/.exec(readyText)?.[1] : readyText.trim(),
    database: databaseUp === undefined ? undefined : databaseUp > 0 ? "answers" : "away",
    version,
    deno,
    upSec: startedSec === undefined ? undefined : Math.max(0, nowSec - startedSec),
    numbers,
    ...role === "agent" && { connectedTo: connectionsIn(metrics) },
  };
}

function connectionsIn(metrics: MetricsText): Record<string, string> {
  const inUse = metrics.labelsOfOnes("lars_agent_endpoint_in_use");
  return Object.fromEntries(inUse.map(({ peer, endpoint }) => [peer, endpoint]));
}

/** The reason in an error of `fetch`, which was given so long. */
export function awayReason(error: Error, timeoutMs: number): string {
  if (error.name === "TimeoutError") return `no answer in ${timeoutMs / 1000} s`;
  return innermostReason(error);
}

/** What the system said: fetch wraps it in causes, and each of these begins with where it happened. */
function innermostReason(error: Error): string {
  if (error.cause instanceof Error) return innermostReason(error.cause);
  return error.message.split(": ").at(-1)!;
}
