/**
 * What the agent can be told. What the balancer's settings do, and what each costs, is said in balancer/settings.ts,
 * whose defaults these are.
 *
 * @module
 */

import type { Endpoint } from "../reactor/mod.ts";
import {
  adminSection,
  choice,
  count,
  decimal,
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
import { DEFAULT_SETTINGS, POLICIES } from "./balancer/settings.ts";

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
      ip: ipv4({
        doc: "Address to listen on",
        detail: "Programs ask the agent of their own host: leave it on loopback.",
        default: "127.0.0.1",
      }),
      port: listenPort({
        doc: "First of the three ports; 0 is any three free ones",
        detail:
          "A module is asked for at the first port plus (modid + cmdid) % 3. Programs of the C++ Lars know no " +
          "other first port than 8888.",
        default: 8888,
        max: 65533,
      }),
      udpBatch: choice(["on", "off"], {
        key: "udp_batch",
        doc: "Whether datagrams are taken and sent in batches, where the system allows it",
        detail:
          "On Linux the agent may call the C library for that, which its task and its binary permit by name. A pick " +
          "costs a fraction of the CPU time. Where it may not, it goes on without, as with off; " +
          "lars_agent_batched says which it is.",
        default: "on",
      }),
    },
  },
  dnsserver: serversSection({ kind: "dns", port: 7778 }),
  reporter: serversSection({ kind: "reporter", port: 7779 }),
  agent: {
    doc: "What the agent asks for, and tells",
    settings: {
      caller: optionalIpv4({
        doc: "Address under which it reports; empty is one that it finds",
        detail:
          "It tells the statuses of one agent from those of another in the database, so no two agents may have the " +
          "same. Found is the local address of its connection to reporter or dns, or where these are on its host " +
          "another address of the host. Set it where that is none of its own: behind the bridge of containers, or where " +
          "a host has several agents.",
      }),
      firstPullWaitMs: millis({
        key: "first_pull_wait_ms",
        doc: "How long the first callers of a module wait for its route",
        detail:
          "Then they are told that it does not exist; the route is taken when it comes. Longer hides a slow dns " +
          "from them, and has them wait longer for a module that dns never answers about.",
        reload: true,
        default: 50,
        max: MAX_MS,
      }),
      negativeTtlMs: millis({
        key: "negative_ttl_ms",
        doc: "How long it is remembered that a module does not exist",
        detail:
          "Asking for it meanwhile costs dns nothing, and a module created meanwhile is still there at once: dns " +
          "pushes it.",
        reload: true,
        default: 1000,
        max: MAX_MS,
      }),
      reportIntervalMs: millis({
        key: "report_interval_ms",
        doc: "Time between two reports of a module whose hosts keep their state",
        detail:
          "A host that turns overloaded or healthy is reported within a fraction of a second.",
        reload: true,
        default: 1000,
        min: 10,
        max: MAX_MS,
      }),
    },
  },
  loadbalance: {
    doc: "When a host is kept out of the picks, and when it is tried again",
    detail:
      "A host of a module is healthy (idle, in settings and on the wire), and picked in turn, or overloaded, and only probed " +
      "now and then. Reports of calls " +
      "move it between the two. What is set here counts for all modules of this agent.",
    settings: {
      probeNum: count({
        key: "probe_num",
        doc: "Picks between two probes of overloaded hosts",
        detail:
          "While some hosts are overloaded, one pick in probe_num + 1 goes to one of them. Lower finds a " +
          "recovered host sooner, and costs more failed calls while it is not; 0 makes every pick a probe.",
        reload: true,
        default: DEFAULT_SETTINGS.probeNum,
        max: MAX_COUNT,
      }),
      initSuccCnt: count({
        key: "init_succ_cnt",
        doc: "Successes a healthy host is credited with in each window",
        detail:
          "Higher forgives more early failures: with 180 and an err_rate of 0.1, a host is out after 22 failures " +
          "beside 10 successes, 31 beside 90, 76 beside 500.",
        reload: true,
        default: DEFAULT_SETTINGS.initSuccCnt,
        max: MAX_COUNT,
      }),
      initErrCnt: count({
        key: "init_err_cnt",
        doc: "Failures a host is charged with when it turns overloaded",
        detail: "Higher asks for more successful probes before succ_rate is passed.",
        reload: true,
        default: DEFAULT_SETTINGS.initErrCnt,
        max: MAX_COUNT,
      }),
      errRate: ratio({
        key: "err_rate",
        doc: "A healthy host that fails more often than this turns overloaded",
        detail:
          "The share counts the successes of init_succ_cnt, too. Lower reacts sooner, and to less.",
        reload: true,
        default: DEFAULT_SETTINGS.errRate,
      }),
      succRate: ratio({
        key: "succ_rate",
        doc: "An overloaded host that succeeds more often than this turns healthy",
        detail:
          "The share counts the failures of init_err_cnt, too. Higher asks for more proof; 1 is never passed " +
          "unless init_err_cnt is 0. Well above 1 - err_rate it keeps a host from flapping.",
        reload: true,
        default: DEFAULT_SETTINGS.succRate,
      }),
      continSuccLimit: count({
        key: "contin_succ_limit",
        doc: "Successes in a row that turn an overloaded host healthy",
        detail:
          "Whatever its rate. Where one host is overloaded, it takes contin_succ_limit * (probe_num + 1) picks.",
        reload: true,
        default: DEFAULT_SETTINGS.continSuccLimit,
        min: 1,
        max: MAX_COUNT,
      }),
      continErrLimit: count({
        key: "contin_err_limit",
        doc: "Failures in a row that turn a healthy host overloaded",
        detail: "Whatever its rate: this notices a dead host among much earlier success.",
        reload: true,
        default: DEFAULT_SETTINGS.continErrLimit,
        min: 1,
        max: MAX_COUNT,
      }),
      windowErrRate: ratio({
        key: "window_err_rate",
        doc: "A window with this share of failures is bad",
        detail:
          "Only real calls count here. It notices a failing host with too few calls to use up init_succ_cnt.",
        reload: true,
        default: DEFAULT_SETTINGS.windowErrRate,
      }),
      idleTimeoutMs: seconds({
        key: "idle_timeout",
        doc: "Length of a healthy host's window",
        detail:
          "At its end a host's counts begin anew. Longer gathers more calls for a verdict, and lets old successes " +
          "cover new failures for longer.",
        reload: true,
        default: DEFAULT_SETTINGS.idleTimeoutMs / 1000,
        max: MAX_SEC,
      }),
      overloadTimeoutMs: seconds({
        key: "overload_timeout",
        doc: "How long a host stays overloaded at most",
        detail:
          "Then it turns healthy, or is probed next when its last call failed (return_proven). Longer spares callers a " +
          "host that is still dead, and wastes one that is well.",
        reload: true,
        default: DEFAULT_SETTINGS.overloadTimeoutMs / 1000,
        max: MAX_SEC,
      }),
      updateTimeoutMs: seconds({
        key: "update_timeout",
        doc: "How long a route in use goes without being asked for again",
        detail:
          "dns pushes changes by itself: this is for what a push did not bring. What dns does not answer is asked " +
          "again after this, too, and the route in hand served meanwhile.",
        reload: true,
        default: 15,
        min: 0.1,
        max: MAX_SEC,
      }),
      badWindows: count({
        key: "bad_windows",
        doc: "Bad windows in a row that turn a healthy host overloaded",
        detail:
          "A module with few calls has windows of one call, and one failed call is no verdict. Higher forgives for " +
          "longer: bad_windows * idle_timeout. 1 is the C++ Lars's rule.",
        reload: true,
        default: DEFAULT_SETTINGS.badWindows,
        min: 1,
        max: MAX_COUNT,
      }),
      timecostUnitMs: millis({
        key: "timecost_unit_ms",
        doc: "A repeated failure counts once for each such time it took; 0 counts it once",
        detail:
          "With 100, a dead host that costs each caller a time-out of 1 s is out after 3 reports instead of 15. A " +
          "stray slow failure counts once. Lower is harsher on slow failures; 0 is the C++ Lars's rule.",
        reload: true,
        default: DEFAULT_SETTINGS.timecostUnitMs,
        max: MAX_MS,
      }),
      recoverUnreported: flag({
        key: "recover_unreported",
        doc: "1 ends a host's overload in time even when nobody reports on it",
        detail:
          "0 is the C++ Lars's rule: only a report on the host itself ends it, so a host whose probes nobody " +
          "reports on never comes back.",
        reload: true,
        default: DEFAULT_SETTINGS.recoverUnreported,
      }),
      policy: choice(POLICIES, {
        doc: "How hosts are picked",
        detail:
          "lars: healthy hosts in turn, by their weights. p2c: of two drawn at random the less loaded, by the latencies " +
          "that programs report and the picks they have not reported on yet. original: the C++ Lars's rules, whatever " +
          "the settings below say.",
        reload: true,
        default: DEFAULT_SETTINGS.policy,
      }),
      probeBackoff: decimal({
        key: "probe_backoff",
        doc: "By what each failed probe of a host multiplies the picks before its next one",
        detail:
          "Up to 64 times (probe_num + 1) picks, but at least one probe in overload_timeout; a success resets it. " +
          "Higher gives up on a host sooner; 1 is the C++ Lars's rule: a dead host gets one pick in probe_num + 1.",
        reload: true,
        default: DEFAULT_SETTINGS.probeBackoff,
        min: 1,
        max: 64,
      }),
      returnProven: flag({
        key: "return_proven",
        doc: "1 keeps a host overloaded after overload_timeout until a call to it goes well",
        detail:
          "That is for hosts whose last call failed; others turn healthy in time. Where all hosts are overloaded, each is " +
          "tried by the next pick then. 0 is the C++ Lars's rule: a dead " +
          "host is back every overload_timeout, and fails callers until it is found out anew.",
        reload: true,
        default: DEFAULT_SETTINGS.returnProven,
      }),
      maxOverloadedPercent: count({
        key: "max_overloaded_percent",
        doc: "Share of a module's hosts that may be overloaded at a time",
        detail:
          "At least one may be. A host beyond that stays among the picked ones, and is counted as spared. Lower " +
          "keeps the last hosts from taking all the load, and sends them calls that fail.",
        reload: true,
        default: DEFAULT_SETTINGS.maxOverloadedPercent,
        max: 100,
      }),
      panicPercent: count({
        key: "panic_percent",
        doc: "When more than this share is overloaded, picks go over all hosts; 0: never",
        detail:
          "So many failures more likely have another cause than the hosts, and the rest would not bear the load.",
        reload: true,
        default: DEFAULT_SETTINGS.panicPercent,
        max: 100,
      }),
      slowStartMs: millis({
        key: "slow_start_ms",
        doc: "Time in which a host that joins or comes back reaches its full share",
        detail:
          "It begins with a tenth. For services whose fresh hosts are slow; 0 is the full share at once.",
        reload: true,
        default: DEFAULT_SETTINGS.slowStartMs,
        max: 3_600_000,
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
      endpoints: endpoints({
        doc: "Several: host:port, host:port; ip and port then do not count",
        detail:
          "The agent is connected to one of them at a time, and goes on to the next when that is lost.",
      }),
    },
  };
}
