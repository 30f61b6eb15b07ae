/**
 * The servers that one database is on, and which of them is spoken to: the first that answers and takes changes, found by
 * asking; where none takes any, one that can be read.
 *
 * All speak to one server at a time: another may lag behind by some changes, and what is read of both would not fit together.
 * A server that fails is let alone for a while, as is one that has nothing to say: a Galera node that was cut off from the
 * majority. While another than the first is spoken to, or one that is only read, better ones are looked for now and then.
 *
 * @module
 */

import { realClock } from "../../reactor/clock.ts";
import { EndpointPicker } from "../../reactor/tcp/endpoint_picker.ts";
import { getLogger } from "../../service/observe/logger.ts";
import type { Session } from "../database.ts";
import { describeServers, type MysqlConfig } from "../store_config.ts";
import { errnoOf, reasonOf, StoreError } from "../store_error.ts";
import { MysqlConnection, type MysqlConnectionOptions } from "./mysql_connection.ts";
import { isServerFailure } from "./mysql_failure.ts";

/** What a connection is for. */
export type Use = "read" | "write";

/** A server, as it answered. */
interface ServerState {
  /** Its place in the list. */
  readonly index: number;
  /** Whether it takes changes. */
  readonly isWritable: boolean;
}

/** A connection, and how its server was when it was made. */
export interface ServerConnection extends ServerState {
  /** The connection. */
  readonly connection: MysqlConnection;
}

/** A server that is silent costs a call no more than this where there are others, ms. */
const CONNECT_TIMEOUT_MS = 2_000;

/** The waits before a server that failed is tried again. */
const BACKOFF = { firstMs: 100, maxMs: 2_000 };

/** Between two looks for a better server, ms. */
const LOOK_INTERVAL_MS = 5_000;

/** Each of them keeps changes out; engines leave out what they do not know. */
const READ_ONLY = ["read_only", "super_read_only", "innodb_read_only"];
const ASK_VARIABLES = "SHOW GLOBAL VARIABLES WHERE Variable_name IN " +
  "('read_only', 'super_read_only', 'innodb_read_only', 'wsrep_on')";
const ASK_GALERA = "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_local_state')";

/** The state of a Galera node that has all that the others have. */
const SYNCED = "4";

const ER_BAD_DB = 1049;

const log = getLogger("lars", "sql");

/** Connects to the servers of one database. */
export class MysqlServers {
  readonly #config: MysqlConfig;
  readonly #servers: readonly MysqlConfig[];
  readonly #picker: EndpointPicker;
  /** The server spoken to. */
  #current?: ServerState;
  #looking?: Promise<void>;
  #lookAtMs = 0;

  /** Sends nothing yet. */
  constructor(config: MysqlConfig) {
    const { endpoints = [], ...one } = config;
    this.#config = config;
    this.#servers = endpoints.length === 0
      ? [config]
      : endpoints.map(({ hostname, port }) => ({ ...one, host: hostname, port }));
    this.#picker = new EndpointPicker({ count: this.#servers.length, backoff: BACKOFF });
  }

  /** Whether there is another to go to. */
  get areSeveral(): boolean {
    return this.#servers.length > 1;
  }

  /**
   * Connects to the best server.
   *
   * @throws {StoreError} When none will do, and of each why.
   */
  async connect(use: Use, options?: MysqlConnectionOptions): Promise<ServerConnection> {
    if (!this.areSeveral) {
      const connection = await MysqlConnection.open(this.#config, options);
      return { connection, index: 0, isWritable: true };
    }
    const errors: Error[] = [];
    let missing: unknown;
    let readable: ServerConnection | undefined;
    for (const index of await this.#candidates()) {
      try {
        const found = await this.#open(index, options);
        if (found.isWritable) {
          readable?.connection.destroy();
          return this.#goTo(found);
        }
        errors.push(new Error(`${this.#nameOf(index)} takes no changes`));
        if (readable === undefined) readable = found;
        else found.connection.destroy();
      } catch (error) {
        if (errnoOf(error) === ER_BAD_DB) missing ??= error;
        errors.push(new Error(`${this.#nameOf(index)}: ${reasonOf((error as Error).cause)}`));
      }
    }
    if (readable !== undefined && use === "read") return this.#goTo(readable);
    readable?.connection.destroy();
    if (missing !== undefined) throw missing;
    throw new StoreError(this.#config, new AggregateError(errors), {
      advice: readable &&
        "routes are read all the same, but one of [mysql] endpoints must take changes",
    });
  }

