/**
 * {@link Database} in one SQLite file, through node:sqlite; several processes may share it.
 *
 * SQLite's calls are synchronous and block the thread. Reads have a connection of their own, so that they do not see what a
 * running transaction has not committed; transactions of one object queue up, those of others are waited for.
 *
 * @module
 */

import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { realClock } from "../../reactor/clock.ts";
import { Yielder, yieldToAll, yieldToSockets } from "../../reactor/threads/cooperative_yield.ts";
import type { Database, Dialect, Session, Snapshot, SqlValue } from "../database.ts";
import type { SqliteConfig } from "../store_config.ts";
import { StoreError } from "../store_error.ts";

/** How long to wait for the transactions of others. */
const BUSY_TIMEOUT_MS = 5_000;

/** The longest random pause before the next attempt. */
const MAX_RETRY_MS = 10;

/** How many prepared statements a connection keeps. */
const MAX_STATEMENTS = 16;

/** Longer ones are rare, and each differs. */
const MAX_STATEMENT_CHARS = 1000;

/** SQLite's result code for a lock that another connection holds; extended codes keep it in the low byte. */
const SQLITE_BUSY = 5;

/** A SQLite file. */
export class SqliteDatabase implements Database {
  /** The SQL it understands. */
  readonly dialect: Dialect = "sqlite";
  readonly #config: SqliteConfig;
  readonly #reader: SqliteSession;
  readonly #writer: SqliteSession;
  readonly #snapshots = new Set<SqliteSnapshot>();
  /** Nothing in a transaction waits: one after the other would keep the thread from all else. */
  readonly #yielder = new Yielder({ yieldTo: yieldToSockets });
  /** Settles when the transactions queued so far are done. */
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** Opens the file, which is made when missing, and its folder. */
  static async open(config: SqliteConfig): Promise<SqliteDatabase> {
    await makeFolder(config);
    return new SqliteDatabase(config);
  }

  private constructor(config: SqliteConfig) {
    this.#config = config;
    this.#writer = new SqliteSession(config, { busyTimeoutMs: 0 });
    // A poll, every 200 ms, is spared the parsing. What selects * must not be kept: it would not see a new column.
    this.#reader = new SqliteSession(config, { keepsReads: true });
  }

