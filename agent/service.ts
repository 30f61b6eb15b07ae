/**
 * The agent as a service: its ports, its threads, and what operators see of them.
 *
 * @module
 */

import { isLoopback, parseIpv4, SHARD_COUNT } from "../proto/mod.ts";
import {
  type AdminServer,
  type Admission,
  admissionOf,
  formatTime,
  Metrics,
  type Process,
  type Readiness,
  type Service,
  startAdmin,
  StartError,
  tokensOf,
} from "../service/mod.ts";
import { explainRoutes } from "./explain/explain_page.ts";
import { faultRoutes } from "./supervisor/faults.ts";
import type { ShardSettings } from "./messages.ts";
import { accessOf, type AgentOptions, serversOf } from "./options.ts";
import { claimPorts } from "./supervisor/ports.ts";
import { type ClientAccess, Supervisor } from "./supervisor/supervisor.ts";

/** How often other free ports are tried when somebody takes them before they are bound. */
const START_ATTEMPTS = 10;

/** A running agent. */
export class AgentService implements Service<AgentOptions> {
  /** What it serves: `listen` is the first of its three UDP addresses. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly #supervisor: Supervisor;
  readonly #admin: AdminServer;

  /**
   * Starts an agent. It serves at once, whether or not dns and reporter are there.
   *
   * @throws {StartError} When it cannot have its ports, or others reach them and it is not said who may ask.
   */
  static async start(options: AgentOptions, process: Process): Promise<AgentService> {
    const { supervisor, listen } = await startThreads(options, process);
    const upstreams = upstreamsOf(options, supervisor);
    try {
      const admin = startAdmin({
        hostname: options.admin.ip,
        port: options.admin.port,
        tokens: tokensOf(options.admin),
        metrics: metricsOf(supervisor, upstreams),
        ready: () => readinessOf(supervisor, upstreams),
        routes: {
          ...explainRoutes((shard, request) => supervisor.explain(shard, request)),
          ...mayBreak() && faultRoutes((worker, kind) => supervisor.injectFault(worker, kind)),
        },
        about: {
          "GET /explain":
            "why the picks of ?modid=M&cmdid=C go where they go, or which modules there are",
        },
      });
      return new AgentService(supervisor, admin, listen);
    } catch (error) {
      await supervisor.stop();
      throw error;
    }
  }

  private constructor(supervisor: Supervisor, admin: AdminServer, listen: string) {
    this.#supervisor = supervisor;
    this.#admin = admin;
    const { hostname, port } = admin.address;
    this.addresses = { listen, admin: `${hostname}:${port}` };
  }

  /** Takes over all of [loadbalance], [agent] but for the caller, and how dns and reporter let it in. */
  reload(options: AgentOptions): void {
    this.#supervisor.reload(shardSettingsOf(options), clientAccessOf(options));
    this.#admin.reload({ tokens: tokensOf(options.admin) });
  }

  /** Answers no more, sends the last statuses to reporter, and ends the threads. */
  async stop(): Promise<void> {
    await this.#supervisor.stop();
    await this.#admin.stop();
  }
}

function clientAccessOf({ dnsserver, reporter }: AgentOptions): ClientAccess {
  return { dns: accessOf(dnsserver, "lars-agent"), reporter: accessOf(reporter, "lars-agent") };
}

/** Who may ask; of ports that others reach it has to be said. */
function askersOf({ agent, reactor }: AgentOptions): Admission {
  const admission = admissionOf(agent);
  if (isLoopback(reactor.ip) || admission.networks.length + admission.tokens.length > 0) {
    return admission;
  }
  throw new StartError(
    `Cannot listen on ${reactor.ip}, which others can reach, without knowing who may ask: set [agent] networks to where ` +
      "programs are (0.0.0.0/0 is everywhere), or [agent] tokens_file to what they show",
  );
}

function shardSettingsOf(options: AgentOptions): ShardSettings {
  const { agent, loadbalance } = options;
  const { updateTimeoutMs, ...balancer } = loadbalance;
  const { firstPullWaitMs, negativeTtlMs, unknownNamesPerSec, reportIntervalMs } = agent;
  return {
    balancer,
    times: { firstPullWaitMs, updateTimeoutMs, negativeTtlMs, unknownNamesPerSec },
    reportIntervalMs,
    admission: askersOf(options),
  };
}

/** Starts the threads on the ports that are configured, or on any three free ones. */
async function startThreads(
  options: AgentOptions,
  process: Process,
): Promise<{ supervisor: Supervisor; listen: string }> {
  const { agent, reactor, log } = options;
  const hostname = reactor.ip;
  for (let attempt = 1;; attempt++) {
    const port = claimOrExplain({ hostname, port: reactor.port });
    try {
      const supervisor = await Supervisor.start({
        shards: {
          hostname,
          port,
          batches: reactor.udpBatch === "on",
          ...shardSettingsOf(options),
        },
        dns: serversOf(options.dnsserver),
        snapshot: agent.snapshot,
        reporter: serversOf(options.reporter),
        access: clientAccessOf(options),
        caller: agent.caller === undefined ? undefined : parseIpv4(agent.caller),
        log,
        onStuck: (error) => process.fail(error),
      });
      return { supervisor, listen: `${hostname}:${port}` };
    } catch (error) {
      // A port that was free a moment ago may be another process's when its shard binds it.
      if (!isAddrInUse(error)) throw error;
      if (reactor.port !== 0 || attempt === START_ATTEMPTS) {
        throw cannotListen(error, { hostname, port });
      }
    }
  }
}

