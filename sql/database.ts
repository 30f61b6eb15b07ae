/**
 * The interface under the stores: reads, writes, transactions and consistent snapshots. It hides connections, locks,
 * retries and timeouts, but not SQL: where the two dialects differ, both forms stand side by side.
 *
 * @module
 */

/** A dialect of SQL. */
export type Dialect = "mysql" | "sqlite";

/** A bound value: one `?` of a statement. */
export type SqlValue = number | string;

/** Runs statements. All methods throw `StoreError`. */
export interface Session {
  /** Returns the rows of a SELECT. */
  read<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /** Runs a statement without a result; returns how many rows it affected. */
  write(sql: string, values?: readonly SqlValue[]): Promise<number>;
}

/** A session whose reads all see the database as of the first one. */
export interface Snapshot extends Session, AsyncDisposable {}

/** One database. Calls outside a transaction are independent and may run concurrently. */
export interface Database extends Session, AsyncDisposable {
  /** The SQL it understands. */
  readonly dialect: Dialect;
  /**
   * Runs `work` in one transaction, which is rolled back when it throws. After a deadlock `work` runs again: it must have
   * no other effects.
   */
  transaction<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
  /** Opens a consistent snapshot; other calls go on beside it. */
  snapshot(): Promise<Snapshot>;
  /** Closes the connections; pending calls fail. */
  close(): Promise<void>;
}

/** `(?, ?), (?, ?), …` for `rows` rows of `columns` values. */
export function placeholders({ rows, columns }: { rows: number; columns: number }): string {
  const row = `(${Array(columns).fill("?").join(", ")})`;
  return Array(rows).fill(row).join(", ");
}

/** Splits `items` into chunks of at most `size`: statements must not grow without bound. */
export function* chunks<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