  /** Returns the rows of a SELECT. */
  read<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]> {
    return this.#reader.read<Row>(sql, values);
  }

  /** Runs a statement in a transaction of its own. */
  write(sql: string, values?: readonly SqlValue[]): Promise<number> {
    return this.transaction((session) => session.write(sql, values));
  }

  /** Runs `work` in one transaction, after those queued before. */
  transaction<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(() => this.#transact(work));
    this.#queue = result.catch(() => {});
    return result;
  }

  async #transact<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    if (this.#yielder.isDue()) await this.#yielder.yield();
    await this.#begin();
    try {
      const result = await work(this.#writer);
      await this.#writer.write("COMMIT");
      return result;
    } catch (error) {
      // Fails where SQLite has rolled back by itself, or was closed meanwhile.
      await this.#writer.write("ROLLBACK").catch(() => {});
      throw error;
    }
  }

  /**
   * Takes the write lock at the start: a lock needed half-way could not be waited for. SQLite's own waiting would block the
   * thread, in which the very transaction that it waits for may be running.
   */
  async #begin(): Promise<void> {
    const deadlineMs = performance.now() + BUSY_TIMEOUT_MS;
    for (;;) {
      try {
        await this.#writer.write("BEGIN IMMEDIATE");
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadlineMs) throw error;
      }
      await realClock.sleep(Math.random() * MAX_RETRY_MS);
    }
  }

  /** Opens a consistent snapshot on a connection of its own. */
  async snapshot(): Promise<Snapshot> {
    if (this.#closed) throw new StoreError(this.#config, new Error("this store is closed"));
    const snapshot = new SqliteSnapshot(this.#config, (closed) => this.#snapshots.delete(closed));
    this.#snapshots.add(snapshot);
    await snapshot.write("BEGIN");
    return snapshot;
  }

  /** Closes the connections; pending calls fail. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const snapshot of this.#snapshots) snapshot.close();
    this.#reader.close();
    this.#writer.close();
    await this.#queue;
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** One connection. */
export class SqliteSession implements Session, AsyncDisposable {
  readonly #config: SqliteConfig;
  readonly #connection: DatabaseSync;
  readonly #keepsReads: boolean;
  /** Prepared statements by their text. */
  readonly #statements = new Map<string, StatementSync>();

  /** Opens the file, which is made when missing unless it is only to be read. */
  constructor(
    config: SqliteConfig,
    { busyTimeoutMs = BUSY_TIMEOUT_MS, keepsReads = false, readOnly = false } = {},
  ) {
    this.#config = config;
    this.#keepsReads = keepsReads;
    this.#connection = this.#run(() => open(config, { busyTimeoutMs, readOnly }));
  }

  /** Returns the rows of a SELECT. */
  read<Row>(sql: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    return this.#settle(() => {
      const statement = this.#keepsReads ? this.#kept(sql) : this.#connection.prepare(sql);
      return statement.all(...values) as Row[];
    });
  }

  /** Runs a statement without a result; returns how many rows it affected. */
  write(sql: string, values: readonly SqlValue[] = []): Promise<number> {
    return this.#settle(() => Number(this.#kept(sql).run(...values).changes));
  }

  /** Closes the connection; harmless when it is closed. */
  close(): void {
    if (this.#connection.isOpen) this.#connection.close();
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  #kept(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#connection.prepare(sql);
    if (sql.length > MAX_STATEMENT_CHARS) return statement;
    if (this.#statements.size === MAX_STATEMENTS) this.#statements.clear();
    this.#statements.set(sql, statement);
    return statement;
  }

  #settle<Result>(call: () => Result): Promise<Result> {
    return new Promise((resolve) => resolve(this.#run(call)));
  }

  #run<Result>(call: () => Result): Result {
    try {
      return call();
    } catch (cause) {
      throw new StoreError(this.#config, cause);
    }
  }
}

/** A connection with an open read transaction. It yields to the thread's other work before each read. */
class SqliteSnapshot extends SqliteSession implements Snapshot {
  readonly #onClosed: (snapshot: SqliteSnapshot) => void;

  constructor(config: SqliteConfig, onClosed: (snapshot: SqliteSnapshot) => void) {
    super(config);
    this.#onClosed = onClosed;
  }

  override async read<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]> {
    await yieldToAll();
    return await super.read<Row>(sql, values);
  }

  override close(): void {
    super.close();
    this.#onClosed(this);
  }
}

/**
 * Where the file exists, nothing but the file needs permission. Whether the folder was needed, and could be made, shows when
 * the file is opened.
 */
async function makeFolder({ path }: SqliteConfig): Promise<void> {
  const exists = await Deno.stat(path).then(() => true, () => false);
  if (!exists) await Deno.mkdir(dirname(path), { recursive: true }).catch(() => {});
}

/** Opening always waits for others: they may be creating the file. */
function open(
  { path }: SqliteConfig,
  { busyTimeoutMs, readOnly }: { busyTimeoutMs: number; readOnly: boolean },
): DatabaseSync {
  const connection = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, readOnly });
  if (readOnly) return connection;
  // Persistent in the file: readers and a writer do not wait for one another.
  connection.exec("PRAGMA journal_mode = WAL");
  // In WAL mode this keeps the file consistent, and loses the last moments only when the machine itself dies.
  connection.exec("PRAGMA synchronous = NORMAL");
  connection.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  return connection;
}

function isBusy(error: unknown): boolean {
  const cause = error instanceof StoreError ? error.cause : undefined;
  return cause instanceof Error && "errcode" in cause && typeof cause.errcode === "number" &&
    (cause.errcode & 0xff) === SQLITE_BUSY;
}
