/**
 * The decision the whole system exists for: which host of a module a call goes to, and which it is kept from.
 *
 * The balancer knows the hosts of the route and the time; its ejector (ejection/) judges them by reports of how calls went
 * and keeps those that fail out of the picks, and its picker (pickers/) chooses among the others. What people
 * are told of it is in diagnostics/.
 *
 * Guarantees: a pick or a report costs O(1) whatever the number of hosts, and makes no object; where hosts are ejected or
 * have weights, O(log hosts). Same calls, same answers: there is no clock, I/O, or randomness in here.
 *
 * Limits: it learns only from reports. What no caller reports on, it cannot see. All hosts ejected means that most picks
 * are refused, until overloadTimeoutMs is over for one of them: the next pick is a probe of that one.
 *
 * @module
 */

import type { Host, HostAddress, RetCode } from "../../proto/mod.ts";
import { DecisionLog } from "./diagnostics/decision_log.ts";
import type { Explanation, HostExplanation } from "./diagnostics/explanation.ts";
import { PickShares } from "./diagnostics/pick_shares.ts";
import { Ejector } from "./ejection/ejector.ts";
import { HostState } from "./host/host_state.ts";
import { HostTable, isPort } from "./host/host_table.ts";
import type { Verdict, VerdictKeeper } from "./host/verdict.ts";
import { P2cPicker } from "./pickers/p2c_picker.ts";
import type { Picker } from "./pickers/picker.ts";
import { QueuePicker } from "./pickers/queue_picker.ts";
import { seededRandom } from "./pickers/seeded_random.ts";
import { WeightedPicker } from "./pickers/weighted_picker.ts";
import { type BalancerSettings, settingsInForce } from "./settings.ts";

/** How one call to a host went, or several in a row that went alike. */
export interface CallOutcome extends HostAddress {
  /** 0 for success, anything else for failure. */
  readonly retcode: number;
  /**
   * How long each call took, ms.
   *
   * @default 0 not measured
   */
  readonly costMs?: number;
  /**
   * How many calls: it means the same as so many reports of one call.
   *
   * @default 1
   */
  readonly count?: number;
}

/** What a balancer may be given beside its settings. */
export interface BalancerOptions {
  /**
   * Gives numbers 0 ≤ x < 1 to a policy that draws.
   *
   * @default always the same numbers
   */
  random?: () => number;
  /**
   * Keeps the verdicts for a balancer that takes the place of this one, which is given them by {@link Balancer.restore}.
   *
   * @default nobody
   */
  keeper?: VerdictKeeper;
}

/**
 * Outcomes that are alike count one by one while any of them may turn its host, which the limits of all sensible settings
 * end soon. So many at most, then the rest at once: no report may hold its thread up.
 */
const MAX_SINGLY = 1000;

/** No host, since all are overloaded and no probe is due. The code is the wire's. */
export const OVERLOAD: typeof RetCode.Overload = 1;

/** No host, since the module has none. The code is the wire's. */
export const NOEXIST: typeof RetCode.NoExist = 3;

/** The host to call, whose state stays the balancer's own and moves on, or why there is none. */
export type Choice = Readonly<HostState> | typeof OVERLOAD | typeof NOEXIST;

/** Hosts in the order of their queue, head first. */
export interface Hosts extends Iterable<Readonly<HostState>> {
  /** How many there are. */
  readonly size: number;
}

/**
 * The balancer of one module.
 *
 * Times are milliseconds of any one monotonic clock. One that goes back is taken to stand still.
 *
 * @example
 * ```ts
 * import { Balancer, DEFAULT_SETTINGS } from "./mod.ts";
 *
 * const balancer = new Balancer(DEFAULT_SETTINGS);
 * balancer.update([{ ip: 0x7f000001, port: 8080, weight: 100 }], performance.now());
 * const choice = balancer.choose(performance.now());
 * if (typeof choice === "object") {
 *   const { ip, port } = choice; // call it, and tell how that went
 *   balancer.report({ ip, port, retcode: 0 }, performance.now());
 * }
 * ```
 */
