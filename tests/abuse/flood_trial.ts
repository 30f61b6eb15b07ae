/**
 * A flood on one shard of an agent beside a program that picks from it 1,000 times a second, whatever becomes of earlier
 * picks: how much that program keeps, and what is left afterwards.
 *
 * @module
 */

import type { Native } from "../../bench/harness/native.ts";
import { type ModuleName, parseIpv4, shardOf } from "../../proto/mod.ts";
import { migrate, openRouteStore } from "../../sql/mod.ts";
import { PickLoad } from "../../testing/pick_load.ts";
import { Role, storeSettings } from "../../testing/role.ts";
import { StallMeter, TICK_MS } from "../../testing/stall_meter.ts";
import { TempFolder } from "../../testing/temp_folder.ts";
import { until } from "../../testing/until.ts";

/** What is sent: names that nobody has, picks whose answers nobody reads, or what is no request. */
export const FLOOD_KINDS = ["names", "picks", "garbage"] as const;

/** One of {@link FLOOD_KINDS}. */
export type FloodKind = typeof FLOOD_KINDS[number];

/** What the program picks from; the flood goes to the same shard. */
const MODULE: ModuleName = { modid: 1, cmdid: 1 };
const FIRST_UNKNOWN = 1_000_000 - (1_000_000 - MODULE.modid) % 3;
const RATE_PER_SEC = 1_000;

/** A pick is kept when its answer comes before the client asks again, ms; time that we were stalled does not count. */
const KEPT_MS = 100;

/** How long is measured where nothing else is said, s. */
const MEASURE_SEC = 3;

/** The sources of a flood. */
const SOURCES = 250;

/** What a program got in some time. */
export interface Kept {
  /** Of its picks the share that was answered at once. */
  readonly share: number;
  /** How many failed. */
  readonly failed: number;
}

/** What came of a flood. */
export interface FloodResult {
  /** How many datagrams were sent in a second. */
  readonly rate: number;
  /** How many were sent. */
  readonly sent: number;
  /** What the program got meanwhile. */
  readonly during: Kept;
  /** And from 1 s after the end on. */
  readonly after: Kept;
  /** How many datagrams were turned away, and counted. */
  readonly counted: number;
  /** By how much the agent's memory had grown in the end, bytes. */
  readonly grownBytes: number;
}

/** An agent with a program. Disposing of it ends both. */
export class FloodTrial implements AsyncDisposable {
  readonly #native: Native;
  readonly #parts = new AsyncDisposableStack();
  #agent!: Role;
  #dns!: Role;
  readonly #stalls = new StallMeter();
  #picks: { costMs: number; isGood: boolean }[] = [];

  private constructor(native: Native) {
    this.#native = native;
  }

  /** Starts it. */
  static async start(native: Native): Promise<FloodTrial> {
    const trial = new FloodTrial(native);
    try {
      await trial.#start();
    } catch (error) {
      await trial[Symbol.asyncDispose]();
      throw error;
    }
    return trial;
  }

  /** What the program gets while nobody floods. */
  async undisturbed(): Promise<Kept> {
    return await this.#measure(MEASURE_SEC);
  }

  /** How many picks a second the shard answers at most, those of the program besides. */
  async capacity(): Promise<number> {
    const { rate } = await this.#native.load("udp_load", {
      port: this.#port,
      modid: MODULE.modid,
      cmdid: MODULE.cmdid,
      seconds: MEASURE_SEC,
    });
    return rate + RATE_PER_SEC;
  }

  /** Floods, for so long. */
  async flood(kind: FloodKind, { rate, seconds }: { rate: number; seconds: number }): Promise<
    FloodResult
  > {
    const before = await this.#state();
    const flood = this.#native.load("udp_flood", {
      port: this.#port,
      kind,
      rate,
      seconds,
      sources: SOURCES,
      modid: kind === "names" ? FIRST_UNKNOWN : MODULE.modid,
      cmdid: MODULE.cmdid,
    });
    const during = await this.#measure(seconds);
    const sent = await flood;
    await sleep(1);
    const after = await this.#measure(MEASURE_SEC);
    const state = await this.#state();
    return {
      rate: sent.rate,
      sent: sent.answers,
      during,
      after,
      counted: state.counted - before.counted,
      grownBytes: state.bytes - before.bytes,
    };
  }

  /** How many names dns was asked for. */
  asked(): Promise<number> {
    return this.#dns.metric("lars_dns_requests_total");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }

  get #port(): number {
    return this.#agent.port + shardOf(MODULE);
  }

  async #start(): Promise<void> {
    const config = this.#parts.use(new TempFolder()).database;
    await migrate(config);
    await using routes = await openRouteStore(config);
    await routes.addHosts(MODULE, [{ ip: parseIpv4("127.0.0.1")!, port: 9001 }]);
    this.#dns = this.#parts.use(await Role.start("dns", storeSettings(config)));
    const servers = [`dnsserver.port=${this.#dns.port}`, "reporter.port=1"];
    this.#agent = this.#parts.use(await Role.start("agent", servers));
    const load = this.#parts.use(
      new PickLoad({
        agent: "agent",
        port: this.#agent.port,
        ratePerSec: RATE_PER_SEC,
        drawModule: () => MODULE,
        nowMs: () => performance.now(),
        onPick: ({ startMs, endMs, error }) => {
          this.#stalls.tick(endMs);
          const costMs = this.#stalls.unstalledMs(startMs, endMs);
          this.#picks.push({ costMs, isGood: error === undefined });
        },
      }),
    );
    const timer = setInterval(() => this.#stalls.tick(performance.now()), TICK_MS);
    this.#parts.defer(() => clearInterval(timer));
    await until(async () => (await load.portsOf(MODULE)).length > 0);
    load.start();
  }

  async #measure(seconds: number): Promise<Kept> {
    this.#picks = [];
    await sleep(seconds);
    const picks = this.#picks;
    const kept = picks.filter(({ costMs, isGood }) => isGood && costMs < KEPT_MS).length;
    // Those that are still waited for are no more kept than those that failed.
    const due = Math.max(picks.length, seconds * RATE_PER_SEC);
    return { share: kept / due, failed: picks.filter(({ isGood }) => !isGood).length };
  }

  async #state(): Promise<{ counted: number; bytes: number }> {
    const counters = [
      "socket_drops",
      "pulls_refused_total",
      "udp_bad_length_total",
      "udp_unknown_total",
      "udp_malformed_total",
    ];
    const counts = await Promise.all(
      counters.map((name) => this.#agent.metric(`lars_agent_${name}`)),
    );
    return {
      counted: counts.reduce((sum, count) => sum + count),
      bytes: await this.#agent.metric("process_resident_memory_bytes"),
    };
  }
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
