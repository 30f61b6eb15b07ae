/**
 * {@link Database} on a server: a pool of connections to MySQL, MariaDB or an engine with their protocol.
 *
 * A connection on which anything failed is never reused: its state goes with it. So a server that comes back finds a clean
 * client, and each call sees at most one failure. mysql2's own pool reuses such connections, waits for busy ones when it is
 * closed, and hands out none that failed to log in, whose greeting says what to advise.
 *
 * @module
 */

import { realClock } from "../../reactor/clock.ts";
import type { Database, Dialect, Session, Snapshot, SqlValue } from "../database.ts";
import { MysqlConnection } from "./mysql_connection.ts";
import type { MysqlConfig } from "../store_config.ts";
import { errnoOf, StoreError } from "../store_error.ts";

/** Calls beyond this many at once wait for a connection. */
const MAX_CONNECTIONS = 8;

/** How often a transaction is tried before the caller gets the deadlock. */
const MAX_TRIES = 5;

/**
 * The server has rolled the transaction back because of another one, and expects a retry: deadlock, or a failed
 * certification on Galera (1213); changed since last read, MariaDB's snapshot isolation (1020); write conflict,
 * TiDB (8002, 8022, 9007).
 */
const CONFLICTS: ReadonlySet<unknown> = new Set([1213, 1020, 8002, 8022, 9007]);

/** A database on a server. It connects on demand. */
export class MysqlDatabase implements Database {
  /** The SQL it understands. */
  readonly dialect: Dialect = "mysql";
  readonly #config: MysqlConfig;
  /** Every connection that is not closed; the idle ones are free to be taken. */
  readonly #connections = new Set<MysqlConnection>();
  readonly #idle: MysqlConnection[] = [];
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  #closed = false;

  /** Sends nothing to the server yet. */
  constructor(config: MysqlConfig) {
    this.#config = config;
  }

  /** Returns the rows of a SELECT. */
  read<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]> {
    return this.#use((connection) => connection.read<Row>(sql, values));
  }

  /** Runs a statement in a transaction of its own. */
  write(sql: string, values?: readonly SqlValue[]): Promise<number> {
    return retryConflicts(() => this.#use((connection) => connection.write(sql, values)));
  }

  /** Runs `work` in one transaction, and again after a deadlock. */
  transaction<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    return retryConflicts(() =>
      this.#use(async (connection) => {
        await connection.write("START TRANSACTION");
        const result = await work(connection);
        await connection.write("COMMIT");
        return result;
      })
    );
  }

  /** Opens a consistent snapshot, which takes a connection out of the pool. */
  async snapshot(): Promise<Snapshot> {
    const connection = await this.#acquire();
    try {
      await connection.write("START TRANSACTION WITH CONSISTENT SNAPSHOT");
    } catch (error) {
      this.#discard(connection);
      throw error;
    }
    return {
      read: (sql, values) => connection.read(sql, values),
      write: (sql, values) => connection.write(sql, values),
      [Symbol.asyncDispose]: async () => {
        await connection.write("ROLLBACK").then(
          () => this.#release(connection),
          () => this.#discard(connection),
        );
      },
    };
  }

  /** Closes the connections; pending calls fail. */
  async close(): Promise<void> {
    this.#closed = true;
    const idle = new Set(this.#idle.splice(0));
    for (const connection of this.#connections) {
      if (idle.has(connection)) connection.quit();
      else connection.destroy();
    }
    await Promise.all([...this.#connections].map((connection) => connection.closed));
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #use<Result>(work: (connection: MysqlConnection) => Promise<Result>): Promise<Result> {
    const connection = await this.#acquire();
    try {
      const result = await work(connection);
      this.#release(connection);
      return result;
    } catch (error) {
      this.#discard(connection);
      throw error;
    }
  }

  async #acquire(): Promise<MysqlConnection> {
    if (this.#busy < MAX_CONNECTIONS) this.#busy++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return this.#takeIdle() ?? await this.#connect();
    } catch (error) {
      this.#passOn();
      throw error;
    }
  }

  #takeIdle(): MysqlConnection | undefined {
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined || connection.alive) return connection;
    }
  }

  async #connect(): Promise<MysqlConnection> {
    if (!this.#closed) {
      const connection = await MysqlConnection.open(this.#config);
      this.#connections.add(connection);
      connection.closed.then(() => this.#connections.delete(connection));
      if (!this.#closed) return connection;
      await connection.quit();
    }
    throw new StoreError(this.#config, new Error("this store is closed"));
  }

  #release(connection: MysqlConnection): void {
    this.#idle.push(connection);
    this.#passOn();
  }

  #discard(connection: MysqlConnection): void {
    connection.destroy();
    this.#passOn();
  }

  /** Lets the call that has waited longest take a connection. */
  #passOn(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#busy--;
  }
}

/** Retries a call whose transaction the server rolled back because of another one. */
export async function retryConflicts<Result>(call: () => Promise<Result>): Promise<Result> {
  for (let tries = 1;; tries++) {
    try {
      return await call();
    } catch (error) {
      if (tries === MAX_TRIES || !isConflict(error)) throw error;
      // A random pause, so that those who clashed do not clash again.
      await realClock.sleep(Math.random() * 20 * tries);
    }
  }
}

function isConflict(error: unknown): boolean {
  return CONFLICTS.has(errnoOf(error));
}