function claimOrExplain(wanted: { hostname: string; port: number }): number {
  try {
    return claimPorts(wanted);
  } catch (error) {
    throw cannotListen(error, wanted);
  }
}

/** Errors of another thread keep their name, not their class. */
function isAddrInUse(error: unknown): boolean {
  return error instanceof Error && error.name === "AddrInUse";
}

function cannotListen(
  cause: unknown,
  { hostname, port }: { hostname: string; port: number },
): StartError {
  const last = port + SHARD_COUNT - 1;
  const reason = isAddrInUse(cause)
    ? "as one of them is in use (another agent?): choose others with [reactor] port, 0 being any"
    : `(${cause instanceof Error ? cause.message : cause})`;
  return new StartError(`Cannot listen on UDP ${hostname}:${port} to ${last} ${reason}`, { cause });
}

/** Whether faults may be asked for: nothing that runs in earnest allows it. */
function mayBreak(): boolean {
  return Deno.env.get("LARS_FAULTS") === "1";
}

/** Servers of one kind, and what is counted of the connection to them. */
interface Upstream {
  /** "dns" or "reporter". */
  readonly peer: string;
  readonly endpoints: readonly string[];
  readonly counters: Supervisor["dnsCounters"];
}

function upstreamsOf({ dnsserver, reporter }: AgentOptions, supervisor: Supervisor): Upstream[] {
  return [
    { peer: "dns", section: dnsserver, counters: supervisor.dnsCounters },
    { peer: "reporter", section: reporter, counters: supervisor.reporterTcpCounters },
  ].map(({ section, ...upstream }) => ({
    ...upstream,
    endpoints: serversOf(section).endpoints.map(({ hostname, port }) => `${hostname}:${port}`),
  }));
}

function readinessOf(supervisor: Supervisor, upstreams: readonly Upstream[]): Readiness {
  const { missing } = supervisor;
  if (missing.length > 0) return { ok: false, reason: `not running: ${missing.join(", ")}` };
  const notes = [...upstreams.map(failureOf), staleness(supervisor)];
  return { ok: true, note: notes.filter((note) => note !== undefined).join("; ") || undefined };
}

/** Which servers of one kind do not serve, if any. */
function failureOf({ peer, endpoints, counters }: Upstream): string | undefined {
  const failing = counters.get("failing");
  if (failing === 0) return undefined;
  const used = endpoints[counters.get("endpoint") - 1] ?? "none";
  return endpoints.length === 1
    ? `${peer} at ${endpoints[0]} does not answer`
    : `${failing} of ${endpoints.length} endpoints of ${peer} did not answer when last tried, in use is ${used}`;
}

/** What is served that may be outdated, if anything. */
function staleness({ fallbackCounters }: Supervisor): string | undefined {
  const modules = fallbackCounters.get("unconfirmed");
  if (modules === 0) return undefined;
  return `dns has not answered yet for ${modules} modules, which are served as of ` +
    formatTime(fallbackCounters.get("asOfSec"));
}

function metricsOf(supervisor: Supervisor, upstreams: readonly Upstream[]): Metrics {
  const metrics = new Metrics({ role: "agent" });
  for (let shard = 0; shard < SHARD_COUNT; shard++) {
    const labels = { shard: String(shard) };
    const { shardCounters, udpCounters } = supervisor;
    metrics.addCounters({ prefix: "lars_agent", labels, counters: shardCounters[shard] });
    metrics.addCounters({ prefix: "lars_agent_udp", labels, counters: udpCounters[shard] });
  }
  metrics.addCounters({ prefix: "lars_agent_status", counters: supervisor.reporterCounters });
  for (const { peer, endpoints, counters } of upstreams) {
    metrics.addCounters({ prefix: "lars_agent_tcp", labels: { peer }, counters });
    for (const [index, endpoint] of endpoints.entries()) {
      metrics.addGauge({
        name: "lars_agent_endpoint_in_use",
        help: "1 for the endpoints that the agent is connected to, 0 for the others",
        labels: { peer, endpoint },
        value: () => Number(counters.get("endpoint") === index + 1),
      });
    }
  }
  for (const counters of [supervisor.snapshotCounters, supervisor.fallbackCounters]) {
    metrics.addCounters<string>({ prefix: "lars_agent_snapshot", counters });
  }
  metrics.addGauge({
    name: "lars_agent_snapshot_age_seconds",
    help: "How old the snapshot is out of which modules are served; 0 when none is",
    value: () => {
      const { fallbackCounters } = supervisor;
      if (fallbackCounters.get("unconfirmed") === 0) return 0;
      return Date.now() / 1000 - fallbackCounters.get("asOfSec");
    },
  });
  metrics.addGauge({
    name: "lars_agent_workers_missing",
    help: "Threads that are being replaced now",
    value: () => supervisor.missing.length,
  });
  metrics.addCounters({ prefix: "lars_agent", counters: supervisor.counters });
  metrics.addGauge({
    name: "lars_agent_workers_stuck",
    help: "Threads that hang and cannot be ended; the agent restarts before there are many",
    value: () => supervisor.stuck,
  });
  return metrics;
}
