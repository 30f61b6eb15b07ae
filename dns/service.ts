/**
 * dns as a whole: the watcher's thread that makes route tables, the threads that answer from them, and the admin server.
 *
 * Nothing listens for agents before there is a table: an answer without hosts would have them drop routes that exist,
 * while a server that does not answer leaves them what they have.
 *
 * @module
 */

import { getLogger } from "../service/observe/logger.ts";
import { CallError, Counters, realClock, type Timer, WorkerHost } from "../reactor/mod.ts";
import {
  type AdminServer,
  DatabaseHealth,
  FatalError,
  formatTime,
  Metrics,
  PeerServer,
  type Process,
  type Readiness,
  type Service,
  startAdmin,
  StartError,
  tokensOf,
} from "../service/mod.ts";
import { storeConfig } from "../sql/options.ts";
import { createDnsHandlers, type RoutesChanged } from "./serve/handlers.ts";
import type { DnsOptions } from "./options.ts";
import { ServedTable } from "./serve/served_table.ts";
import { THREAD_COUNTERS, type ThreadCounter } from "./serve/thread_counter.ts";
import { countTable, WATCHER_COUNTERS } from "./watch/watcher_counter.ts";
import type { ReadOutcome } from "./watch/watcher.ts";
import type {
  ToWatcher,
  WatcherInit,
  WatcherMessage,
  WatchSettings,
} from "./watch/watcher_worker.ts";
import type { GuardPage } from "./watch/wipe_guard.ts";

/** A large table keeps the watcher busy, and the one before is served meanwhile. */
const WATCHER_HANG_MS = 10_000;

/** A database that is away may never answer, and many may ask. */
const REFRESH_CALL = { timeoutMs: 5000, maxWaiting: 1000 };

/**
 * Where there is a snapshot to serve, a server that says nothing at the start is away, after as long again as the start has
 * taken: what is slow on a busy machine is the machine. At most so long, ms. A file never hangs.
 */
const SERVER_GRACE_MS = 1000;

const log = getLogger("lars", "dns");

/** A running dns. */
export class DnsService implements Service<DnsOptions> {
  #options: DnsOptions;
  readonly #process: Process;
  readonly #metrics = new Metrics({ role: "dns" });
  readonly #database = new DatabaseHealth();
  readonly #watched = new Counters(WATCHER_COUNTERS);
  readonly #served: ServedTable;
  readonly #threads: Counters<ThreadCounter>[];
  readonly #firstTable = Promise.withResolvers<void>();
  readonly #startedAtSec = Date.now() / 1000;
  #watchSettings: WatchSettings;
  #snapshotTimer?: Timer;
  #servesSnapshot = false;
  /** What of the database is held back. */
  #held: GuardPage["held"] = null;
  #admin!: AdminServer;
  #watcher?: WorkerHost<WatcherInit, ToWatcher, WatcherMessage>;
  #server?: PeerServer<RoutesChanged>;
  /** Changes that came while the server was starting. */
  #waiting: RoutesChanged[] = [];

  /**
   * Starts a dns, and resolves when it answers agents: not before the database has given it a table, or a snapshot has
   * where the database does not answer.
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
    const served = await ServedTable.open(options.dns.snapshot);
    const service = new DnsService(options, process, served);
    await service.#prepare();
    return service;
  }

  private constructor(options: DnsOptions, process: Process, served: ServedTable) {
    this.#options = options;
    this.#process = process;
    this.#served = served;
    countTable(this.#watched, served.table);
    this.#watchSettings = watchSettingsOf(options);
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
      if (this.#watched.get("hosts") === 0) {
        log.warn("Begins without routes: the database has none, and there is no snapshot of any");
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Takes over version_poll_ms, reload_interval, the guard's settings, who may speak, and the certificate. */
  reload(options: DnsOptions): void {
    this.#server?.reload(options.reactor);
    this.#options = options;
    this.#admin.reload({ tokens: tokensOf(options.admin) });
    this.#watchSettings = watchSettingsOf(options);
    this.#watcher?.post({ kind: "settings", settings: this.#watchSettings });
  }

