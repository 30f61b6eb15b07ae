/**
 * What the guard of a dns holds back, asked of its admin port and put in words.
 *
 * @module
 */

import type { GuardPage } from "../../dns/watch/wipe_guard.ts";
import type { Endpoint } from "../../reactor/mod.ts";
import { formatTime } from "../../service/mod.ts";
import { adminHeaders } from "../cli/server_access.ts";
import { countOf } from "../routes/route_access.ts";
import { awayReason } from "./role_status.ts";

/** A dns that does not answer in this time is away. */
const ASK_TIMEOUT_MS = 2000;

/** What one dns says of its guard. */
export interface GuardAnswer extends Partial<GuardPage> {
  /** Its admin address. */
  dns: string;
  /** Why it says nothing, if so. */
  problem?: string;
}

/** Asks a dns. */
export async function askGuard({ hostname, port }: Endpoint): Promise<GuardAnswer> {
  const dns = `${hostname}:${port}`;
  try {
    const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
    const response = await fetch(`http://${dns}/guard`, {
      headers: adminHeaders({ hostname }),
      signal,
    });
    if (response.ok) return { dns, ...await response.json() };
    await response.body?.cancel();
    return { dns, problem: "it knows no guard" };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { dns, problem: awayReason(error, ASK_TIMEOUT_MS) };
  }
}

/** The answer, for people. */
export function formatGuard({ dns, problem, held }: GuardAnswer): string {
  if (problem !== undefined) return `dns ${dns} does not say: ${problem}`;
  if (held === undefined || held === null) return `dns ${dns} holds nothing back`;
  const { isAll, modules, hosts, served, next, reads, confirmations, sinceSec } = held;
  return [
    `dns ${dns} holds back since ${formatTime(sinceSec)} that the database lacks ${modules} of ${
      countOf(served.modules, "module")
    } and ${hosts} of ${countOf(served.hosts, "host")}`,
    isAll
      ? `${countOf(next.modules, "module")} and ${countOf(next.hosts, "host")} would be left`
      : "all else is served as the database has it",
    confirmations === undefined
      ? "only `lars guard accept` has it applied"
      : `${reads} of ${confirmations} reads that confirm it have been made`,
  ].join("; ");
}
