/**
 * Errors of the database by what the caller can do about them: retry later, or exit and have someone run the migrations.
 *
 * @module
 */

import { describeStore, type StoreConfig } from "./store_config.ts";

/** The database cannot be reached, did not answer in time, or refused. It may work again later. */
export class StoreError extends Error {
  /** Always "StoreError". */
  override readonly name = "StoreError";

  /** Says what went wrong on which database, and what to do about it. */
  constructor(config: StoreConfig, cause: unknown, { advice }: { advice?: string } = {}) {
    const reason = reasonOf(cause) + (advice === undefined ? "" : `; ${advice}`);
    super(`Database ${describeStore(config)}: ${reason}`, { cause });
  }
}

/** The database lacks migrations that this version of Lars needs. Trying again does not help. */
export class LevelError extends Error {
  /** Always "LevelError". */
  override readonly name = "LevelError";

  /** Says which level the database has, which it needs, and what to run. */
  constructor(config: StoreConfig, { level, needed }: { level: number; needed: number }) {
    super(
      `Database ${describeStore(config)} must be at level ${needed}: current level is ${level}. ` +
        "Run `lars db migrate` with the same --config and --set",
    );
  }
}

/** There is no such database, and the caller must not create one. */
export class NoDatabaseError extends Error {
  /** Always "NoDatabaseError". */
  override readonly name = "NoDatabaseError";

  /** Says where it should be, and what creates one. */
  constructor(config: StoreConfig) {
    super(
      `Database ${describeStore(config)} must exist: there is no such file. \`lars up\` and ` +
        "`lars db migrate` make one; --set store.path=FILE, --config or LARS_STORE_PATH name another",
    );
  }
}

/** What an error says; a connection to several addresses fails with an AggregateError, whose own message is empty. */
export function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join("; ");
  return cause instanceof Error ? cause.message : String(cause);
}

/** The MySQL server's error number, where the error comes from a server. */
export function errnoOf(error: unknown): number | undefined {
  const cause = error instanceof StoreError ? error.cause : undefined;
  return cause instanceof Error && "errno" in cause && typeof cause.errno === "number"
    ? cause.errno
    : undefined;
}