  /** Whether what goes over this connection should go over another one. */
  isOutdated({ index }: ServerConnection): boolean {
    return this.areSeveral && (index !== this.#current?.index || this.#picker.hasFailed(index));
  }

  /** Takes note that work failed, which may be the server's fault. */
  failed({ index }: ServerConnection, error: unknown): void {
    if (this.areSeveral && isServerFailure(error)) this.#picker.failed(index, realClock.nowMs());
  }

  /** Looks for a better server than the present one, when it is time to; nobody has to wait for it. */
  look(): void {
    const nowMs = realClock.nowMs();
    const isBest = this.#current === undefined ||
      (this.#current.index === 0 && this.#current.isWritable);
    if (!this.areSeveral || isBest || nowMs < this.#lookAtMs) return;
    this.#lookAtMs = nowMs + LOOK_INTERVAL_MS * (0.5 + Math.random());
    this.#looking ??= this.#findBetter(this.#current!, nowMs)
      .finally(() => this.#looking = undefined);
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    await this.#looking;
  }

  /** Waits until a server may be tried, and gives all that may be. */
  async #candidates(): Promise<number[]> {
    const nowMs = realClock.nowMs();
    const pick = this.#picker.pick(nowMs);
    if ("index" in pick) return this.#picker.candidates(nowMs);
    await realClock.sleep(pick.retryAtMs - nowMs);
    return this.#picker.candidates(pick.retryAtMs);
  }

  async #open(index: number, options?: MysqlConnectionOptions): Promise<ServerConnection> {
    let connection: MysqlConnection | undefined;
    try {
      connection = await MysqlConnection.open(this.#servers[index], {
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        ...options,
      });
      const isWritable = await this.#isWritable(connection, index);
      this.#picker.answered(index, realClock.nowMs());
      return { connection, index, isWritable };
    } catch (error) {
      connection?.destroy();
      if (errnoOf(error) !== ER_BAD_DB) this.#picker.failed(index, realClock.nowMs());
      throw error;
    }
  }

  /** Whether a server takes changes; throws where it takes nothing at all. */
  async #isWritable(session: Session, index: number): Promise<boolean> {
    const variables = await readPairs(session, ASK_VARIABLES);
    const isReadOnly = READ_ONLY.some((name) => variables.get(name) === "ON");
    if (variables.get("wsrep_on") !== "ON") return !isReadOnly;
    const status = await readPairs(session, ASK_GALERA);
    if (status.get("wsrep_ready") !== "ON") {
      throw new StoreError(this.#servers[index], new Error("the node is cut off from its cluster"));
    }
    return !isReadOnly && status.get("wsrep_local_state") === SYNCED;
  }

  #goTo<Found extends ServerState>(found: Found): Found {
    const { index, isWritable } = found;
    if (this.#current !== undefined && this.#current.index !== index) {
      log.warn("The database is spoken to at {server} from now on", {
        server: this.#nameOf(index),
      });
    }
    this.#current = { index, isWritable };
    return found;
  }

  #nameOf(index: number): string {
    return describeServers(this.#servers[index]);
  }

  async #findBetter(current: ServerState, nowMs: number): Promise<void> {
    const better = this.#picker.candidates(nowMs)
      .filter((index) => index < current.index || !current.isWritable)
      .toSorted((a, b) => a - b);
    for (const index of better) {
      try {
        const found = await this.#open(index);
        await found.connection.quit();
        if (found.isWritable) return void this.#goTo(found);
      } catch {
        // It is no better.
      }
    }
  }
}

async function readPairs(session: Session, sql: string): Promise<Map<string, string>> {
  const rows = await session.read<{ Variable_name: string; Value: string }>(sql);
  return new Map(rows.map(({ Variable_name, Value }) => [Variable_name.toLowerCase(), Value]));
}
