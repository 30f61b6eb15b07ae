/**
 * The settings of the balancing rules, one row each: what it means and costs, which values it takes, its default, and the
 * value that makes it the original's rule. Everything else that names them is made of this table: the agent's options,
 * its example file, its help, and the settings of recorded traces.
 *
 * @module
 */

/** Every policy. */
export const POLICIES = ["lars", "p2c", "original"] as const;

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
  /** Of an improvement on the original's rules: the value that switches it off. */
  readonly original?: number | boolean;
  /** The least that it takes, as it is written; 0 where nothing is said. */
  readonly min?: number;
  /** The most that it takes, as it is written. */
  readonly max?: number;
}

const MAX_COUNT = 1_000_000;
const MAX_SEC = 86_400;
const MAX_MS = 60_000;

/** All settings. */
export const SETTINGS = {
  probeNum: {
    kind: "count",
    key: "probe_num",
    doc: "Picks between two probes of overloaded hosts",
    detail:
      "While some hosts are overloaded, one pick in probe_num + 1 goes to one of them. Lower finds a " +
      "recovered host sooner, and costs more failed calls while it is not; 0 makes every pick a probe.",
    default: 10,
    max: MAX_COUNT,
  },
  initSuccCnt: {
    kind: "count",
    key: "init_succ_cnt",
    doc: "Successes a healthy host is credited with in each window",
    detail:
      "Higher forgives more early failures: with 180 and an err_rate of 0.1, a host is out after 22 failures " +
      "beside 10 successes, 31 beside 90, 76 beside 500.",
    default: 180,
    max: MAX_COUNT,
  },
  initErrCnt: {
    kind: "count",
    key: "init_err_cnt",
    doc: "Failures a host is charged with when it turns overloaded",
    detail: "Higher asks for more successful probes before succ_rate is passed.",
    default: 5,
    max: MAX_COUNT,
  },
  errRate: {
    kind: "ratio",
    key: "err_rate",
    doc: "A healthy host that fails more often than this turns overloaded",
    detail:
      "The share counts the successes of init_succ_cnt, too. Lower reacts sooner, and to less.",
    default: 0.1,
  },
  succRate: {
    kind: "ratio",
    key: "succ_rate",
    doc: "An overloaded host that succeeds more often than this turns healthy",
    detail:
      "The share counts the failures of init_err_cnt, too. Higher asks for more proof; 1 is never passed " +
      "unless init_err_cnt is 0. Well above 1 - err_rate it keeps a host from flapping.",
    default: 0.95,
  },
  continSuccLimit: {
    kind: "count",
    key: "contin_succ_limit",
    doc: "Successes in a row that turn an overloaded host healthy",
    detail:
      "Whatever its rate. Where one host is overloaded, it takes contin_succ_limit * (probe_num + 1) picks.",
    default: 15,
    min: 1,
    max: MAX_COUNT,
  },
  continErrLimit: {
    kind: "count",
    key: "contin_err_limit",
    doc: "Failures in a row that turn a healthy host overloaded",
    detail: "Whatever its rate: this notices a dead host among much earlier success.",
    default: 15,
    min: 1,
    max: MAX_COUNT,
  },
  windowErrRate: {
    kind: "ratio",
    key: "window_err_rate",
    doc: "A window with this share of failures is bad",
    detail:
      "Only real calls count here. It notices a failing host with too few calls to use up init_succ_cnt.",
    default: 0.7,
  },
  idleTimeoutMs: {
    kind: "seconds",
    key: "idle_timeout",
    doc: "Length of a healthy host's window",
    detail:
      "At its end a host's counts begin anew. Longer gathers more calls for a verdict, and lets old successes " +
      "cover new failures for longer.",
    default: 15_000,
    max: MAX_SEC,
  },
  overloadTimeoutMs: {
    kind: "seconds",
    key: "overload_timeout",
    doc: "How long a host stays overloaded at most",
    detail:
      "Then it turns healthy, or is probed next when its last call failed (return_proven). Longer spares callers a " +
      "host that is still dead, and wastes one that is well.",
    default: 15_000,
    max: MAX_SEC,
  },
  badWindows: {
    kind: "count",
    key: "bad_windows",
    doc: "Bad windows in a row that turn a healthy host overloaded",
    detail:
      "A module with few calls has windows of one call, and one failed call is no verdict. Higher forgives for " +
      "longer: bad_windows * idle_timeout. 1 is the C++ Lars's rule.",
    default: 2,
    original: 1,
    min: 1,
    max: MAX_COUNT,
  },
  timecostUnitMs: {
    kind: "millis",
    key: "timecost_unit_ms",
    doc: "A repeated failure counts once for each such time it took; 0 counts it once",
    detail:
      "With 100, a dead host that costs each caller a time-out of 1 s is out after 3 reports instead of 15. A " +
      "stray slow failure counts once. Lower is harsher on slow failures; 0 is the C++ Lars's rule.",
    default: 100,
    original: 0,
    max: MAX_MS,
  },
  recoverUnreported: {
    kind: "flag",
    key: "recover_unreported",
    doc: "1 ends a host's overload in time even when nobody reports on it",
    detail:
      "0 is the C++ Lars's rule: only a report on the host itself ends it, so a host whose probes nobody " +
      "reports on never comes back.",
    default: true,
    original: false,
  },
  policy: {
    kind: "choice",
    words: POLICIES,
    key: "policy",
    doc: "How hosts are picked",
    detail:
      "lars: healthy hosts in rotation, by their weights. p2c: of two drawn at random the less loaded, by the latencies " +
      "that programs report and the picks they have not reported on yet. original: the C++ Lars's rules, whatever " +
      "the settings below say.",
    default: "lars",
  },
  probeBackoff: {
    kind: "decimal",
    key: "probe_backoff",
    doc: "By what each failed probe of a host multiplies the picks before its next one",
    detail:
      "Up to 64 times (probe_num + 1) picks, but at least one probe in overload_timeout; a success resets it. " +
      "Higher gives up on a host sooner; 1 is the C++ Lars's rule: a dead host gets one pick in probe_num + 1.",
    default: 2,
    original: 1,
    min: 1,
    max: 64,
  },
  returnProven: {
    kind: "flag",
    key: "return_proven",
    doc: "1 keeps a host overloaded after overload_timeout until a call to it goes well",
    detail:
      "That is for hosts whose last call failed; others turn healthy in time. Where all hosts are overloaded, each is " +
      "tried by the next pick then. 0 is the C++ Lars's rule: a dead " +
      "host is back every overload_timeout, and fails callers until it is found out anew.",
    default: true,
    original: false,
  },
  maxOverloadedPercent: {
    kind: "count",
    key: "max_overloaded_percent",
    doc: "Share of a module's hosts that may be overloaded at a time",
    detail:
      "At least one may be. A host beyond that stays among the picked ones, and is counted as spared. Lower " +
      "keeps the last hosts from taking all the load, and sends them calls that fail.",
    default: 100,
    original: 100,
    max: 100,
  },
  panicPercent: {
    kind: "count",
    key: "panic_percent",
    doc: "When more than this share is overloaded, picks go over all hosts; 0: never",
    detail:
      "So many failures more likely have another cause than the hosts, and the rest would not bear the load.",
    default: 0,
    original: 0,
    max: 100,
  },
  slowStartMs: {
    kind: "millis",
    key: "slow_start_ms",
    doc: "Time in which a host that joins or comes back reaches its full share",
    detail:
      "It begins with a tenth. For services whose fresh hosts are slow; 0 is the full share at once.",
    default: 0,
    original: 0,
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
export const DEFAULT_SETTINGS: BalancerSettings = valuesOf((row) => row.default);

/** The defaults with every improvement off: the original's rules, which the recorded traces follow. */
export const ORIGINAL: BalancerSettings = valuesOf((row) => row.original ?? row.default);

/** What is in force when these settings are asked for: the policy `original` overrules what is set beside it. */
export function settingsInForce(settings: BalancerSettings): BalancerSettings {
  if (settings.policy !== "original") return settings;
  return valuesOf((row, name) => row.original ?? settings[name]);
}

function valuesOf(
  valueOf: (row: SettingRow, name: keyof BalancerSettings) => unknown,
): BalancerSettings {
  const entries = Object.entries<SettingRow>(SETTINGS);
  const values = entries.map(([name, row]) => [name, valueOf(row, name as keyof BalancerSettings)]);
  return Object.fromEntries(values) as BalancerSettings;
}
