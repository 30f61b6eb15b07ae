/**
 * `GET /explain` on the agent's admin port: why the picks of a module go where they go, or which modules there are.
 *
 * @module
 */

import {
  formatIpv4,
  MAX_MODULE_ID,
  type ModuleName,
  SHARD_COUNT,
  shardOf,
} from "../../proto/mod.ts";
import type { AdminHandler } from "../../service/mod.ts";
import type { BalancerSettings, Decision, HostExplanation, UsualView } from "../balancer/mod.ts";
import {
  type ExplainReply,
  type ExplainRequest,
  joinLists,
  type ModuleExplanation,
  type ModuleList,
} from "./explain.ts";
import { SHARD_NAMES } from "../supervisor/threads.ts";
import type { Absence } from "../shard/module_table.ts";

/** All of one module: what `GET /explain?modid=M&cmdid=C` gives. Points in time are ISO texts. */
export interface ModulePage extends ModuleName {
  /** When this was true. */
  at: string;
  /** Which of the agent's shards holds it. */
  shard: number;
  /** The route. */
  route: {
    /** When dns said last what it is. */
    confirmedAt: string;
    /** How long ago that was, ms. */
    confirmedMs: number;
    /** For how long dns has been asked and has not answered, ms. */
    askedMs?: number;
    /** When it was last picked from, asked for, or reported on. */
    usedAt: string;
    /** How long ago that was, ms. */
    usedMs: number;
  };
  /** The balancer's settings in force. */
  settings: BalancerSettings;
  /** How many of the last picks the hosts' shares are of. */
  picks: number;
  /** What is usual in the module, where the policy heeds it. */
  usual?: UsualView;
  /** Picks since the last probe, counted while there is a host to probe, where probes go by picks. */
  picksSinceProbe?: number;
  /** The idle hosts in the order of their turns, then the overloaded ones. */
  hosts: HostPage[];
  /** The last decisions, the oldest first. */
  decisions: DecisionPage[];
}

/** A host. */
export interface HostPage extends Omit<HostExplanation, "ip"> {
  /** IPv4 address, dotted. */
  hostname: string;
  /** When its state or window began. */
  since: string;
  /** What it is held against in this state, by the policy original. */
  judged?: {
    /** Which calls are counted. */
    of: "failures" | "successes";
    /** Their share in the virtual counts, 0 … 1. */
    rate: number;
    /** Past it the host changes its state. */
    rateLimit: number;
    /** How many there were in a row. */
    run: number;
    /** At it the host changes its state. */
    runLimit: number;
    /** How long the window, or the overload, is; `sinceMs` is how much of it is over. */
    windowMs: number;
  };
}

/** A decision and the numbers that made it. */
export interface DecisionPage extends Omit<Decision, "ip" | "atMs"> {
  /** When. */
  at: string;
  /** How long ago that was, ms. */
  ageMs: number;
  /** IPv4 address, dotted. */
  hostname: string;
}

/** What `GET /explain` alone gives: the modules with most overloaded hosts first. */
export type ModulesPage = ModuleList;

/** Calls a shard; gives undefined when it does not answer. */
type Ask = (shard: number, request: ExplainRequest) => Promise<ExplainReply | undefined>;

/** The admin route that explains. */
export function explainRoutes(ask: Ask): Record<string, AdminHandler> {
  return {
    "GET /explain": ({ url }) => {
      const query = readQuery(new URL(url).searchParams);
      if (query === undefined) {
        return refuse(
          400,
          `Cannot explain that as the query must be modid=M&cmdid=C, integers 0 … ${MAX_MODULE_ID}, or ` +
            "overloaded=1, or nothing",
        );
      }
      return query.kind === "module" ? explainModule(query.name, ask) : listModules(query, ask);
    },
  };
}

async function explainModule(name: ModuleName, ask: Ask): Promise<Response> {
  const shard = shardOf(name);
  const answer = await ask(shard, { kind: "module", name });
  if (answer?.kind === "module") {
    return json(pageOf(answer.module, { shard, nowMs: Date.now() }));
  }
  if (answer?.kind !== "absent") return refuseUnanswered(shard);
  const { modid, cmdid } = name;
  const reason = absenceReason(answer.absence, name);
  return refuse(404, `Cannot explain module (${modid}, ${cmdid}) as ${reason}`);
}

