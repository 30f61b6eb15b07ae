/**
 * One connection to a MySQL server, through mysql2, with a timeout on every wait. The socket is made here because mysql2
 * itself only ever half-closes: a server that hangs would keep the connection, and the calls on it, for ever.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import mysql from "mysql2";
import type { Session, SqlValue } from "../database.ts";
import { adviceOn } from "./mysql_failure.ts";
import type { MysqlConfig, MysqlTls } from "../store_config.ts";
import { StoreError } from "../store_error.ts";

const CONNECT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 10_000;

/**
 * What a session must not inherit from the server's configuration. Strict mode, whatever the table's engine: a value that
 * does not fit is an error, not another value; and mysql2's escaping of strings assumes that backslashes escape. Lock
 * timeouts are shorter than ours, so that the server has given up when we do. No server-wide setting may truncate a result,
 * refuse a change that names no key, or chain transactions.
 */
const SESSION_SETUP = [
  "SET SESSION sql_mode = 'STRICT_ALL_TABLES', SESSION autocommit = 1, " +
  "SESSION innodb_lock_wait_timeout = 5, SESSION lock_wait_timeout = 5, " +
  "SESSION sql_safe_updates = 0, SESSION sql_select_limit = 18446744073709551615, " +
  "SESSION sql_big_selects = 1, SESSION completion_type = 0",
  "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE",
];

/** The capability flag of a server that speaks TLS. */
const CLIENT_SSL = 0x800;

/** Servers, as `host:port`, found not to speak TLS where it is only preferred. */
const plainServers = new Set<string>();

/** How a connection differs from an ordinary one. */
export interface MysqlConnectionOptions {
  /** Whether to select the configured database. @default true */
  useDatabase?: boolean;
  /** How long connecting may take. @default 5_000 */
  connectTimeoutMs?: number;
  /** How long a statement may take. @default 10_000 */
  queryTimeoutMs?: number;
}

/** A connection. */
export class MysqlConnection implements Session, AsyncDisposable {
  readonly #config: MysqlConfig;
  readonly #socket: Socket;
  readonly #core: mysql.Connection;
  readonly #queryTimeoutMs: number;
  /** Resolves when the socket is closed, by either side. */
  readonly closed: Promise<void>;

  /** Connects and sets the session up. */
  static async open(
    config: MysqlConfig,
    options: MysqlConnectionOptions = {},
  ): Promise<MysqlConnection> {
    if (config.tls?.mode !== "preferred") return await MysqlConnection.#open(config, options);
    const server = `${config.host}:${config.port}`;
    const plain = { ...config, tls: undefined };
    if (!plainServers.has(server)) {
      try {
        return await MysqlConnection.#open(config, options);
      } catch (error) {
        if (!isWithoutTls(error)) throw error;
      }
    }
    try {
      const connection = await MysqlConnection.#open(plain, options);
      plainServers.add(server);
      return connection;
    } catch (error) {
      plainServers.delete(server); // it may have come to offer TLS, and insist on it
      throw error;
    }
  }

