/**
 * What the stores stand on: a database as something that reads rows, writes, runs transactions and gives consistent
 * snapshots. It hides connections, locks, retries and time-outs, but not SQL: the little in which the two dialects differ
 * is written out, side by side, where it is used.
 *
 * @module
 */

/** Which SQL a database understands. */
export type Dialect = "mysql" | "sqlite";

/** A value for a `?` of a statement. */
export type SqlValue = number | string;

/** Something that statements can be sent to. All of its methods throw `StoreError`. */
export interface Session {
  /** The rows that a SELECT gives. */
  read<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /** Runs a statement that gives no rows; answers how many it touched. */
  write(sql: string, values?: readonly SqlValue[]): Promise<number>;
}

/** A session all of whose reads see the database as it was at the first of them. */
export interface Snapshot extends Session, AsyncDisposable {}

/** One database. Calls outside a transaction stand alone and may run at once. */
export interface Database extends Session {
  /** Which SQL it understands. */
  readonly dialect: Dialect;
  /**
   * Runs `work` in one transaction, which is rolled back when it throws. Where a deadlock undid it, `work` runs again:
   * it must have no other effects.
   */
  transaction<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
  /** Opens a consistent view; the database works on beside it. */
  snapshot(): Promise<Snapshot>;
  /** Closes the connections; pending calls fail. */
  close(): Promise<void>;
}

/** `(?, ?), (?, ?), …` for `rows` rows of `columns` values. */
export function placeholders({ rows, columns }: { rows: number; columns: number }): string {
  const row = `(${Array(columns).fill("?").join(", ")})`;
  return Array(rows).fill(row).join(", ");
}

/** Cuts `items` into runs of at most `size`, since statements may not grow without bound. */
export function* chunks<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
