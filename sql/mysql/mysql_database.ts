/**
 * The server form of {@link Database}: a pool of connections to MySQL, MariaDB or an engine that speaks like them.
 *
 * A connection on which anything failed is never used again, whatever state it is in goes with it; so a server that comes
 * back finds a clean client, and each call sees at most one failure.
 *
 * @module
 */

import type { Database, Dialect, Session, Snapshot, SqlValue } from "../database.ts";
import { MysqlConnection } from "./mysql_connection.ts";
import type { MysqlConfig } from "../store_config.ts";
import { errnoOf, StoreError } from "../store_error.ts";

/** Calls beyond this many at once wait their turn. */
const MAX_CONNECTIONS = 8;

/** How often a transaction runs before a deadlock is the caller's business. */
const MAX_TRIES = 5;

/**
 * The server has undone the transaction because of another one, and means it to be tried again: deadlock, also what Galera
 * says when its certification fails (1213); changed since last read, MariaDB's snapshot isolation (1020); write conflict,
 * TiDB (8002, 8022, 9007).
 */
const CONFLICTS: ReadonlySet<unknown> = new Set([1213, 1020, 8002, 8022, 9007]);

/** A database on a server. It connects when it has something to ask. */
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

  /** Names the server; nothing is sent to it yet. */
  constructor(config: MysqlConfig) {
    this.#config = config;
  }

  /** The rows that a SELECT gives. */
  read<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]> {
    return this.#use((connection) => connection.read<Row>(sql, values));
  }

  /** Runs a statement in a transaction of its own. */
  write(sql: string, values?: readonly SqlValue[]): Promise<number> {
    return retryConflicts(() => this.#use((connection) => connection.write(sql, values)));
  }

  /** Runs `work` in one transaction, again where a deadlock undid it. */
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

  /** Opens a consistent view, which keeps a connection of the pool to itself. */
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

  /** Hands the right to a connection to the one who has waited longest. */
  #passOn(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#busy--;
  }
}

/** Calls again where the server undid the call's transaction because of another one. */
export async function retryConflicts<Result>(call: () => Promise<Result>): Promise<Result> {
  for (let tries = 1;; tries++) {
    try {
      return await call();
    } catch (error) {
      if (tries === MAX_TRIES || !isConflict(error)) throw error;
      // Those who clashed must not clash again: each waits a while of its own.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * tries));
    }
  }
}

function isConflict(error: unknown): boolean {
  return CONFLICTS.has(errnoOf(error));
}
