/**
 * The settings of the balancing rules: what each means and costs, and its default. Owns no names of a file or a command
 * line; the agent's options and the traces map theirs onto these.
 *
 * @module
 */

/** Every policy. */
export const POLICIES = ["lars", "p2c", "original"] as const;

/**
 * How hosts are picked.
 *
 * - `lars`: idle hosts in turn, in proportion to their weights.
 * - `p2c`: of two idle hosts drawn at random, the one with less load: see p2c_turns.ts. It needs callers that tell how
 *   long their calls took, and keeps picks off a host that is slow but does not fail.
 * - `original`: idle hosts in turn, whatever their weights, and every improvement off whatever it is set to.
 */
export type Policy = typeof POLICIES[number];

/**
 * What decides when a host is kept out of the picks, and when it is tried again.
 *
 * Two thresholds stand apart, `errRate` down and `succRate` up, so that a host does not flap between its states. What is
 * called an improvement here is one on the original's rules; each has a value that switches it off, and the policy
 * `original` switches all of them off.
 */
export interface BalancerSettings {
  /**
   * How hosts are picked, see {@link Policy}.
   *
   * @default "lars"
   */
  readonly policy: Policy;

  /**
   * Picks between two probes: while some hosts are overloaded, one pick in `probeNum + 1` goes to one of them. Lower
   * finds a recovered host sooner, and costs more failed calls while it is not. 0 makes every pick a probe.
   *
   * Integer, 0 or more.
   *
   * @default 10
   */
  readonly probeNum: number;

  /**
   * Successes a host is credited with when it turns idle and in each new window. Higher forgives more early failures:
   * with 180 and an `errRate` of 0.1, a host is out after 22 failures beside 10 successes, 31 beside 90, 76 beside 500.
   *
   * Integer, 0 or more.
   *
   * @default 180
   */
  readonly initSuccCnt: number;

  /**
   * Failures a host is charged with when it turns overloaded. Higher asks for more successful probes before
   * `succRate` is passed.
   *
   * Integer, 0 or more.
   *
   * @default 5
   */
  readonly initErrCnt: number;

  /**
   * An idle host turns overloaded when `verr / (vsucc + verr)` is above this. Lower reacts sooner, and to less.
   *
   * A share, 0 … 1.
   *
   * @default 0.1
   */
  readonly errRate: number;

  /**
   * An overloaded host turns idle when `vsucc / (vsucc + verr)` is above this. Higher asks for more proof; 1 is never
   * passed unless `initErrCnt` is 0.
   *
   * A share, 0 … 1.
   *
   * @default 0.95
   */
  readonly succRate: number;

  /**
   * An idle host turns overloaded after this many failures in a row, whatever its rate. It is what notices a dead host
   * among much earlier success.
   *
   * Integer, 1 or more.
   *
   * @default 15
   */
  readonly continErrLimit: number;

  /**
   * An overloaded host turns idle after this many successes in a row, whatever its rate. At one probe in
   * `probeNum + 1` picks, it is reached after `continSuccLimit × (probeNum + 1)` picks where one host is overloaded.
   *
   * Integer, 1 or more.
   *
   * @default 15
   */
  readonly continSuccLimit: number;

  /**
   * A window of an idle host is bad when `rerr / (rsucc + rerr)`, its real failure rate, is at or above this. It is
   * what notices a failing host with too few calls to use up `initSuccCnt`.
   *
   * A share, 0 … 1.
   *
   * @default 0.7
   */
  readonly windowErrRate: number;

  /**
   * How long an idle host's window is. Windows end with a report, so one without calls lasts until the next. Longer
   * gathers more calls for a verdict, and lets old successes cover new failures for longer.
   *
   * Milliseconds, 0 or more.
   *
   * @default 15000
   */
  readonly idleTimeoutMs: number;

  /**
   * How long a host stays overloaded at most: then it turns idle, proven or not. Longer spares callers a host that is
   * still dead, and wastes one that is well.
   *
   * Milliseconds, 0 or more.
   *
   * @default 15000
   */
  readonly overloadTimeoutMs: number;

  /**
   * Improvement: bad windows in a row that turn an idle host overloaded. A module with few calls has windows of one
   * call, and one failed call is no verdict. Higher forgives longer: a host can fail for `badWindows × idleTimeoutMs`.
   *
   * Integer, 1 or more; 1 is the original rule.
   *
   * @default 2
   */
  readonly badWindows: number;

