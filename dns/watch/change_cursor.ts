/**
 * How far one dns has followed RouteChange, and whether the rows it finds there explain a move of the position. Reads
 * nothing itself: it says which ids to read, and is told what was there.
 *
 * Transactions take their ids when they begin and show them when they end, so a row may appear below ids that were seen
 * already. Skipped ids are therefore polled again for a minute; what comes later still is the full read's. Nothing waits
 * for them: on Galera, where each node gives out every third id or so, most never come.
 *
 * A move is explained when the row with the highest id is there and a row names the version. Anything else (a version set
 * alone, rows deleted, ids that go back, a very long step) can have any cause: then only reading everything helps.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";
import type { IdRange, RouteChangeRow, RoutePosition } from "../../sql/routes/route_row.ts";

/** What a move of the position means. */
export interface Move {
  /** Whether `modules` are all that changed; otherwise everything must be read, from after this move. */
  isExplained: boolean;
  /** Modules that rows newly seen name; one may be named twice. */
  modules: ModuleName[];
}

/** What may be deleted from RouteChange. */
export interface Prune {
  /** Highest id to delete. */
  id: number;
  /** Rows of this version (Unix seconds) or a later one stay. */
  beforeVersion: number;
}

/** Ids that were not there when ids above them were. */
interface Hole {
  from: number;
  to: number;
  /** Until when they are polled. */
  untilMs: number;
}

/** How long a transaction may take to show its row. */
const HOLE_LIFETIME_MS = 60_000;

/**
 * Bound on the holes remembered; the oldest are forgotten. On Galera ids rise by as many as there are nodes, so that every
 * change may leave one: these are the changes of a minute at 16 a second. A poll that asks for as many takes 5 ms.
 */
const MAX_HOLES = 1000;

/**
 * The longest step that is followed row by row: past it, reading everything costs less than asking for that many modules.
 * A cursor that is set anew begins so far back, since there, too, rows may be missing that are still to come.
 */
const MAX_STEP = 1000;

const PRUNE_INTERVAL_MS = 60_000;

/** For how long rows of RouteChange are kept, s. */
export const CHANGES_KEPT_SEC = 3600;

/** The cursor of one dns instance; every instance has its own. */
export class ChangeCursor {
  #seen?: RoutePosition;
  /** The version that the row seen last names: a version that follows its row only later is explained by it as well. */
  #announced?: number;
  /** Oldest first. */
  #holes: Hole[] = [];
  #pruneDueMs = 0;
  /** Highest id that was seen when pruning was last due. */
  #settledId = 0;

  /** Which change rows to read now that the position is this one; none when there is nothing to learn. */
  rangesTo(position: RoutePosition): IdRange[] {
    const ranges: IdRange[] = this.#follows(position)
      ? this.#holes.map(({ from, to }) => ({ from, to }))
      : [];
    const from = this.#firstNewId(position);
    if (from <= position.changeId) ranges.push({ from, to: position.changeId });
    return ranges;
  }

  /**
   * Moves on to a position.
   *
   * @param rows What stands in the ranges that {@link rangesTo} gave for it, in id order.
   */
  moveTo(
    position: RoutePosition,
    { rows, nowMs }: { rows: readonly RouteChangeRow[]; nowMs: number },
  ): Move {
    const follows = this.#follows(position);
    const isExplained = follows && this.#explains(rows, position);
    const step = {
      from: this.#firstNewId(position),
      to: position.changeId,
      untilMs: nowMs + HOLE_LIFETIME_MS,
    };
    const polled = follows ? this.#holes.filter((hole) => hole.untilMs > nowMs) : [];
    this.#holes = [...polled, step].flatMap((hole) => cutOut(rows, hole)).slice(-MAX_HOLES);
    this.#announced = rows.at(-1)?.version ?? this.#announced;
    this.#seen = position;
    if (follows) {
      return { isExplained, modules: rows.map(({ modid, cmdid }) => ({ modid, cmdid })) };
    }
    this.#settledId = 0;
    return { isExplained, modules: [] };
  }

  /**
   * What may be deleted, about once a minute: rows of an hour ago that this instance saw a minute ago. The highest row
   * always stays, or every instance would take its going for ids that go back.
   */
  prune({ nowMs, nowSec }: { nowMs: number; nowSec: number }): Prune | undefined {
    if (this.#seen === undefined || nowMs < this.#pruneDueMs) return undefined;
    const id = Math.min(this.#settledId, this.#seen.changeId - 1);
    this.#settledId = this.#seen.changeId;
    this.#pruneDueMs = nowMs + PRUNE_INTERVAL_MS;
    return id > 0 ? { id, beforeVersion: nowSec - CHANGES_KEPT_SEC } : undefined;
  }

  /** Whether a position can be reached row by row. */
  #follows({ changeId }: RoutePosition): boolean {
    if (this.#seen === undefined) return false;
    const step = changeId - this.#seen.changeId;
    return step >= 0 && step <= MAX_STEP;
  }

  /** The lowest id of the step to a position; one that cannot be followed begins a little below its end. */
  #firstNewId(position: RoutePosition): number {
    if (this.#follows(position)) return this.#seen!.changeId + 1;
    return Math.max(1, position.changeId - MAX_STEP + 1);
  }

  #explains(rows: readonly RouteChangeRow[], { version, changeId }: RoutePosition): boolean {
    const isIdExplained = changeId === this.#seen!.changeId ||
      rows.some((row) => row.id === changeId);
    const isVersionExplained = version === this.#seen!.version || version === this.#announced ||
      rows.some((row) => row.version === version);
    return isIdExplained && isVersionExplained;
  }
}

/** What is left of a hole without the ids of `rows`. */
function cutOut(rows: readonly RouteChangeRow[], { from, to, untilMs }: Hole): Hole[] {
  const left: Hole[] = [];
  let next = from;
  for (const { id } of rows) {
    if (id < from || id > to) continue;
    if (next < id) left.push({ from: next, to: id - 1, untilMs });
    next = id + 1;
  }
  if (next <= to) left.push({ from: next, to, untilMs });
  return left;
}