export class Balancer {
  #settings: BalancerSettings;
  readonly #random: () => number;
  readonly #hosts = new HostTable();
  readonly #ejector: Ejector;
  /** By what the picker was made. */
  #pickerKind = "queue";
  #updates = 0;
  #nowMs = -Infinity;
  readonly #shares = new PickShares();
  readonly #log = new DecisionLog();

  /** A module without hosts. */
  constructor(
    settings: BalancerSettings,
    { random = seededRandom(1), keeper }: BalancerOptions = {},
  ) {
    this.#settings = settingsInForce(settings);
    this.#random = random;
    this.#ejector = new Ejector({ settings: this.#settings, log: this.#log, keeper });
  }

  /** Goes on with other settings: they count for the next decision. */
  reload(settings: BalancerSettings): void {
    this.#settings = settingsInForce(settings);
    this.#arrangePicker();
    this.#ejector.reload(this.#settings, this.#nowMs);
  }

  /** The hosts that are picked, in rotation. */
  get idle(): Hosts {
    return this.#ejector.idle;
  }

  /** The hosts that only probes go to. */
  get overloaded(): Hosts {
    return this.#ejector.overloaded;
  }

  /**
   * How often a host of the module has turned overloaded or idle, by a report or by a pick. Whoever tells others of the
   * hosts' states remembers the count it told of, and has news when the two differ.
   */
  get transitions(): number {
    return this.#ejector.transitions;
  }

  /** How often an ejection was suppressed since too many hosts were ejected: at most once in each of a host's windows. */
  get suppressed(): number {
    return this.#ejector.suppressed;
  }