  /**
   * Improvement: a failed call right after another failed call of that host counts as
   * `max(1, floor(timecost / timecostUnitMs))` failures in `verr`. With 100, a dead host that costs each caller a
   * time-out of 1 s is out after 3 reports instead of 15 or 21. A stray slow failure counts once. Lower is harsher on
   * slow failures.
   *
   * Milliseconds, 0 or more; 0 is the original rule: each failure counts once.
   *
   * @default 100
   */
  readonly timecostUnitMs: number;

  /**
   * Improvement: a pick, too, ends the overload of every host past `overloadTimeoutMs`. Without it only a report of
   * the host itself does, and a host whose probes nobody reports on never comes back.
   *
   * False is the original rule.
   *
   * @default true
   */
  readonly recoverUnreported: boolean;

  /**
   * Improvement: each probe of a host that is not known to have gone well multiplies the number of picks before its next
   * one by this factor, up to {@link MAX_PROBE_WAIT}-fold; a success resets it. At least one probe is made in
   * `overloadTimeoutMs` while there are picks, so it is this that bounds how long a host that is well again waits. With
   * 2, a dead host costs 0.14 % of the picks in the long run instead of 9 %. Higher gives up on a host sooner.
   *
   * 1 or more; 1 is the original rule.
   *
   * @default 2
   */
  readonly probeBackoff: number;

  /**
   * Improvement: a host whose last outcome was a failure does not turn idle when `overloadTimeoutMs` is over: it is
   * probed next, at the next pick where that would be refused as all hosts are overloaded, and turns idle with its first
   * success. One without any outcome since it turned overloaded turns idle as
   * before. Without it a dead host is back among the idle every `overloadTimeoutMs`, and fails callers until it is found
   * out anew.
   *
   * False is the original rule.
   *
   * @default true
   */
  readonly returnProven: boolean;

  /**
   * Improvement: at most this share of a module's hosts is overloaded at a time, but always at least one may be. A host
   * that would exceed it stays idle, and is called spared. Lower protects the last hosts from taking all the load, and
   * sends them calls that fail.
   *
   * Percent, 0 … 100; 100 is the original rule.
   *
   * @default 100
   */
  readonly maxOverloadedPercent: number;

  /**
   * Improvement: while more than this share of a module's hosts is overloaded, picks go over all hosts: that many
   * failures have more likely another cause, and the few that are left would not bear the load.
   *
   * Percent, 0 … 100; 0 is the original rule.
   *
   * @default 0
   */
  readonly panicPercent: number;

  /**
   * Improvement: a host that joins or turns idle begins with a tenth of its share and reaches all of it after this time.
   * For services whose fresh hosts are slow.
   *
   * Milliseconds, 0 or more; 0 is the original rule.
   *
   * @default 0
   */
  readonly slowStartMs: number;
}

/** What is in force where nothing else is said. */
export const DEFAULT_SETTINGS: BalancerSettings = {
  policy: "lars",
  probeNum: 10,
  initSuccCnt: 180,
  initErrCnt: 5,
  errRate: 0.1,
  succRate: 0.95,
  continErrLimit: 15,
  continSuccLimit: 15,
  windowErrRate: 0.7,
  idleTimeoutMs: 15_000,
  overloadTimeoutMs: 15_000,
  badWindows: 2,
  timecostUnitMs: 100,
  recoverUnreported: true,
  probeBackoff: 2,
  returnProven: true,
  maxOverloadedPercent: 100,
  panicPercent: 0,
  slowStartMs: 0,
};

/** Every improvement off. */
const UNIMPROVED = {
  badWindows: 1,
  timecostUnitMs: 0,
  recoverUnreported: false,
  probeBackoff: 1,
  returnProven: false,
  maxOverloadedPercent: 100,
  panicPercent: 0,
  slowStartMs: 0,
};

/** The defaults with every improvement off: the original's rules, which the recorded traces follow. */
export const ORIGINAL: BalancerSettings = { ...DEFAULT_SETTINGS, ...UNIMPROVED };

/** What is in force when these settings are asked for: the policy `original` overrules what is set beside it. */
export function settingsInForce(settings: BalancerSettings): BalancerSettings {
  return settings.policy === "original" ? { ...settings, ...UNIMPROVED } : settings;
}
