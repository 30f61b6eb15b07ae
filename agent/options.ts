/**
 * What the agent can be told. What the balancer's settings do, and what each costs, is said in balancer/settings.ts,
 * whose defaults these are.
 *
 * @module
 */

import {
  adminSection,
  count,
  type Endpoint,
  endpoints,
  flag,
  host,
  ipv4,
  listenPort,
  logSection,
  millis,
  optionalIpv4,
  type OptionValues,
  port,
  ratio,
  seconds,
  type Section,
  type Setting,
} from "../service/mod.ts";
import { DEFAULT_SETTINGS } from "./balancer/settings.ts";

/** A section that says where the servers of one kind are. */
export type ServersSection = Section<{
  /** The only server's address or name. */
  ip: Setting<string>;
  /** The only server's port. */
  port: Setting<number>;
  /** All servers, where there are several. */
  endpoints: Setting<readonly Endpoint[]>;
}>;

const MAX_COUNT = 1_000_000;
const MAX_SEC = 86_400;
const MAX_MS = 60_000;

/** The configuration of the agent. */
export const agentSchema = {
  reactor: {
    doc: "The three UDP servers that programs ask, on consecutive ports",
    settings: {
      ip: ipv4({ doc: "Address to listen on", default: "127.0.0.1" }),
      port: listenPort({
        doc: "First of the three ports; 0 is any three free ones",
        default: 8888,
        max: 65533,
      }),
    },
  },
  dnsserver: serversSection({ kind: "dns", port: 7778 }),
  reporter: serversSection({ kind: "reporter", port: 7779 }),
  agent: {
    doc: "What the agent asks for, and tells",
    settings: {
      caller: optionalIpv4({
        doc: "Address under which it reports; empty is that of its connection to reporter",
      }),
      firstPullWaitMs: millis({
        key: "first_pull_wait_ms",
        doc: "How long the first callers of a module wait for its route",
        default: 50,
        max: MAX_MS,
      }),
      negativeTtlMs: millis({
        key: "negative_ttl_ms",
        doc: "How long it is remembered that a module does not exist",
        default: 1000,
        max: MAX_MS,
      }),
      reportIntervalMs: millis({
        key: "report_interval_ms",
        doc: "Time between two reports of a module whose hosts keep their state",
        default: 1000,
        min: 10,
        max: MAX_MS,
      }),
    },
  },
  loadbalance: {
    doc: "When a host is kept out of the picks, and when it is tried again",
    settings: {
      probeNum: count({
        key: "probe_num",
        doc: "Picks between two probes of overloaded hosts",
        default: DEFAULT_SETTINGS.probeNum,
        max: MAX_COUNT,
      }),
      initSuccCnt: count({
        key: "init_succ_cnt",
        doc: "Successes an idle host is credited with in each window",
        default: DEFAULT_SETTINGS.initSuccCnt,
        max: MAX_COUNT,
      }),
      initErrCnt: count({
        key: "init_err_cnt",
        doc: "Failures a host is charged with when it turns overloaded",
        default: DEFAULT_SETTINGS.initErrCnt,
        max: MAX_COUNT,
      }),
      errRate: ratio({
        key: "err_rate",
        doc: "An idle host that fails more often than this turns overloaded",
        default: DEFAULT_SETTINGS.errRate,
      }),
      succRate: ratio({
        key: "succ_rate",
        doc: "An overloaded host that succeeds more often than this turns idle",
        default: DEFAULT_SETTINGS.succRate,
      }),
      continSuccLimit: count({
        key: "contin_succ_limit",
        doc: "Successes in a row that turn an overloaded host idle",
        default: DEFAULT_SETTINGS.continSuccLimit,
        min: 1,
        max: MAX_COUNT,
      }),
      continErrLimit: count({
        key: "contin_err_limit",
        doc: "Failures in a row that turn an idle host overloaded",
        default: DEFAULT_SETTINGS.continErrLimit,
        min: 1,
        max: MAX_COUNT,
      }),
      windowErrRate: ratio({
        key: "window_err_rate",
        doc: "A window with this share of failures is bad",
        default: DEFAULT_SETTINGS.windowErrRate,
      }),
      idleTimeoutMs: seconds({
        key: "idle_timeout",
        doc: "Length of an idle host's window",
        default: DEFAULT_SETTINGS.idleTimeoutMs / 1000,
        max: MAX_SEC,
      }),
      overloadTimeoutMs: seconds({
        key: "overload_timeout",
        doc: "How long a host stays overloaded at most",
        default: DEFAULT_SETTINGS.overloadTimeoutMs / 1000,
        max: MAX_SEC,
      }),
      updateTimeoutMs: seconds({
        key: "update_timeout",
        doc: "How long a route in use goes without being asked for again",
        default: 15,
        min: 0.1,
        max: MAX_SEC,
      }),
      badWindows: count({
        key: "bad_windows",
        doc: "Bad windows in a row that turn an idle host overloaded",
        default: DEFAULT_SETTINGS.badWindows,
        min: 1,
        max: MAX_COUNT,
      }),
      timecostUnitMs: millis({
        key: "timecost_unit_ms",
        doc: "A repeated failure counts once for each such time it took; 0 counts it once",
        default: DEFAULT_SETTINGS.timecostUnitMs,
        max: MAX_MS,
      }),
      recoverUnreported: flag({
        key: "recover_unreported",
        doc: "1 ends a host's overload in time even when nobody reports on it",
        default: DEFAULT_SETTINGS.recoverUnreported,
      }),
    },
  },
  admin: adminSection({ port: 8898 }),
  log: logSection,
};

/** The values of {@link agentSchema}. */
export type AgentOptions = OptionValues<typeof agentSchema>;

/** The servers that a section names: its endpoints, else its ip and port. */
export function serversOf(
  section: { ip: string; port: number; endpoints: readonly Endpoint[] },
): readonly Endpoint[] {
  if (section.endpoints.length > 0) return section.endpoints;
  return [{ hostname: section.ip, port: section.port }];
}

function serversSection(defaults: { kind: string; port: number }): ServersSection {
  return {
    doc: `Where ${defaults.kind} is`,
    settings: {
      ip: host({ doc: "Its address or name", default: "127.0.0.1" }),
      port: port({ doc: "Its port", default: defaults.port }),
      endpoints: endpoints({ doc: "Several: host:port, host:port; ip and port then do not count" }),
    },
  };
}