  /** Takes no more requests, ends every connection in peace, and closes the database. */
  async stop(): Promise<void> {
    this.#snapshotTimer?.cancel();
    await Promise.all([this.#server?.stop(), this.#watcher?.stop()]);
    await this.#served.stop();
    await this.#admin.stop();
  }

  async #prepare(): Promise<void> {
    const { admin, store, mysql, log: logging } = this.#options;
    this.#describe();
    this.#admin = startAdmin({
      hostname: admin.ip,
      port: admin.port,
      tokens: tokensOf(admin),
      metrics: this.#metrics,
      ready: () => this.#readiness(),
      routes: {
        "POST /refresh": () => this.#refresh(),
        "GET /guard": () => Response.json({ held: this.#held } satisfies GuardPage),
      },
      about: {
        "POST /refresh": "polls the database now, and answers when that is done",
        "GET /guard": "what is held back since the database lacks it, as JSON",
      },
    });
    this.#watcher = await WorkerHost.start<WatcherInit, ToWatcher, WatcherMessage>({
      url: new URL("./watch/watcher_worker.ts", import.meta.url),
      name: "dns watcher",
      init: () => ({
        store: storeConfig({ store, mysql }),
        settings: this.#watchSettings,
        counters: this.#watched.buffer,
        log: logging,
        table: this.#served.table.buffer,
        agreement: this.#served.agreement,
      }),
      onPost: (message) => this.#take(message),
      onLost: (reason, error) =>
        log.error("The watcher {reason} and is replaced: {error}", {
          reason,
          error: error?.message,
        }),
      hangMs: WATCHER_HANG_MS,
    });
    if (store.driver === "sqlite") return;
    this.#snapshotTimer = realClock.after(Math.min(performance.now(), SERVER_GRACE_MS), () => {
      if (this.#database.askedAtMs === -Infinity) this.#serveSnapshot();
    });
  }

  /** Has agents be answered from the snapshot, where there is one and nothing fresher. */
  #serveSnapshot(): void {
    const { asOfSec } = this.#served;
    if (asOfSec === undefined || this.#servesSnapshot) return;
    this.#servesSnapshot = true;
    log.warn("Serves the snapshot of {asOf}, as the database has given no routes", {
      asOf: formatTime(asOfSec),
    });
    this.#firstTable.resolve();
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
    if (this.#server) return { ok: true, note: this.#notes().join("; ") || undefined };
    const reason = "the database has given no routes yet";
    return { ok: false, reason: problem === undefined ? reason : `${reason}, as ${problem}` };
  }

  /** What is wrong though it serves. */
  #notes(): string[] {
    const { problem } = this.#database;
    const notes = problem === undefined ? [] : [problem];
    const { asOfSec } = this.#served;
    if (asOfSec !== undefined) notes.push(`it serves the snapshot of ${formatTime(asOfSec)}`);
    if (this.#held !== null) {
      const { modules, hosts, sinceSec } = this.#held;
      notes.push(
        `it holds back since ${
          formatTime(sinceSec)
        } that the database lacks ${modules} modules and ` +
          `${hosts} hosts, see lars guard`,
      );
    }
    return notes;
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
    const { reactor, log: logging } = this.#options;
    const server = await PeerServer.start({
      role: "dns",
      reactor,
      log: logging,
      worker: new URL("./serve/server_worker.ts", import.meta.url),
      createHandlers: createDnsHandlers,
      init: (thread) => ({
        table: this.#served.table.buffer,
        reader: 1 + thread,
        counters: this.#threads[thread].buffer,
      }),
      onLost: (thread, reason, error) =>
        log.error("Answering thread {thread} {reason} and is replaced: {error}", {
          thread,
          reason,
          error: error?.message,
        }),
    });
    server.describe(this.#metrics, "lars_dns");
    if (this.#options.reactor !== reactor) server.reload(this.#options.reactor);
    for (const changed of this.#waiting.splice(0)) server.post(changed);
    this.#server = server;
  }

  #take(message: WatcherMessage): void {
    if (message.kind === "database") {
      if (message.failure === undefined) this.#database.answered();
      else {
        this.#database.failed(message.failure);
        this.#serveSnapshot();
      }
      return;
    }
    if (message.kind === "read") return this.#hearOfRead(message.outcome);
    if (message.kind === "failed") {
      this.#firstTable.reject(new StartError(message.reason));
      if (this.#server) this.#process.fail(new FatalError(message.reason));
      return;
    }
    this.#served.changed();
    if (this.#server) this.#server.post(message);
    else this.#waiting.push(message);
  }

  /** A full read is over: what is served is right, or as much of it as the guard lets be; or it failed. */
  #hearOfRead({ agreement, held }: ReadOutcome): void {
    if (agreement === undefined && held === undefined) return this.#serveSnapshot();
    const sinceSec = this.#held?.sinceSec ?? realClock.nowSec();
    this.#held = held === undefined ? null : { ...held, sinceSec };
    this.#served.compared(agreement);
    this.#firstTable.resolve();
  }

  #describe(): void {
    for (const [thread, counters] of this.#threads.entries()) {
      this.#addThreadCounters(thread, counters);
    }
    this.#metrics.addCounters({ prefix: "lars_dns", counters: this.#watched });
    this.#served.describe(this.#metrics);
    this.#database.describe(this.#metrics, "lars_dns");
    this.#metrics.addGauge({
      name: "lars_dns_threads_stuck",
      help: "Answering threads that hang and cannot be ended",
      value: () => this.#server?.stuck ?? 0,
    });
    this.#metrics.addGauge({
      name: "lars_dns_staleness_seconds",
      help:
        "How long ago the database was last asked with success; when never, since the snapshot or the start",
      value: () =>
        realClock.nowSec() -
        (this.#watched.get("polledAtSec") || this.#served.asOfSec || this.#startedAtSec),
    });
  }

  #addThreadCounters<Name extends string>(thread: number, counters: Counters<Name>): void {
    this.#metrics.addCounters({ prefix: "lars_dns", labels: { worker: String(thread) }, counters });
  }
}

function watchSettingsOf({ dns }: DnsOptions): WatchSettings {
  return {
    pollMs: dns.versionPollMs,
    reloadIntervalMs: dns.reloadIntervalMs,
    guard: { percent: dns.guardPercent, confirmations: dns.guardConfirmations },
  };
}

function format({ hostname, port }: Deno.NetAddr): string {
  return `${hostname}:${port}`;
}
