/**
 * dns as a whole: the watcher's thread that makes route tables, the threads that answer from them, and the admin server.
 *
 * Nothing listens for agents before there is a table: an answer without hosts would have them drop routes that exist,
 * while a server that does not answer leaves them what they have.
 *
 * @module
 */

import { getLogger } from "../service/observe/logger.ts";
import { CallError, Counters, startTcpServer, type TcpServer, WorkerHost } from "../reactor/mod.ts";
import {
  type AdminServer,
  DatabaseHealth,
  FatalError,
  Metrics,
  type Process,
  type Readiness,
  type Service,
  startAdmin,
  StartError,
} from "../service/mod.ts";
import { storeConfig } from "../sql/options.ts";
import { createDnsHandlers, type TableSwitch } from "./serve/handlers.ts";
import type { DnsOptions } from "./options.ts";
import { THREAD_COUNTERS, type ThreadCounter } from "./serve/thread_counter.ts";
import { WATCHER_COUNTERS } from "./watch/watcher_counter.ts";
import type { ToWatcher, WatcherInit, WatcherMessage, WatchTimes } from "./watch/watcher_worker.ts";

/** A large table keeps the watcher busy, and the one before is served meanwhile. */
const WATCHER_HANG_MS = 10_000;

/** A database that is away may never answer, and many may ask. */
const REFRESH_CALL = { timeoutMs: 5000, maxWaiting: 1000 };

const log = getLogger("lars", "dns");

/** A running dns. */
export class DnsService implements Service<DnsOptions> {
  readonly #options: DnsOptions;
  readonly #process: Process;
  readonly #metrics = new Metrics({ role: "dns" });
  readonly #database = new DatabaseHealth();
  readonly #watched = new Counters(WATCHER_COUNTERS);
  readonly #threads: Counters<ThreadCounter>[];
  readonly #firstTable = Promise.withResolvers<void>();
  readonly #startedAtSec = Date.now() / 1000;
  #watchTimes: WatchTimes;
  #table?: SharedArrayBuffer;
  #admin!: AdminServer;
  #watcher?: WorkerHost<WatcherInit, ToWatcher, WatcherMessage>;
  #server?: TcpServer<TableSwitch>;
  /** Switches that came while the server was starting. */
  #waiting: TableSwitch[] = [];

  /**
   * Starts a dns, and resolves when it answers agents: not before the database has given it a table.
   *
   * @throws {StartError} When it cannot listen, or the database lacks migrations.
   */
  static async start(options: DnsOptions, process: Process): Promise<DnsService> {
    const service = await DnsService.prepare(options, process);
    await service.serve();
    return service;
  }

  /**
   * Starts all of a dns that agents do not see: from here on it tells operators how it is, and waits for the database.
   *
   * @throws {StartError} When the admin server cannot listen.
   */
  static async prepare(options: DnsOptions, process: Process): Promise<DnsService> {
    const service = new DnsService(options, process);
    await service.#prepare();
    return service;
  }

