/**
 * The policy `lars`: every host has a **fitness**, 1 or less, and gets picks in proportion to weight × fitness.
 *
 * Failures, silence, latency, and calls under way lower a host's fitness (grader.ts), always held against the other hosts
 * of the module (usual.ts), so that what strikes all of them takes picks from none. Hosts of equal fitness are picked in
 * exact rotation (share_picker.ts).
 *
 * A host of which it is certain that it fails, does not answer, or is hopelessly slow is **ejected**: after a while it is
 * **probed**, by a pick like any other, and when a row of such calls has gone well, one at a time, it has a share again. A
 * host that joins a running module proves itself by one call. The last host of a module is never ejected.
 *
 * Where the hosts are saturated, calls are refused (admission.ts).
 *
 * What it costs: O(1) for a pick or a report whatever the number of hosts, O(log k) with k different shares.
 *
 * @module
 */

import type { Host } from "../../../proto/mod.ts";
import type { DecisionKind, DecisionLog, DecisionReason } from "../diagnostics/decision_log.ts";
import type { HostView, PoolView } from "../diagnostics/explanation.ts";
import type { CallResult, HostPolicy, Hosts, PolicyOptions } from "../host_policy.ts";
import type { HostState } from "../host/host_state.ts";
import { Queue } from "../host/queue.ts";
import type { Verdict, VerdictKeeper } from "../host/verdict.ts";
import type { BalancerSettings } from "../settings.ts";
import { Admission } from "./admission.ts";
import { CERTAIN, Grader, MAX_GRADE } from "./grader.ts";
import { RatedHost } from "./rated_host.ts";
import { SharePicker } from "./share_picker.ts";
import { PoolLoad } from "./under_way.ts";
import { costOf, logCost, Usual } from "./usual.ts";

/** An ejected host is probed so long after it was tried last, ms of {@link Usual.clockMs}; overload_timeout may say less. */
export const PROBE_MS = 10_500;

/** Good calls that an ejected host owes before it has a share again; a new one owes one. */
export const PROOFS = 8;
const NEW_PROOFS = 1;

/** So many slow calls among them end the trial. */
const MAX_SLOW_PROOFS = 2;

/** A proof that is out for longer does not keep the next one waiting, ms. */
const PROOF_MS = 1000;

/** Hosts that owe proofs and are looked at for one pick. */
const MAX_LOOKS = 3;

/** The part of its share that a host begins with where slow_start_ms says so. */
const FIRST_PART = 0.1;

/** Why a host was ejected, as decisions have it. */
const EJECTION_REASONS = { failures: "err_rate", latency: "latency", silence: "silence" } as const;

/** Gives hosts picks by their fitness. */
export class FitnessPolicy implements HostPolicy {
  /** See {@link HostPolicy}. */
  transitions = 0;
  /** See {@link HostPolicy}. */
  suppressed = 0;
  #settings: BalancerSettings;
  readonly #log: DecisionLog;
  readonly #keeper?: VerdictKeeper;
  readonly #usual = new Usual();
  readonly #pool = new PoolLoad();
  readonly #grader: Grader;
  readonly #admission = new Admission();
  readonly #picker = new SharePicker<RatedHost>();
  readonly #ejected = new Queue<HostState>();
  /** Those that owe proofs, ejected or new. */
  readonly #proving = new Queue<RatedHost>();
  /** Those with less than their fair share, one of which is graded anew with each pick: time alone heals some flaws. */
  readonly #flawed = new Queue<RatedHost>();
  readonly #idle = new IdleHosts(this.#picker, this.#proving);
  /** Whether a host was picked by its share since the last probe. */
  #mayProbe = true;
  #size = 0;
  #nowMs = 0;