  static async #open(
    config: MysqlConfig,
    options: MysqlConnectionOptions,
  ): Promise<MysqlConnection> {
    const connection = new MysqlConnection(config, options);
    try {
      await connection.#answer((done) => connection.#core.connect(done));
      for (const statement of SESSION_SETUP) await connection.write(statement);
      return connection;
    } catch (error) {
      connection.destroy();
      await connection.closed;
      throw error;
    }
  }

  private constructor(config: MysqlConfig, options: MysqlConnectionOptions) {
    const {
      useDatabase = true,
      connectTimeoutMs = CONNECT_TIMEOUT_MS,
      queryTimeoutMs = QUERY_TIMEOUT_MS,
    } = options;
    const { host, port, user, password, database, tls } = config;
    this.#config = config;
    this.#queryTimeoutMs = queryTimeoutMs;
    this.#socket = connect({ host, port, noDelay: true, keepAlive: true });
    this.closed = new Promise((resolve) => this.#socket.once("close", () => resolve()));
    // The name a certificate is checked against; for an address, node:tls would check it against localhost.
    Object.assign(this.#socket, { _host: host });
    this.#core = mysql.createConnection({
      stream: () => this.#socket,
      host,
      ssl: tls && sslOptions(tls),
      // It sends the password in plain text.
      enableCleartextPlugin: tls !== undefined && isVerified(tls),
      authPlugins: {
        client_ed25519: () => async (nonce: Uint8Array) => {
          const { signEd25519 } = await import("./mariadb_ed25519.ts");
          return Buffer.from(signEd25519(password, nonce));
        },
      },
      user,
      password,
      database: useDatabase ? database : undefined,
      connectTimeout: connectTimeoutMs,
      // MariaDB turns an unsigned column in COALESCE into a DECIMAL, which would come as text.
      decimalNumbers: true,
    });
    // Pending calls fail anyway; without a listener the event would end the process.
    this.#core.on("error", () => {});
  }

  /** Whether it can be used: the server may have closed it while it was idle. */
  get alive(): boolean {
    return !this.#socket.destroyed && this.#socket.readyState === "open";
  }

  /** Returns the rows of a SELECT. */
  async read<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]> {
    return await this.#query(sql, values) as Row[];
  }

  /** Runs a statement without a result; returns how many rows it affected. */
  async write(sql: string, values?: readonly SqlValue[]): Promise<number> {
    return (await this.#query(sql, values) as mysql.ResultSetHeader).affectedRows;
  }

  /** Ends the session properly, so that the server logs no lost connection, and closes. */
  async quit(): Promise<void> {
    this.#core.end();
    this.#socket.destroySoon();
    await this.closed;
  }

  /** The same as {@link quit}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.quit();
  }

  /** Closes at once: the server rolls back, pending calls fail. */
  destroy(reason: string = "connection closed"): void {
    this.#socket.destroy(new Error(reason));
  }

  async #query(sql: string, values: readonly SqlValue[] = []): Promise<unknown> {
    const timeoutMs = this.#queryTimeoutMs;
    const timer = setTimeout(() => this.destroy(`no answer in ${timeoutMs} ms`), timeoutMs);
    try {
      return await this.#answer((done) => this.#core.query(sql, [...values], done));
    } finally {
      clearTimeout(timer);
    }
  }

  /** What mysql2 answers to a call; an error comes with what to do about it. */
  async #answer(
    call: (done: (error: mysql.QueryError | null, result?: unknown) => void) => void,
  ): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    call((error, result) => error ? reject(error) : resolve(result));
    try {
      return await promise;
    } catch (cause) {
      const { serverCapabilityFlags = 0 } = this.#core as { serverCapabilityFlags?: number };
      throw new StoreError(this.#config, cause, {
        advice: adviceOn(cause, {
          config: this.#config,
          isEncrypted: this.#config.tls !== undefined,
          offersTls: (serverCapabilityFlags & CLIENT_SSL) !== 0,
        }),
      });
    }
  }
}

function isVerified({ mode }: MysqlTls): boolean {
  return mode === "verify_ca" || mode === "verify_identity";
}

function sslOptions(tls: MysqlTls): mysql.SslOptions {
  const { mode, ca, cert, key } = tls;
  return {
    ca,
    cert,
    key,
    rejectUnauthorized: isVerified(tls),
    verifyIdentity: mode === "verify_identity",
  };
}

/** Whether a server does not speak TLS, or no version that we know. */
function isWithoutTls(error: unknown): boolean {
  const cause = error instanceof StoreError ? error.cause : undefined;
  return cause instanceof Error && "code" in cause &&
    (cause.code === "HANDSHAKE_NO_SSL_SUPPORT" || cause.code === "HANDSHAKE_SSL_ERROR");
}
