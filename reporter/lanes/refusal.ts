/**
 * Whether the database refused a row for what is in it, so that a retry is pointless.
 *
 * @module
 */

import { StoreError } from "../../sql/mod.ts";

/**
 * Classes of SQLSTATE, by the SQL standard: data exception, integrity constraint violation, check option violation, and
 * 45, which MySQL's manual gives to what triggers raise.
 */
const SQLSTATE_CLASSES: ReadonlySet<string> = new Set(["22", "23", "44", "45"]);

/** SQLite's result codes TOOBIG, CONSTRAINT (triggers too) and MISMATCH; extended codes keep them in the low byte. */
const SQLITE_CODES: ReadonlySet<number> = new Set([18, 19, 20]);

/** Whether the database itself gave the error, rather than the connection to it. */
export function isAnswer(error: unknown): boolean {
  if (!(error instanceof StoreError) || !(error.cause instanceof Error)) return false;
  return "sqlState" in error.cause || "errcode" in error.cause;
}

/**
 * Tells a refused row from a database that is away, slow, full or broken. In doubt it is the latter: that costs retries, the
 * other mistake would cost statuses.
 */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof StoreError) || !(error.cause instanceof Error)) return false;
  const { sqlState, errcode } = error.cause as Error & { sqlState?: unknown; errcode?: unknown };
  if (typeof sqlState === "string") return SQLSTATE_CLASSES.has(sqlState.slice(0, 2));
  return typeof errcode === "number" && SQLITE_CODES.has(errcode & 0xff);
}