async function listModules(request: ExplainRequest, ask: Ask): Promise<Response> {
  const shards = Array.from({ length: SHARD_COUNT }, (_, shard) => shard);
  const answers = await Promise.all(shards.map((shard) => ask(shard, request)));
  const lists = answers.flatMap((answer) => answer?.kind === "modules" ? [answer.list] : []);
  if (lists.length === SHARD_COUNT) return json(joinLists(lists) satisfies ModulesPage);
  return refuseUnanswered(answers.findIndex((answer) => answer?.kind !== "modules"));
}

function absenceReason(absence: Absence, { modid, cmdid }: ModuleName): string {
  switch (absence) {
    case "unasked":
      return "the agent does not hold it, since no program has asked it for that lately: " +
        `\`lars get-host ${modid} ${cmdid}\` does`;
    case "unanswered":
      return "dns has not answered yet: `lars status` shows whether it is there";
    case "nonexistent":
      return `dns says that it has no hosts: \`lars routes add ${modid} ${cmdid} IP:PORT\` adds one`;
  }
}

/** Reads the query; undefined when it is none of those that are understood. */
function readQuery(query: URLSearchParams): ExplainRequest | undefined {
  const { modid, cmdid, overloaded, ...others } = Object.fromEntries(query);
  const words = [modid, cmdid, overloaded].filter((word) => word !== undefined);
  if (Object.keys(others).length > 0 || query.size > words.length) return undefined;
  if (modid === undefined && cmdid === undefined) {
    const isKnown = overloaded === undefined || overloaded === "0" || overloaded === "1";
    return isKnown ? { kind: "modules", overloadedOnly: overloaded === "1" } : undefined;
  }
  const name = { modid: readId(modid), cmdid: readId(cmdid) };
  const isName = name.modid <= MAX_MODULE_ID && name.cmdid <= MAX_MODULE_ID;
  return isName && overloaded === undefined ? { kind: "module", name } : undefined;
}

/** NaN where it is no id. */
function readId(text: string | undefined): number {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : NaN;
}

function pageOf(
  { modid, cmdid, usedMs, confirmedMs, askedMs, balancer }: ModuleExplanation,
  { shard, nowMs }: { shard: number; nowMs: number },
): ModulePage {
  const { settings, picks, access, usual, hosts, decisions } = balancer;
  return {
    modid,
    cmdid,
    at: isoTime(nowMs),
    shard,
    route: {
      confirmedAt: isoTime(nowMs - confirmedMs),
      confirmedMs,
      askedMs,
      usedAt: isoTime(nowMs - usedMs),
      usedMs,
    },
    settings,
    picks,
    usual,
    picksSinceProbe: access,
    hosts: hosts.map(({ ip, ...host }) => ({
      hostname: formatIpv4(ip),
      since: isoTime(nowMs - host.sinceMs),
      ...host,
      judged: settings.policy === "original" ? judge(host, settings) : undefined,
    })),
    decisions: decisions.map(({ ip, atMs: ageMs, ...decision }) => ({
      at: isoTime(nowMs - ageMs),
      ageMs,
      hostname: formatIpv4(ip),
      ...decision,
    })),
  };
}

function judge(
  { state, failureRate, vsucc, verr, runErr, runSucc }: Omit<HostExplanation, "ip">,
  settings: BalancerSettings,
): HostPage["judged"] {
  if (state === "idle") {
    const { errRate, continErrLimit, idleTimeoutMs } = settings;
    const limits = { rateLimit: errRate, runLimit: continErrLimit, windowMs: idleTimeoutMs };
    return { of: "failures", rate: failureRate, run: runErr, ...limits };
  }
  const { succRate, continSuccLimit, overloadTimeoutMs } = settings;
  const limits = { rateLimit: succRate, runLimit: continSuccLimit, windowMs: overloadTimeoutMs };
  const rate = vsucc + verr === 0 ? 0 : vsucc / (vsucc + verr);
  return { of: "successes", rate, run: runSucc, ...limits };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

function json(page: ModulePage | ModulesPage): Response {
  const headers = { "content-type": "application/json" };
  return new Response(`${JSON.stringify(page)}\n`, { headers });
}

function refuseUnanswered(shard: number): Response {
  return refuse(
    503,
    `Cannot explain as ${
      SHARD_NAMES[shard]
    } does not answer: it hangs, is being replaced, or has much to do`,
  );
}

function refuse(status: number, reason: string): Response {
  return new Response(`${reason}\n`, { status });
}
