/**
 * The reporter as a service: threads that receive reports, lanes that store them, and what operators see of both.
 *
 * The lanes run in the main thread; reports are received and decoded in worker threads. The database may be away at any
 * time, also at the start: statuses are held then.
 *
 * @module
 */

import { getLogger } from "../service/observe/logger.ts";
import { Counters } from "../reactor/mod.ts";
import {
  type AdminServer,
  DatabaseHealth,
  Metrics,
  PeerServer,
  type Readiness,
  type Service,
  startAdmin,
  StartError,
  tokensOf,
} from "../service/mod.ts";
import { LevelError, openStatusStore, type StoreConfig, StoreError } from "../sql/mod.ts";
import { storeConfig } from "../sql/options.ts";
import { CallerWatch } from "./intake/caller_watch.ts";
import { DatabaseCheck } from "./database_check.ts";
import { createReporterHandlers, type Handover, type ReporterTask } from "./intake/handlers.ts";
import { INTAKE_COUNTERS, type IntakeCounter } from "./intake/intake.ts";
import { Lanes } from "./lanes/lanes.ts";
import type { ReporterOptions } from "./options.ts";
import { EXPIRY_COUNTERS, type ExpiryCounter, StatusExpiry } from "./lanes/status_expiry.ts";

/** How long all of stopping may take, ms: a little less than what a process has for it. */
const STOP_MS = 4500;

const logger = getLogger("lars", "reporter");

/** A running reporter. */
export class ReporterService implements Service<ReporterOptions> {
  /** What it serves. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly #server: PeerServer<ReporterTask>;
  readonly #lanes: Lanes;
  readonly #admin: AdminServer;
  readonly #expiry: StatusExpiry;
  readonly #check: DatabaseCheck;

  /**
   * Starts a reporter. It serves whether or not the database is there.
   *
   * @throws {StartError} When it cannot have a port, or the database needs to be migrated.
   */
  static async start(options: ReporterOptions): Promise<ReporterService> {
    const { reporter, admin } = options;
    const config = storeConfig(options);
    const health = new DatabaseHealth();
    await checkDatabase(config, health);
    const open = () => openStatusStore(config, { onOldLevel: () => {} }); // told of at start
    const lanes = new Lanes({
      count: laneCount(config, reporter.dbThreadCnt),
      maxPending: reporter.maxPending,
      flushMs: reporter.flushMs,
      open,
      onAsked: (failure) => failure === undefined ? health.answered() : health.failed(failure),
    });
    const expired = new Counters(EXPIRY_COUNTERS);
    const intakes = makeIntakeCounters(options.reactor.threadNum);
    const server = await startServer(options, { lanes, intakes });
    try {
      return new ReporterService({
        server,
        lanes,
        admin: startAdmin({
          hostname: admin.ip,
          port: admin.port,
          tokens: tokensOf(admin),
          metrics: metricsOf({ server, lanes, intakes, expired, health }),
          ready: () => readinessOf(server, { lanes, health }),
        }),
        check: new DatabaseCheck({ open, health }),
        expiry: new StatusExpiry({ open, keepDays: reporter.statusKeepDays, counters: expired }),
      });
    } catch (error) {
      await server.stop();
      await lanes.stop(STOP_MS);
      throw error;
    }
  }

  private constructor(
    { server, lanes, admin, expiry, check }: {
      server: PeerServer<ReporterTask>;
      lanes: Lanes;
      admin: AdminServer;
      expiry: StatusExpiry;
      check: DatabaseCheck;
    },
  ) {
    this.#server = server;
    this.#lanes = lanes;
    this.#admin = admin;
    this.#expiry = expiry;
    this.#check = check;
    this.addresses = { listen: textOf(server.address), admin: textOf(admin.address) };
  }

  /** Takes over flush_ms, max_pending and status_keep_days, who may speak, and the certificate. */
  reload({ reporter, reactor, admin }: ReporterOptions): void {
    this.#server.reload(reactor);
    this.#admin.reload({ tokens: tokensOf(admin) });
    this.#lanes.reload(reporter);
    this.#server.post({ kind: "reload", maxPending: reporter.maxPending });
    this.#expiry.reload({ keepDays: reporter.statusKeepDays });
  }

