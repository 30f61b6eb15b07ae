/**
 * Decides whether what a full read brought may take the place of what is served, when much of that is gone and nobody has
 * announced it: somebody may have emptied the table, be restoring a dump, or have named the wrong database. Pure: it is
 * told what would be lost, how often somebody has accepted, and the time.
 *
 * ```
 *   lost without a RouteChange row                       what becomes of it
 *   fewer than 5 hosts                                   applied
 *   more than guard_percent of the modules or hosts      the whole read is held
 *   else, all of a module of 5 or more hosts             these modules are held, the rest is applied
 * ```
 *
 * What is held is applied once an operator accepts it, or by itself when `guard_confirmations` reads in a row have found
 * the same loss; where nothing was left, or less than a tenth, at any time since it is held, only an operator can.
 *
 * @module
 */

import type { RouteLoss } from "./route_loss.ts";

/** What the guard can be told. */
export interface GuardSettings {
  /** A loss of more than this share of the modules or hosts is held; 100 turns the guard off. */
  percent: number;
  /** So many reads that find the same loss confirm it, the first of them included. */
  confirmations: number;
  /** How long after one another reads begin at least that count as two, ms. */
  intervalMs: number;
}

/** How much there is. */
export interface RouteCount {
  /** Modules that have hosts. */
  modules: number;
  /** Their hosts together. */
  hosts: number;
}

/** What a full read has found. */
export interface GuardedRead {
  /** What would be lost by serving it, and was not announced. */
  loss: RouteLoss;
  /** Whether it is known what was announced: if not, no module is held for itself. */
  knowsAnnounced: boolean;
  /** What is served. */
  served: RouteCount;
  /** What would be. */
  next: RouteCount;
  /** The highest AcceptedLoss.id when the read began: it rises when an operator accepts a loss. */
  acceptedId: number;
  /** When it began, ms. */
  atMs: number;
}

/** What may be served of a read: all of it, all but what it has lost of some modules, or nothing. */
export type GuardVerdict = "apply" | "hold modules" | "hold all";

/** What is held, for people. */
export interface HeldLoss extends RouteCount {
  /** Whether all that was read is held, or just the modules that were lost. */
  isAll: boolean;
  /** How many modules and hosts are served. */
  served: RouteCount;
  /** How many there would be. */
  next: RouteCount;
  /** Reads in a row that have found this loss. */
  reads: number;
  /** How many of them confirm it; undefined where only an operator can. */
  confirmations?: number;
}

/** What dns answers to `GET /guard`. */
export interface GuardPage {
  /** What is held, and since when, Unix seconds; null where nothing is. */
  held: HeldLoss & { sinceSec: number } | null;
}

/** How a hold ended. */
export type HoldEnd =
  | "accepted by an operator"
  | "confirmed by further reads"
  | "the routes are back";

/** A loss of fewer hosts is never held. */
export const LEAST_HOSTS = 5;

/** What has shrunk by more than this share is not accepted by time alone. */
const WIPED_PERCENT = 90;

/** The guard of one table. */
export class WipeGuard {
  #settings: GuardSettings;
  #held?: HeldLoss;
  #digest?: number;
  /** Whether hardly anything was left of what is held, at any time. */
  #wasWiped = false;
  /** When a read last counted as another confirmation. */
  #countedAtMs = 0;
  #end?: HoldEnd;
  #acceptedId?: number;

  /**
   * Holds nothing yet.
   *
   * @param acceptedId The highest AcceptedLoss.id when what is served was last found right, if that is known.
   */
  constructor(settings: GuardSettings, acceptedId?: number) {
    this.#settings = settings;
    this.#acceptedId = acceptedId;
  }

  /** What is held now. */
  get held(): HeldLoss | undefined {
    return this.#held;
  }

  /** How the last hold ended, while nothing is held. */
  get lastEnd(): HoldEnd | undefined {
    return this.#end;
  }

  /** Goes on with other settings. */
  reload(settings: GuardSettings): void {
    this.#settings = settings;
  }

  /** Decides what is done with a read. */
  judge(read: GuardedRead): GuardVerdict {
    const verdict = this.#verdictOn(read);
    // Ids go back where a dump was restored, and rise again from there.
    const before = this.#acceptedId = Math.min(this.#acceptedId ?? Infinity, read.acceptedId);
    if (verdict === "apply") return this.#apply(read, "the routes are back");
    if (read.acceptedId > before) return this.#apply(read, "accepted by an operator");

    const reads = this.#countRead(read, verdict);
    this.#wasWiped ||= isWiped(read);
    const confirmations = this.#wasWiped ? undefined : this.#settings.confirmations;
    if (confirmations !== undefined && reads >= confirmations) {
      return this.#apply(read, "confirmed by further reads");
    }
    const { loss: { modules, hosts }, served, next } = read;
    const isAll = verdict === "hold all";
    this.#held = { isAll, modules, hosts, served, next, reads, confirmations };
    return verdict;
  }

  /** What its loss alone calls for. */
  #verdictOn({ loss, served, knowsAnnounced }: GuardedRead): GuardVerdict {
    const { percent } = this.#settings;
    if (percent >= 100 || loss.hosts < LEAST_HOSTS) return "apply";
    const isLarge = exceeds(loss.modules, { percent, of: served.modules }) ||
      exceeds(loss.hosts, { percent, of: served.hosts });
    if (isLarge) return "hold all";
    return knowsAnnounced && loss.wholeModules.length > 0 ? "hold modules" : "apply";
  }

  #apply({ acceptedId }: GuardedRead, how: HoldEnd): "apply" {
    if (this.#held !== undefined) this.#end = how;
    this.#held = undefined;
    this.#wasWiped = false;
    this.#acceptedId = acceptedId;
    return "apply";
  }

  /** Reads that follow a read at once, since the version moved, are no confirmation of it. */
  #countRead({ loss, atMs }: GuardedRead, verdict: GuardVerdict): number {
    const digest = verdict === "hold all" ? loss.digest : loss.wholeDigest;
    const reads = this.#held !== undefined && digest === this.#digest ? this.#held.reads : 0;
    if (reads > 0 && atMs - this.#countedAtMs < this.#settings.intervalMs) return reads;
    this.#digest = digest;
    this.#countedAtMs = atMs;
    return reads + 1;
  }
}

/** Whether so little is left that it can hardly be meant. */
function isWiped({ loss, served, next }: GuardedRead): boolean {
  if (next.hosts === 0) return true;
  return exceeds(loss.hosts - loss.gainedHosts, { percent: WIPED_PERCENT, of: served.hosts }) ||
    exceeds(loss.modules - loss.gainedModules, { percent: WIPED_PERCENT, of: served.modules });
}

function exceeds(count: number, { percent, of }: { percent: number; of: number }): boolean {
  return count * 100 > percent * of;
}
