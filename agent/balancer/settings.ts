/**
 * The settings of the balancing rules, one row each: what it means and costs, which values it takes, and its default.
 * Everything else that names them is made of this table: the agent's options,
 * its example file, its help, and the settings of recorded traces.
 *
 * @module
 */

/** Every policy; `p2c`, as it was once, is `lars`. */
export const POLICIES = ["lars", "original", "p2c"] as const;

/** How hosts are picked, see {@link SETTINGS}. */
export type Policy = typeof POLICIES[number];

/** One setting. Its name in the table is its name in code, where times are ms. */
export interface SettingRow {
  /** Its key in a file and in a trace. */
  readonly key: string;
  /** What it takes there: a whole number, a share of 1, a number, seconds, whole ms, 1 or 0, one of some words. */
  readonly kind: "count" | "ratio" | "decimal" | "seconds" | "millis" | "flag" | "choice";
  /** The words of a choice. */
  readonly words?: readonly string[];
  /** What it means, in one line. */
  readonly doc: string;
  /** What there is to know before changing it. */
  readonly detail: string;
  /** The default, as it is in code. */
  readonly default: number | boolean | string;
  /** The least that it takes, as it is written; 0 where nothing is said. */
  readonly min?: number;
  /** The most that it takes, as it is written. */
  readonly max?: number;
}

const MAX_COUNT = 1_000_000;
const MAX_SEC = 86_400;

/** All settings. */
export const SETTINGS = {
  probeNum: {
    kind: "count",
    key: "probe_num",
    doc: "Picks between two probes of overloaded hosts",
    detail: "Of the policy original. " +
      "While some hosts are overloaded, one pick in probe_num + 1 goes to one of them. Lower finds a " +
      "recovered host sooner, and costs more failed calls while it is not; 0 makes every pick a probe.",
    default: 10,
    max: MAX_COUNT,
  },
  initSuccCnt: {
    kind: "count",
    key: "init_succ_cnt",
    doc: "Successes a healthy host is credited with in each window",
    detail: "Of the policy original. " +
      "Higher forgives more early failures: with 180 and an err_rate of 0.1, a host is out after 22 failures " +
      "beside 10 successes, 31 beside 90, 76 beside 500.",
    default: 180,
    max: MAX_COUNT,
  },
  initErrCnt: {
    kind: "count",
    key: "init_err_cnt",
    doc: "Failures a host is charged with when it turns overloaded",
    detail: "Of the policy original. " +
      "Higher asks for more successful probes before succ_rate is passed.",
    default: 5,
    max: MAX_COUNT,
  },
  errRate: {
    kind: "ratio",
    key: "err_rate",
    doc: "A host that fails more often than this is kept out of the picks",
    detail:
      "With the policy lars, only where it fails more often than the other hosts do. Lower reacts sooner, and to less. With the " +
      "policy original the share counts the successes of init_succ_cnt, too.",
    default: 0.1,
  },
  succRate: {
    kind: "ratio",
    key: "succ_rate",
    doc: "An overloaded host that succeeds more often than this turns healthy",
    detail: "Of the policy original. " +
      "The share counts the failures of init_err_cnt, too. Higher asks for more proof; 1 is never passed " +
      "unless init_err_cnt is 0. Well above 1 - err_rate it keeps a host from flapping.",
    default: 0.95,
  },
  continSuccLimit: {
    kind: "count",
    key: "contin_succ_limit",
    doc: "Successes in a row that turn an overloaded host healthy",
    detail: "Of the policy original. " +
      "Whatever its rate. Where one host is overloaded, it takes contin_succ_limit * (probe_num + 1) picks.",
    default: 15,
    min: 1,
    max: MAX_COUNT,
  },
  continErrLimit: {
    kind: "count",
    key: "contin_err_limit",
    doc: "Failures in a row that turn a healthy host overloaded",
    detail: "Of the policy original. " +
      "Whatever its rate: this notices a dead host among much earlier success.",
    default: 15,
    min: 1,
    max: MAX_COUNT,
  },
  windowErrRate: {
    kind: "ratio",
    key: "window_err_rate",
    doc: "A window with this share of failures is bad, and turns its host overloaded",
    detail: "Of the policy original. " +
      "Only real calls count here. It notices a failing host with too few calls to use up init_succ_cnt.",
    default: 0.7,
  },
  idleTimeoutMs: {
    kind: "seconds",
    key: "idle_timeout",
    doc: "Length of a healthy host's window",
    detail:
      "At its end a host's counts of calls, as they are reported, begin anew. With the policy original it is judged by them: longer " +
      "gathers more calls for a verdict, and lets old successes cover new failures for longer.",
    default: 15_000,
    max: MAX_SEC,
  },
  overloadTimeoutMs: {
    kind: "seconds",
    key: "overload_timeout",
    doc: "How long a host stays overloaded at most before it is tried again",
    detail:
      "With the policy lars it is probed after 10.5 s at the latest; with original it turns healthy. Longer spares callers a " +
      "host that is still dead, and wastes one that is well.",
    default: 15_000,
    max: MAX_SEC,
  },
  policy: {
    kind: "choice",
    words: POLICIES,
    key: "policy",
    doc: "How hosts are picked",
    detail:
      "lars: in proportion to weight and fitness, which failures, silence, latency and calls under way lower, always beside " +
      "the other hosts. original: the C++ Lars's rules, which know failures alone. p2c is lars now.",
    default: "lars",
  },
  maxOverloadedPercent: {
    kind: "count",
    key: "max_overloaded_percent",
    doc: "Share of a module's hosts that may be overloaded at a time",
    detail:
      "Of the policy lars. The last host never is; with 0 none is. A host beyond that keeps a small share, and is counted as " +
      "spared. Lower keeps the last hosts from taking all the load, and sends calls to hosts that fail.",
    default: 100,
    max: 100,
  },
  slowStartMs: {
    kind: "millis",
    key: "slow_start_ms",
    doc: "Time in which a host that joins or comes back reaches its full share",
    detail:
      "Of the policy lars. It begins with a tenth. For services whose fresh hosts are slow for long; 0 is the full share at " +
      "once.",
    default: 0,
    max: 3_600_000,
  },
} as const satisfies Record<string, SettingRow>;

/** What a setting is in code. */
export type SettingValue<Row extends SettingRow> = Row extends { words: readonly (infer Word)[] }
  ? Word
  : Row extends { kind: "flag" } ? boolean
  : number;

/** What decides when a host is ejected, and when it is tried again: a value for each of {@link SETTINGS}. */
export type BalancerSettings = {
  readonly [Name in keyof typeof SETTINGS]: SettingValue<typeof SETTINGS[Name]>;
};

/** What is in force where nothing else is said. */
export const DEFAULT_SETTINGS: BalancerSettings = Object.fromEntries(
  Object.entries<SettingRow>(SETTINGS).map(([name, row]) => [name, row.default]),
) as BalancerSettings;

/** The defaults with the original's rules, which the recorded traces follow. */
export const ORIGINAL: BalancerSettings = { ...DEFAULT_SETTINGS, policy: "original" };