  /**
   * Accepts no more, takes what was sent, and stores all that is held.
   *
   * @throws {Error} When statuses are lost because the database did not take them in time.
   */
  async stop(): Promise<void> {
    const endMs = performance.now() + STOP_MS;
    void this.#check.stop(); // the database may hold it up
    await Promise.all([this.#expiry.stop(), this.#server.stop()]);
    const lost = await this.#lanes.stop(Math.max(0, endMs - performance.now()));
    await this.#admin.stop();
    if (lost > 0) {
      throw new Error(`Cannot store ${lost} statuses as the database does not take them: lost`);
    }
  }
}

/** Checks that the database is there and of the right level. Only the latter is a reason not to start. */
async function checkDatabase(config: StoreConfig, health: DatabaseHealth): Promise<void> {
  try {
    const store = await openStatusStore(config, {
      onOldLevel: ({ message }) => logger.warn(message),
    });
    health.answered();
    await store.close();
  } catch (error) {
    if (error instanceof LevelError) throw new StartError(error.message, { cause: error });
    if (!(error instanceof StoreError)) throw error;
    health.failed(error.message);
    logger.warn("Database is away, statuses will be held: {reason}", { reason: error.message });
  }
}

/** SQLite has one writer at a time, and blocks the thread that waits for another: a second lane would only block the first. */
function laneCount({ driver }: StoreConfig, wanted: number): number {
  return driver === "sqlite" ? 1 : wanted;
}

function makeIntakeCounters(threads: number): Counters<IntakeCounter>[] {
  return Array.from({ length: Math.max(1, threads) }, () => new Counters(INTAKE_COUNTERS));
}

async function startServer(
  { reactor, log }: ReporterOptions,
  { lanes, intakes }: { lanes: Lanes; intakes: Counters<IntakeCounter>[] },
): Promise<PeerServer<ReporterTask>> {
  const callers = CallerWatch.allocate();
  const starting = PeerServer.start({
    role: "reporter",
    reactor,
    log,
    worker: new URL("./intake/server_worker.ts", import.meta.url),
    createHandlers: createReporterHandlers,
    init: (thread) => ({
      maxPending: lanes.maxPending,
      lastBlock: lanes.lastBlockOf(thread),
      intake: intakes[thread].buffer,
      callers,
    }),
    onPost: ({ rows, block }: Handover, thread) => {
      lanes.put(rows, { thread, block });
      tell({ kind: "taken" }, thread);
    },
    onLost: (thread, reason, error) =>
      logger.error("A receiving thread died and is replaced", { thread, reason, error }),
  });
  /** A thread may receive before the others are started. */
  function tell(task: ReporterTask, thread?: number): void {
    starting.then((server) => server.post(task, thread), () => {});
  }
  lanes.listener = {
    onStored: ({ thread, block }) => tell({ kind: "stored", block }, thread),
    onRefused: (callers) => tell({ kind: "refused", callers }),
  };
  return await starting;
}

function readinessOf(
  { stuck }: PeerServer<ReporterTask>,
  { lanes, health: { problem } }: { lanes: Lanes; health: DatabaseHealth },
): Readiness {
  if (stuck > 0) {
    return {
      ok: false,
      reason: `${stuck} receiving threads hang, restart it: what connects to them is never heard`,
    };
  }
  if (!lanes.isFull) return { ok: true, note: problem };
  const reason = "max_pending statuses are held: new rows are refused";
  return { ok: false, reason: problem === undefined ? reason : `${reason}, as ${problem}` };
}

function metricsOf({ server, lanes, intakes, expired, health }: {
  server: PeerServer<ReporterTask>;
  lanes: Lanes;
  intakes: Counters<IntakeCounter>[];
  expired: Counters<ExpiryCounter>;
  health: DatabaseHealth;
}): Metrics {
  const metrics = new Metrics({ role: "reporter" });
  server.describe(metrics, "lars_reporter_tcp");
  intakes.forEach((counters, thread) => {
    const labels = { worker: String(thread) };
    metrics.addCounters({ prefix: "lars_reporter_statuses", labels, counters });
  });
  lanes.counters.forEach((counters, lane) => {
    metrics.addCounters({ prefix: "lars_reporter_lane", labels: { lane: String(lane) }, counters });
  });
  health.describe(metrics, "lars_reporter");
  metrics.addGauge({
    name: "lars_reporter_threads_stuck",
    help: "Receiving threads that hang and cannot be ended",
    value: () => server.stuck,
  });
  metrics.addCounters({ prefix: "lars_reporter", counters: expired });
  return metrics;
}

function textOf({ hostname, port }: Deno.NetAddr): string {
  return `${hostname}:${port}`;
}