  /**
   * Takes a new route. New hosts join the tail of the idle queue, in order. Hosts that the route no longer holds are
   * forgotten wholly: one that comes back is new. Hosts in both keep their state and place, and take the new weight.
   *
   * Of several equal addresses the first counts. One whose port is not in 0 … 65535 is left out.
   */
  update(hosts: readonly Host[], nowMs: number): void {
    this.#advance(nowMs);
    this.#updates++;
    const reweighed: HostState[] = [];
    for (const host of hosts) {
      if (!isPort(host.port)) continue;
      const known = this.#hosts.get(host) ?? this.#add(host);
      if (known.seenInUpdate === this.#updates) continue;
      known.seenInUpdate = this.#updates;
      if (known.weight === host.weight) continue;
      known.weight = host.weight;
      reweighed.push(known);
    }
    this.#hosts.keep((host) => {
      const stays = host.seenInUpdate === this.#updates;
      if (!stays) this.#ejector.remove(host, this.#nowMs);
      return stays;
    });
    this.#arrangePicker();
    for (const host of reweighed) {
      if (!host.overloaded) this.#ejector.picker.add(host, this.#nowMs);
    }
    this.#ejector.ease(this.#nowMs);
    this.#shares.fit(this.#hosts.size);
  }

  /**
   * Has hosts of the route be overloaded as they were in a balancer whose place this one takes: since when, with the
   * counts they had, and waiting for their next probe for as long as they did after the last. Those of other hosts, and of
   * hosts that are overloaded here, are left.
   *
   * @returns How many it took.
   */
  restore(verdicts: readonly Verdict[], nowMs: number): number {
    this.#advance(nowMs);
    let restored = 0;
    const leastRecentlyTriedFirst = verdicts.toSorted((a, b) => a.triedMs - b.triedMs);
    for (const verdict of leastRecentlyTriedFirst) {
      const host = this.#hosts.get(verdict);
      if (host !== undefined && this.#ejector.restore(host, verdict, this.#nowMs)) restored++;
    }
    this.#ejector.reload(this.#settings, this.#nowMs);
    return restored;
  }

  /** Picks the host for the next call. */
  choose(nowMs: number): Choice {
    this.#advance(nowMs);
    if (this.#hosts.size === 0) return NOEXIST;
    const host = this.#ejector.pick(this.#nowMs);
    if (host === undefined) return OVERLOAD;
    this.#shares.count(host);
    return host;
  }

  /**
   * Learns how a call went.
   *
   * @returns Whether the route holds the host: where it does not, the outcome is ignored.
   */
  report(outcome: CallOutcome, nowMs: number): boolean {
    this.#advance(nowMs);
    const host = this.#hosts.get(outcome);
    if (host === undefined) return false;
    const { costMs = 0, count = 1 } = outcome;
    const succeeded = outcome.retcode === 0;
    for (let left = count, steps = 0; left > 0; steps++) {
      const how = { nowMs: this.#nowMs, isAtOnce: steps === MAX_SINGLY };
      left -= this.#ejector.onResult(host, { succeeded, costMs, count: left }, how);
    }
    return true;
  }

  /** Every host with the numbers it is judged by, and the last decisions. */
  explain(nowMs: number): Explanation {
    this.#advance(nowMs);
    return {
      settings: { ...this.#settings },
      picks: this.#shares.picks,
      access: this.#ejector.access,
      panic: this.#ejector.isPanic,
      hosts: [
        ...Array.from(this.#ejector.idle, (host) => this.#explainHost(host)),
        ...Array.from(
          this.#ejector.overloaded,
          (host, place) => this.#explainHost(host, place),
        ),
      ],
      decisions: this.#log.list(),
    };
  }

  /** Never back: the ages of the overloaded hosts are in order because time is. */
  #advance(nowMs: number): void {
    if (nowMs > this.#nowMs) this.#nowMs = nowMs;
  }

  #add(host: Host): HostState {
    const added = new HostState(host);
    this.#hosts.add(added);
    this.#ejector.add(added, this.#nowMs);
    return added;
  }

  /** Has the idle hosts picked in the order that the settings and the weights ask for. */
  #arrangePicker(): void {
    const { policy, slowStartMs } = this.#settings;
    const isWeighted = policy === "lars" && (slowStartMs > 0 || haveWeights(this.#hosts));
    const order = policy === "p2c" ? "p2c" : isWeighted ? "weighted" : "queue";
    const kind = `${order} ${slowStartMs}`;
    if (kind === this.#pickerKind) return;
    this.#pickerKind = kind;
    this.#ejector.setPicker(this.#newPicker(order), this.#nowMs);
  }

  #newPicker(order: "queue" | "weighted" | "p2c"): Picker {
    const { slowStartMs } = this.#settings;
    if (order === "p2c") return new P2cPicker(this.#random, slowStartMs);
    if (order === "weighted") return new WeightedPicker(slowStartMs);
    return new QueuePicker(this.#ejector.idle);
  }

  #explainHost(host: HostState, place = 0): HostExplanation {
    const { ip, port, weight, overloaded, badWindows } = host;
    const spared = host.suppressed || host.suppressedBefore;
    const { vsucc, verr, rsucc, rerr, runSucc, runErr } = host;
    const { picks } = this.#shares;
    const nowMs = this.#nowMs;
    return {
      ...{ ip, port, weight, state: overloaded ? "overloaded" : "idle" },
      sinceMs: nowMs - host.sinceMs,
      ...{ vsucc, verr, rsucc, rerr, runSucc, runErr, badWindows, spared },
      failureRate: vsucc + verr === 0 ? 0 : verr / (vsucc + verr),
      share: picks === 0 ? 0 : this.#shares.picksOf(host) / picks,
      picksToProbe: overloaded ? this.#ejector.picksToProbe(host, { place, nowMs }) : undefined,
      load: this.#ejector.picker.describe(host, nowMs),
    };
  }
}

function haveWeights(hosts: Iterable<HostState>): boolean {
  let first: number | undefined;
  for (const { weight } of hosts) {
    if (weight !== (first ??= weight)) return true;
  }
  return false;
}