  /** No host yet. */
  constructor({ settings, log, keeper }: PolicyOptions) {
    this.#settings = settings;
    this.#log = log;
    this.#keeper = keeper;
    this.#grader = new Grader({
      usual: this.#usual,
      pool: this.#pool,
      errRate: settings.errRate,
    });
  }

  /** See {@link HostPolicy}: by share, and then those that are new. */
  get idle(): Hosts {
    return this.#idle;
  }

  /** See {@link HostPolicy}. */
  get overloaded(): Hosts {
    return this.#ejected;
  }

  /** See {@link HostPolicy}. */
  reload(settings: BalancerSettings, nowMs: number): void {
    this.#settings = settings;
    this.#grader.errRate = settings.errRate;
    this.updated([], nowMs);
  }

  /** See {@link HostPolicy}. */
  add(route: Host, nowMs: number): HostState {
    this.#setTime(nowMs);
    const host = new RatedHost(route, this.#pool);
    host.beginIdle(0, nowMs);
    host.idleFromMs = nowMs;
    this.#size++;
    this.#grader.hosts++;
    this.#note(host, "joined", "route");
    // Nothing is known of the first ones, nor of any where nobody reports.
    const isKnown = this.#usual.cost >= 0 && this.#picker.size > 0;
    if (isKnown && this.#grader.knowsUnderWay) this.#prove(host, NEW_PROOFS);
    else this.#settle(host);
    return host;
  }

  /** See {@link HostPolicy}. */
  remove(state: HostState, nowMs: number): void {
    const host = state as RatedHost;
    this.#setTime(nowMs);
    this.#note(host, "left", "route");
    host.underWay.setCounted(false);
    this.#withdraw(host);
    this.#size--;
    if (!host.overloaded) {
      this.#grader.hosts--;
      return;
    }
    this.#ejected.remove(host.place);
    this.#keeper?.drop(host);
  }

  /** See {@link HostPolicy}: takes hosts back where too many are ejected, the least recently tried first. */
  updated(reweighed: readonly HostState[], nowMs: number): void {
    this.#setTime(nowMs);
    this.#grader.weights = 0;
    for (const { weight } of this.#idle) this.#grader.weights += weight;
    for (const host of reweighed) this.#settle(host as RatedHost);
    while (this.#ejected.size > 0 && this.#ejected.size > this.#mayEject()) {
      this.#readmit(this.#ejected.head as RatedHost, "max_overloaded_percent");
    }
  }

  /** See {@link HostPolicy}. */
  restore(state: HostState, verdict: Verdict, nowMs: number): boolean {
    const host = state as RatedHost;
    this.#setTime(nowMs);
    if (host.overloaded || this.#ejected.size >= this.#mayEject()) return false;
    host.suspicion = CERTAIN;
    this.#eject(host, "restored");
    host.restoreOverloaded(verdict);
    host.triedMs = this.#usual.clockMs - (nowMs - verdict.triedMs);
    this.#keeper?.keep(host);
    return true;
  }

  /** See {@link HostPolicy}. */
  pick(nowMs: number): HostState | undefined {
    this.#setTime(nowMs);
    this.#usual.picked(nowMs);
    const underWay = this.#pool.young + this.#pool.stuck;
    this.#grader.reportedShare = this.#usual.reportedShare(underWay);
    const flawed = this.#flawed.take();
    if (flawed !== undefined) this.#settle(flawed);
    if (this.#size > 1 && !this.#admission.admits(nowMs)) return undefined;
    const host = this.#nextProof() ?? this.#nextByShare();
    host.underWay.began();
    if (!this.#isAsEver(host)) this.#settle(host);
    return host;
  }

  /** See {@link HostPolicy}. */
  onResult(state: HostState, result: CallResult): number {
    const host = state as RatedHost;
    this.#setTime(result.nowMs);
    const counted = result.isAtOnce ? result.count : 1;
    this.#learn(host, result);
    host.count(counted, result.succeeded);
    if (host.overloaded) this.#judgeProof(host, result);
    else this.#judge(host, result);
    return counted;
  }

  /** See {@link HostPolicy}. */
  describe(): PoolView {
    const { cost, failureShare } = this.#usual;
    return {
      usual: {
        latencyMs: cost >= 0 ? costOf(cost) : undefined,
        failureShare,
        underWay: this.#pool.young + this.#pool.stuck,
        reportedShare: this.#grader.reportedShare,
        refuses: this.#admission.isClosed,
      },
    };
  }

  /** See {@link HostPolicy}. */
  describeHost(state: HostState): HostView {
    const host = state as RatedHost;
    const { cost, underWay, flaw, fitness, proofs } = host;
    return {
      fitness,
      flaw: host.overloaded ? host.ejectedFor : flaw,
      load: {
        latencyMs: cost >= 0 ? costOf(cost) : 0,
        outstanding: underWay.young + underWay.stuck,
      },
      proofsOwed: proofs,
      msToProbe: host.overloaded ? Math.max(0, this.#waitMs(host)) : undefined,
    };
  }

  #learn(host: RatedHost, { succeeded, costMs }: CallResult): void {
    host.underWay.ended(costMs);
    host.silence = 0;
    if (succeeded) {
      const cost = logCost(costMs);
      this.#grader.succeeded(host, cost);
      this.#usual.succeeded(host, cost, costMs);
    } else {
      this.#grader.failed(host);
      this.#usual.failed(host);
    }
    this.#admission.learn(succeeded, costMs, this.#nowMs);
  }

  #judge(host: RatedHost, { costMs }: CallResult): void {
    if (host.proofs > 0) this.#forgive(host);
    if (!this.#isAsEver(host)) {
      const flaw = this.#grader.certainFlaw(host, costMs);
      if (flaw !== undefined && this.#tryEject(host, flaw)) return;
      this.#settle(host);
    }
    if (this.#nowMs - host.sinceMs < this.#settings.idleTimeoutMs) return;
    host.beginIdle(0, this.#nowMs);
  }

  /** A call to an ejected host: one of those that were under way, or a proof. */
  #judgeProof(host: RatedHost, { succeeded, costMs }: CallResult): void {
    this.#keeper?.keep(host);
    if (host.proofs === 0 || (costMs > 0 && this.#nowMs - costMs < host.sinceMs)) return;
    const slowness = this.#grader.slowness(costMs);
    host.slowProofs += slowness;
    if (!succeeded || host.slowProofs > MAX_SLOW_PROOFS) {
      this.#forgive(host);
      host.triedMs = this.#usual.clockMs;
    } else if (slowness === 0 && --host.proofs === 0) {
      this.#readmit(host, "proven");
    }
  }

  /** The host that owes a proof and has none under way. */
  #nextProof(): RatedHost | undefined {
    const due = this.#ejected.head as RatedHost | undefined;
    // Where all fail, the next probe is due at once: the hosts that are not ejected still get every other pick.
    if (due !== undefined && this.#mayProbe && this.#waitMs(due) <= 0) {
      this.#mayProbe = false;
      due.triedMs = this.#usual.clockMs;
      due.triedAtMs = this.#nowMs;
      this.#ejected.moveToTail(due.place);
      this.#prove(due, PROOFS);
      due.underWay.forgetUnanswered();
      this.#note(due, "probed", "overload_timeout");
      this.#keeper?.keep(due);
    }
    for (let looks = Math.min(MAX_LOOKS, this.#proving.size); looks > 0; looks--) {
      const host = this.#proving.take() as RatedHost;
      const { unanswered, pickedMs } = host.underWay;
      // The first proof is waited for: it may well be a dead host's.
      const isFirst = host.overloaded && host.proofs === PROOFS;
      if (unanswered === 0 || (!isFirst && this.#nowMs - pickedMs >= PROOF_MS)) return host;
    }
    return undefined;
  }

  /** How long an ejected host still waits: less, the more the others fail, for it may be no worse by now. */
  #waitMs({ triedMs, proofs }: RatedHost): number {
    const well = proofs > 0 ? 1 : 1 - this.#usual.struggle; // a trial is not cut short
    const waitMs = Math.min(PROBE_MS, this.#settings.overloadTimeoutMs) * well * well;
    return triedMs + waitMs - this.#usual.clockMs;
  }

  #nextByShare(): RatedHost {
    this.#mayProbe = true;
    for (let host = this.#picker.pick(); host !== undefined; host = this.#picker.pick()) {
      const silence = this.#grader.silenceGrade(host, this.#nowMs);
      if (silence === Infinity && this.#tryEject(host, "silence")) continue;
      if (Math.min(silence, MAX_GRADE) <= host.silence) return host;
      host.silence = Math.min(silence, MAX_GRADE);
      this.#settle(host);
    }
    return (this.#proving.take() ?? this.#ejected.take()) as RatedHost;
  }

  #prove(host: RatedHost, proofs: number): void {
    host.proofs = proofs;
    host.slowProofs = 0;
    if (host.proofPlace.queue === undefined) this.#proving.push(host.proofPlace);
  }

  /** Ends the trial of a host. */
  #forgive(host: RatedHost): void {
    host.proofs = 0;
    this.#proving.remove(host.proofPlace);
  }

  /** Ejects a host, unless too many are. */
  #tryEject(host: RatedHost, flaw: keyof typeof EJECTION_REASONS): boolean {
    if (this.#admission.isClosed) return false; // what saturated hosts do is no fault of theirs
    if (this.#ejected.size < this.#mayEject()) {
      host.ejectedFor = flaw;
      this.#eject(host, EJECTION_REASONS[flaw]);
      this.#keeper?.keep(host);
      return true;
    }
    if (host.suppressed || this.#size < 2) return false;
    host.suppressed = true;
    this.suppressed++;
    this.#note(host, "spared", "max_overloaded_percent", this.#settings.maxOverloadedPercent);
    return false;
  }

  /** How many hosts may be ejected: never the last. */
  #mayEject(): number {
    const share = this.#settings.maxOverloadedPercent / 100;
    return Math.min(this.#size - 1, Math.floor(share * this.#size + 1e-9));
  }

  #eject(host: RatedHost, reason: DecisionReason): void {
    this.#note(host, "overloaded", reason);
    host.underWay.setCounted(false);
    this.#withdraw(host);
    host.beginOverloaded(0, this.#nowMs);
    host.triedMs = host.ejectedMs = this.#usual.clockMs;
    this.#ejected.push(host.place);
    this.#grader.hosts--;
    this.#grader.weights -= host.weight;
    this.transitions++;
  }

  #readmit(host: RatedHost, reason: DecisionReason): void {
    this.#note(host, "idle", reason);
    this.#forgive(host);
    this.#ejected.remove(host.place);
    this.#grader.pardon(host);
    this.#grader.hosts++;
    this.#grader.weights += host.weight;
    host.beginIdle(0, this.#nowMs);
    host.idleFromMs = this.#nowMs;
    host.underWay.setCounted(true);
    this.#keeper?.drop(host);
    this.transitions++;
    this.#settle(host);
  }

  /** Takes a host out of all that has it picked. */
  #withdraw(host: RatedHost): void {
    this.#picker.remove(host);
    this.#flawed.remove(host.flawPlace);
    this.#proving.remove(host.proofPlace);
  }

  /** Whether a host has its full share, and goes on to have it. */
  #isAsEver(host: RatedHost): boolean {
    return host.grade === 0 && host.shareClass !== undefined && this.#grader.isFlawless(host);
  }

  /** Gives a host that is neither ejected nor on trial its share. */
  #settle(host: RatedHost): void {
    if (host.overloaded || host.proofs > 0) return;
    this.#grader.grade(host, this.#startingGrade(host));
    this.#picker.set(host, host.weight * host.fitness);
    if (host.grade === 0) this.#flawed.remove(host.flawPlace);
    else if (host.flawPlace.queue === undefined) this.#flawed.push(host.flawPlace);
  }

  #startingGrade({ idleFromMs }: RatedHost): number {
    const { slowStartMs } = this.#settings;
    if (slowStartMs === 0) return 0;
    const elapsedMs = this.#nowMs - idleFromMs;
    if (elapsedMs >= slowStartMs) return 0;
    return Math.round(-Math.log2(FIRST_PART + (1 - FIRST_PART) * elapsedMs / slowStartMs));
  }

  #setTime(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#pool.setTime(nowMs, this.#usual.tailMs);
  }

  #note(host: RatedHost, kind: DecisionKind, reason: DecisionReason, threshold?: number): void {
    this.#log.note(host, { kind, reason, threshold, atMs: this.#nowMs });
  }
}

/** The hosts that are not ejected. */
class IdleHosts implements Hosts {
  readonly #picker: SharePicker<RatedHost>;
  readonly #proving: Queue<RatedHost>;

  constructor(picker: SharePicker<RatedHost>, proving: Queue<RatedHost>) {
    this.#picker = picker;
    this.#proving = proving;
  }

  get size(): number {
    let size = this.#picker.size;
    for (const { overloaded } of this.#proving) size += Number(!overloaded);
    return size;
  }

  *[Symbol.iterator](): Generator<Readonly<HostState>, void, undefined> {
    yield* this.#picker;
    for (const host of this.#proving) if (!host.overloaded) yield host;
  }
}