  private constructor(options: DnsOptions, process: Process) {
    this.#options = options;
    this.#process = process;
    this.#watchTimes = watchTimesOf(options);
    this.#threads = Array.from(
      { length: Math.max(1, options.reactor.threadNum) },
      () => new Counters(THREAD_COUNTERS),
    );
    this.#firstTable.promise.catch(() => {}); // heard by serve(), which nobody may have called yet
  }

  /** Where it serves: `listen` for agents, once it does, and `admin`. */
  get addresses(): Record<string, string> {
    const addresses = { admin: format(this.#admin.address) };
    return this.#server ? { listen: format(this.#server.address), ...addresses } : addresses;
  }

  /** Waits for a table and starts to answer agents from it. */
  async serve(): Promise<void> {
    try {
      await this.#firstTable.promise;
      await this.#listen();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Takes over version_poll_ms and reload_interval. */
  reload(options: DnsOptions): void {
    this.#watchTimes = watchTimesOf(options);
    this.#watcher?.post({ kind: "times", times: this.#watchTimes });
  }

  /** Takes no more requests, ends every connection in peace, and closes the database. */
  async stop(): Promise<void> {
    await Promise.all([this.#server?.stop(), this.#watcher?.stop()]);
    await this.#admin.stop();
  }

  async #prepare(): Promise<void> {
    const { admin, store, mysql, log: logging } = this.#options;
    this.#describe();
    this.#admin = startAdmin({
      hostname: admin.ip,
      port: admin.port,
      metrics: this.#metrics,
      ready: () => this.#readiness(),
      routes: { "POST /refresh": () => this.#refresh() },
      about: { "POST /refresh": "has the database looked at now, and says when that is done" },
    });
    this.#watcher = await WorkerHost.start<WatcherInit, ToWatcher, WatcherMessage>({
      url: new URL("./watch/watcher_worker.ts", import.meta.url),
      name: "dns watcher",
      init: () => ({
        store: storeConfig({ store, mysql }),
        times: this.#watchTimes,
        counters: this.#watched.buffer,
        log: logging,
        table: this.#table,
      }),
      onPost: (message) => this.#hear(message),
      onLost: (reason, error) =>
        log.error("The watcher {reason} and is replaced: {error}", {
          reason,
          error: error?.message,
        }),
      hangMs: WATCHER_HANG_MS,
    });
  }

  #readiness(): Readiness {
    const { problem } = this.#database;
    const stuck = this.#server?.stuck ?? 0;
    if (stuck > 0) {
      return {
        ok: false,
        reason:
          `${stuck} answering threads hang, restart it: what connects to them is never answered`,
      };
    }
    if (this.#server) return { ok: true, note: problem };
    const reason = "the database has given no routes yet";
    return { ok: false, reason: problem === undefined ? reason : `${reason}, as ${problem}` };
  }

  /** Has the database be polled: 204 when that is done, 503 when it does not answer. */
  async #refresh(): Promise<Response> {
    let reason = "the database does not answer";
    try {
      if (await this.#watcher?.call({ kind: "refresh" }, REFRESH_CALL)) {
        return new Response(null, { status: 204 });
      }
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      if (error.failure === "busy") reason = "too many wait for it already";
    }
    return new Response(`not refreshed: ${reason}\n`, { status: 503 });
  }

  async #listen(): Promise<void> {
    const { ip: hostname, port, maxConn, threadNum } = this.#options.reactor;
    const server = await startTcpServer({
      hostname,
      port,
      maxConn,
      threads: threadNum,
      worker: new URL("./serve/server_worker.ts", import.meta.url),
      createHandlers: createDnsHandlers,
      init: (thread) => ({ table: this.#table!, counters: this.#threads[thread].buffer }),
      onLost: (thread, reason, error) =>
        log.error("Answering thread {thread} {reason} and is replaced: {error}", {
          thread,
          reason,
          error: error?.message,
        }),
    }).catch((error) => {
      const reason = error instanceof Deno.errors.AddrInUse
        ? "as it is in use (another dns?): choose another with [reactor] port, 0 being any"
        : `(${error.message})`;
      throw new StartError(`Cannot listen on ${hostname}:${port} ${reason}`, { cause: error });
    });
    for (const [thread, counters] of server.counters.entries()) {
      this.#addThreadCounters(thread, counters);
    }
    for (const tableSwitch of this.#waiting.splice(0)) server.post(tableSwitch);
    this.#server = server;
  }

  #hear(message: WatcherMessage): void {
    if (message.kind === "database") {
      if (message.failure === undefined) this.#database.answered();
      else this.#database.failed(message.failure);
      return;
    }
    if (message.kind === "failed") {
      this.#firstTable.reject(new StartError(message.reason));
      if (this.#server) this.#process.fail(new FatalError(message.reason));
      return;
    }
    this.#table = message.table;
    this.#firstTable.resolve();
    if (this.#server) this.#server.post(message);
    else this.#waiting.push(message);
  }

  #describe(): void {
    for (const [thread, counters] of this.#threads.entries()) {
      this.#addThreadCounters(thread, counters);
    }
    this.#metrics.addCounters({ prefix: "lars_dns", counters: this.#watched });
    this.#database.describe(this.#metrics, "lars_dns");
    this.#metrics.addGauge({
      name: "lars_dns_threads_stuck",
      help: "Answering threads that hang and cannot be ended",
      value: () => this.#server?.stuck ?? 0,
    });
    this.#metrics.addGauge({
      name: "lars_dns_staleness_seconds",
      help: "How long ago the database was last asked with success; since the start when never",
      value: () => Date.now() / 1000 - (this.#watched.get("polledAtSec") || this.#startedAtSec),
    });
  }

  #addThreadCounters<Name extends string>(thread: number, counters: Counters<Name>): void {
    this.#metrics.addCounters({ prefix: "lars_dns", labels: { worker: String(thread) }, counters });
  }
}

function watchTimesOf({ dns }: DnsOptions): WatchTimes {
  return { pollMs: dns.versionPollMs, reloadIntervalMs: dns.reloadIntervalMs };
}

function format({ hostname, port }: Deno.NetAddr): string {
  return `${hostname}:${port}`;
}
