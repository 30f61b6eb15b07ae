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
import { Backoff } from "../../reactor/tcp/backoff.ts";
import type { Database, Dialect, Session, Snapshot, SqlValue } from "../database.ts";
import type { MysqlConfig } from "../store_config.ts";
import { StoreError } from "../store_error.ts";
import type { MysqlConnection } from "./mysql_connection.ts";
import { isConflict, isRefusal, isServerFailure } from "./mysql_failure.ts";
import { MysqlServers, type ServerConnection, type Use } from "./mysql_servers.ts";

/** Calls beyond this many at once wait for a connection. */
const MAX_CONNECTIONS = 8;

/** For how long a call is begun anew before the caller gets the error, ms. */
const MAX_TRYING_MS = 10_000;

/** A database on a server. It connects on demand. */
export class MysqlDatabase implements Database {
  /** The SQL it understands. */
  readonly dialect: Dialect = "mysql";
  readonly #config: MysqlConfig;
  readonly #servers: MysqlServers;
  /** Every connection that is not closed; the idle ones are free to be taken. */
  readonly #connections = new Set<MysqlConnection>();
  readonly #idle: ServerConnection[] = [];
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  #closed = false;

  /** Sends nothing to the server yet. */
  constructor(config: MysqlConfig) {
    this.#config = config;
    this.#servers = new MysqlServers(config);
  }

  /** Returns the rows of a SELECT. */
  read<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]> {
    return this.#retry(
      "read",
      () => this.#use("read", (connection) => connection.read(sql, values)),
    );
  }

  /** Runs a statement in a transaction of its own. */
  write(sql: string, values?: readonly SqlValue[]): Promise<number> {
    return this.#retry(
      "write",
      () => this.#use("write", (connection) => connection.write(sql, values)),
    );
  }

  /** Runs `work` in one transaction, and again after a deadlock. */
  transaction<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    return this.#retry("write", () =>
      this.#use("write", async (connection) => {
        await connection.write("START TRANSACTION");
        const result = await work(connection);
        await connection.write("COMMIT");
        return result;
      }));
  }

  /** Opens a consistent snapshot, which takes a connection out of the pool. */
  snapshot(): Promise<Snapshot> {
    return this.#retry("read", async () => {
      const held = await this.#acquire("read");
      try {
        await held.connection.write("START TRANSACTION WITH CONSISTENT SNAPSHOT");
      } catch (error) {
        this.#discard(held, error);
        throw error;
      }
      const { connection } = held;
      return {
        read: (sql, values) => connection.read(sql, values),
        write: (sql, values) => connection.write(sql, values),
        [Symbol.asyncDispose]: async () => {
          await connection.write("ROLLBACK").then(
            () => this.#release(held),
            (error) => this.#discard(held, error),
          );
        },
      };
    });
  }

  /** Closes the connections; pending calls fail. */
  async close(): Promise<void> {
    this.#closed = true;
    const idle = new Set(this.#idle.splice(0).map(({ connection }) => connection));
    for (const connection of this.#connections) {
      if (idle.has(connection)) connection.quit();
      else connection.destroy();
    }
    await Promise.all([...this.#connections].map((connection) => connection.closed));
    await this.#servers.close();
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Retries what did nothing; and what only reads, on another server, where its own has failed. */
  #retry<Result>(use: Use, call: () => Promise<Result>): Promise<Result> {
    const { areSeveral } = this.#servers;
    const isDoneElsewhere = use === "read" ? isServerFailure : isRefusal;
    return retry(call, (error) => isConflict(error) || (areSeveral && isDoneElsewhere(error)));
  }

  async #use<Result>(
    use: Use,
    work: (connection: MysqlConnection) => Promise<Result>,
  ): Promise<Result> {
    const held = await this.#acquire(use);
    try {
      const result = await work(held.connection);
      this.#release(held);
      return result;
    } catch (error) {
      this.#discard(held, error);
      throw error;
    }
  }

  async #acquire(use: Use): Promise<ServerConnection> {
    this.#servers.look();
    if (this.#busy < MAX_CONNECTIONS) this.#busy++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return this.#takeIdle(use) ?? await this.#connect(use);
    } catch (error) {
      this.#passOn();
      throw error;
    }
  }

  #takeIdle(use: Use): ServerConnection | undefined {
    for (let held = this.#idle.pop(); held !== undefined; held = this.#idle.pop()) {
      const { connection, isWritable } = held;
      const isFit = (isWritable || use === "read") && !this.#servers.isOutdated(held);
      if (isFit && connection.alive) return held;
      connection.destroy();
    }
  }

  async #connect(use: Use): Promise<ServerConnection> {
    if (!this.#closed) {
      const held = await this.#servers.connect(use);
      const { connection } = held;
      this.#connections.add(connection);
      connection.closed.then(() => this.#connections.delete(connection));
      if (!this.#closed) return held;
      await connection.quit();
    }
    throw new StoreError(this.#config, new Error("this store is closed"));
  }

  #release(held: ServerConnection): void {
    this.#idle.push(held);
    this.#passOn();
  }

  #discard(held: ServerConnection, error: unknown): void {
    this.#servers.failed(held, error);
    held.connection.destroy();
    this.#passOn();
  }

  /** Lets the call that has waited longest take a connection. */
  #passOn(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#busy--;
  }
}

/** Tries a call again while it fails in a way that allows it, ever less often, and not for too long. */
export async function retry<Result>(
  call: () => Promise<Result>,
  mayRetry: (error: unknown) => boolean,
): Promise<Result> {
  const startMs = realClock.nowMs();
  const backoff = new Backoff({ firstMs: 20, maxMs: 500 });
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const isOver = realClock.nowMs() - startMs >= MAX_TRYING_MS;
      if (isOver || !mayRetry(error)) throw error;
      // With jitter, so that those who clashed do not clash again.
      await realClock.sleep(backoff.nextMs());
    }
  }
}
