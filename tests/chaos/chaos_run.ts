/**
 * A chaos run: a system under load is broken by the faults of a seed, and what it does is judged by oracles.
 *
 * @module
 */

import { type ModuleName, shardOf } from "../../proto/mod.ts";
import { openStatusStore } from "../../sql/mod.ts";
import { SHARD_NAMES } from "../../agent/supervisor/threads.ts";
import { type Pick, PickLoad } from "../../testing/pick_load.ts";
import { SeededRandom } from "../../testing/seeded_random.ts";
import { Excuses } from "./excuses.ts";
import { areRivals, type Fault, type FaultRecord, nameOf } from "./fault.ts";
import { inject } from "./fault_injector.ts";
import { drawFaults } from "./fault_schedule.ts";
import { type DatabaseName, possibleFaults } from "./possible_faults.ts";
import { RouteOracle } from "./route_oracle.ts";
import { RouteWriter } from "./route_writer.ts";
import { StallMeter, TICK_MS } from "../../testing/stall_meter.ts";
import { StatusOracle, type Told } from "./status_oracle.ts";
import { ChaosSystem } from "./system.ts";

/** What is called all the time, four modules of each shard, and what of their hosts changes. */
const MODULES = Array.from({ length: 12 }, (_, i): ModuleName => ({ modid: 1 + i, cmdid: 1 }));

/** Each second one more is called, for the first and the last time: its statuses are never sent by chance. */
const FIRST_VISITED = 1001;
const VISITS = 5;

/** Picks a second, of each agent. */
const RATE_PER_SEC = 100;

/** Beyond it a pick counts as failed, ms: it is all that the client gives an agent that has not answered lately. */
const LATE_MS = 2_000;

/** Before the first fault, ms. */
const WARM_UP_MS = 2_000;

/** A violation is shown with faults that were over for less than this, ms. */
const AFTERMATH_MS = 5_000;

/** After the last fault, before anything is held against what oracles say, ms. */
const CALM_MS = 4_000;

/** How long things may take to be as they must, ms. */
const CONVERGENCE_MS = 15_000;

/** How much more memory a role may have in the end than before the first fault. */
const MEMORY_BYTES = 100 * 2 ** 20;

/** What is run. */
export interface ChaosOptions {
  /** What the faults are drawn from. */
  readonly seed: number;
  /** For how long there are faults, s. */
  readonly seconds: number;
  /** On which database. */
  readonly database: DatabaseName;
  /** Tells what happens as it happens; the time is in ms since the run began. */
  readonly say: (atMs: number, text: string) => void;
}

/** What must not be. */
export interface Violation {
  /** When, ms since the run began. */
  readonly atMs: number;
  /** What. */
  readonly text: string;
  /** The faults under way then, or over shortly before. */
  readonly during: readonly FaultRecord[];
}

/** What came of a run. */
export interface ChaosResult {
  /** What was wrong, in the order of time. */
  readonly violations: readonly Violation[];
  /** What was counted, in words. */
  readonly summary: string;
  /** What the roles logged. */
  readonly log: readonly string[];
}

/** Runs it. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  await using run = new ChaosRun(options);
  return await run.run();
}

class ChaosRun implements AsyncDisposable {
  readonly #options: ChaosOptions;
  readonly #parts = new AsyncDisposableStack();
  readonly #faults: readonly Fault[];
  readonly #visited: readonly ModuleName[];
  readonly #records: FaultRecord[] = [];
  readonly #stalls = new StallMeter();
  readonly #excuses = new Excuses(this.#records, this.#stalls);
  readonly #routes = new RouteOracle();
  readonly #statuses = new StatusOracle();
  readonly #random: SeededRandom;
  readonly #loads: PickLoad[] = [];
  /** Picks that failed, or gave what had been dropped: judged in the end, when it is known how long faults were. */
  readonly #suspects: Pick[] = [];
  readonly #violations: Violation[] = [];
  #startMs = performance.now();
  #system!: ChaosSystem;
  #picks = 0;
  #longestMs = 0;
  #excused = 0;

  constructor(options: ChaosOptions) {
    this.#options = options;
    const { seed, seconds, database } = options;
    this.#random = new SeededRandom(seed);
    const drawn = drawFaults(seed, { possible: possibleFaults(database), forMs: seconds * 1000 });
    this.#faults = drawn.map((fault) => ({ ...fault, atMs: WARM_UP_MS + fault.atMs }));
    this.#visited = Array.from(
      { length: seconds },
      (_, i) => ({ modid: FIRST_VISITED + i, cmdid: 1 }),
    );
  }

  async run(): Promise<ChaosResult> {
    const { seconds: faultSec, database } = this.#options;
    const clocks = this.#faults.filter(({ kind }) => kind === "clock").map(({ target }) =>
      target.role
    );
    const system = this.#system = this.#parts.use(
      await ChaosSystem.start({
        database,
        clocks: new Set(clocks),
        onCrash: (name, code) => this.#violate(`${name} ended by itself, with exit code ${code}`),
      }),
    );
    const nowMs = () => this.#nowMs();
    const writer = new RouteWriter(system.config, {
      oracle: this.#routes,
      random: this.#random,
      nowMs,
    });
    this.#parts.defer(() => writer.stop());
    await writer.fill([...MODULES, ...this.#visited]);
    for (const agent of system.agents) {
      const load = new PickLoad({
        agent,
        port: system.roles.get(agent)!.port,
        ratePerSec: RATE_PER_SEC,
        drawModule: () => this.#random.pick(MODULES),
        nowMs,
        onPick: (pick) => this.#onPick(pick),
      });
      this.#loads.push(this.#parts.use(load));
    }
    await this.#converge("routes", () => this.#wrongRoutes());
    this.#beginTime();
    for (const load of this.#loads) load.start();
    writer.start(MODULES);
    await this.#sleepUntil(WARM_UP_MS);
    const before = await this.#memory();
    await Promise.all([
      ...this.#faults.map((fault) => this.#commit(fault)),
      ...this.#visited.map((module, i) => this.#visit(module, WARM_UP_MS + i * 1000)),
    ]);
    await this.#sleepUntil(WARM_UP_MS + faultSec * 1000 + CALM_MS);
    await writer.stop();
    this.#say("no more faults and changes: all must be right now");
    await this.#converge("routes", () => this.#wrongRoutes());
    await Promise.all(this.#loads.map((load) => load.stop()));
    await this.#converge("statuses", () => this.#wrongStatuses());
    await this.#converge("memory", async () => grownRoles(before, await this.#memory()));
    for (const pick of this.#suspects) this.#judge(pick);
    const summary = this.#summarize(writer.changes);
    await this.#parts.disposeAsync();
    const violations = this.#violations.toSorted((a, b) => a.atMs - b.atMs);
    return { violations, summary, log: system.log };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }

  #nowMs(): number {
    return performance.now() - this.#startMs;
  }

  #beginTime(): void {
    this.#startMs = performance.now();
    const timer = setInterval(() => this.#stalls.tick(this.#nowMs()), TICK_MS);
    this.#parts.defer(() => clearInterval(timer));
  }

  /** Makes a fault when it is due, unless its target is at fault still. */
  async #commit(fault: Fault): Promise<void> {
    await this.#sleepUntil(fault.atMs);
    const isUnderWay = this.#records.some(({ target, toMs }) =>
      toMs === Infinity && areRivals(target, fault.target)
    );
    if (isUnderWay) return this.#say(`left out, as another is not over: ${describe(fault)}`);
    await this.#make(fault);
    if (fault.kind !== "hang") return;
    // Nothing but its process's end ends a thread that hangs.
    const { target: { role } } = fault;
    await this.#make({ kind: "kill", target: { role }, atMs: this.#nowMs(), forMs: 0 });
  }

  /** Makes a fault, and ends it. */
  async #make(fault: Fault): Promise<void> {
    const record: FaultRecord = { ...fault, fromMs: this.#nowMs(), toMs: Infinity };
    this.#records.push(record);
    this.#say(describe(fault));
    try {
      const undo = await inject(fault, this.#system);
      await this.#sleepUntil(fault.atMs + fault.forMs);
      await undo();
    } catch (error) {
      this.#say(`that failed: ${error}`);
    }
    record.toMs = this.#nowMs();
    this.#say(`over: ${fault.kind} ${nameOf(fault.target)}`);
  }

  /** Calls hosts of a module that nobody else calls. */
  async #visit(module: ModuleName, atMs: number): Promise<void> {
    await this.#sleepUntil(atMs);
    const picks = this.#loads.flatMap((load) =>
      Array.from({ length: VISITS }, () => load.pick(module))
    );
    await Promise.all(picks);
  }

  #onPick(pick: Pick): void {
    const { agent, modid, cmdid, port, startMs, endMs } = pick;
    this.#picks++;
    this.#longestMs = Math.max(this.#longestMs, endMs - startMs);
    if (port === undefined || endMs - startMs > LATE_MS) this.#suspects.push(pick);
    if (port === undefined) return;
    const time = { nowMs: endMs, nowSec: Date.now() / 1000 };
    this.#statuses.report({ agent, modid, cmdid, port }, time);
    if (this.#routes.droppedAtMs(pick, port) < startMs) this.#suspects.push(pick);
  }

  #judge({ agent, modid, cmdid, startMs, endMs, port, error }: Pick): void {
    const name = `(${modid}, ${cmdid})`;
    const shard = shardNameOf({ modid, cmdid });
    const mayFail = () => this.#excuses.mayFail(agent, { shard, startMs, endMs });
    const mayBeUnknown = () =>
      modid >= FIRST_VISITED &&
      [startMs, endMs].some((nowMs) => this.#excuses.mayBeBehind(agent, nowMs));
    if (port === undefined) {
      if (mayFail() || mayBeUnknown()) this.#excused++;
      else this.#violate(`a pick of ${name} failed at ${agent}: ${error}`, startMs);
      return;
    }
    if (this.#stalls.unstalledMs(startMs, endMs) > LATE_MS && !mayFail() && !mayBeUnknown()) {
      const late = seconds(endMs - startMs);
      this.#violate(`a pick of ${name} had its answer of ${agent} after ${late}`, startMs);
    }
    const droppedAtMs = this.#routes.droppedAtMs({ modid, cmdid }, port);
    if (droppedAtMs === -Infinity) {
      this.#violate(`${agent} picked for ${name} port ${port}, which it never had`, startMs);
    } else if (!this.#excuses.mayBeStale(agent, { droppedAtMs, nowMs: startMs })) {
      const age = seconds(startMs - droppedAtMs);
      this.#violate(`${agent} picked for ${name} port ${port}, dropped ${age} before`, startMs);
    }
  }

  /** The routes that an agent has otherwise than the database. */
  async #wrongRoutes(): Promise<string[]> {
    const wrong: string[] = [];
    for (const [i, load] of this.#loads.entries()) {
      for (const module of MODULES) {
        const [has, must] = [await load.portsOf(module), this.#routes.portsOf(module)].map(String);
        if (has === must) continue;
        wrong.push(`agent${i + 1} has for (${module.modid}, 1) ${has}, and must have ${must}`);
      }
    }
    return wrong;
  }

  /** The statuses that the database lacks. */
  async #wrongStatuses(): Promise<string[]> {
    await using store = await openStatusStore(this.#system.config);
    const missing = this.#statuses.missing(await store.read(), {
      callers: this.#system.callers,
      expect: (told) => this.#expectedOf(told),
    });
    return missing.map(({ agent, modid, port, reports, lastMs }) =>
      `the database lacks what ${agent} was told of (${modid}, 1) port ${port}, ` +
      `${reports} times until second ${seconds(lastMs)}`
    );
  }

  #expectedOf(told: Told): "nothing" | "newest" | "all" {
    if (told.modid < FIRST_VISITED) {
      const isThere = this.#routes.droppedAtMs(told, told.port) === Infinity;
      return isThere ? "newest" : "nothing";
    }
    const shard = shardNameOf(told);
    return this.#excuses.mayBeLost(told.agent, { ...told, shard }) ? "nothing" : "all";
  }

  /** How much memory each role has, bytes. */
  async #memory(): Promise<Map<string, number>> {
    const memory = new Map<string, number>();
    for (const [name, role] of this.#system.roles) {
      memory.set(name, await role.metric("process_resident_memory_bytes"));
    }
    return memory;
  }

  /** Waits until nothing is wrong; what is so for too long is a violation each. */
  async #converge(what: string, findWrong: () => Promise<string[]>): Promise<void> {
    const fromMs = this.#nowMs();
    for (;;) {
      const wrong = await findWrong();
      const nowMs = this.#nowMs();
      if (wrong.length === 0) return this.#say(`${what} right after ${seconds(nowMs - fromMs)}`);
      if (this.#stalls.unstalledMs(fromMs, nowMs) > CONVERGENCE_MS) {
        for (const text of wrong) this.#violate(text);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  #violate(text: string, atMs = this.#nowMs()): void {
    const during = this.#records.filter(({ fromMs, toMs }) =>
      fromMs <= atMs + LATE_MS && atMs < toMs + AFTERMATH_MS
    );
    this.#violations.push({ atMs, text, during });
  }

  #say(text: string): void {
    this.#options.say(this.#nowMs(), text);
  }

  #summarize(changes: number): string {
    const stalledMs = this.#stalls.stalledMs(0, this.#nowMs());
    return `${this.#picks} picks, the longest ${
      seconds(this.#longestMs)
    }, ${this.#excused} failed ` +
      `that may; ${this.#records.length} faults; ${changes} changes of routes; the harness stalled ` +
      `for ${seconds(stalledMs)} in all, which counts for no limit`;
  }

  async #sleepUntil(atMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, atMs - this.#nowMs())));
  }
}

/** A fault in a timeline. */
function describe({ kind, target, forMs }: Fault): string {
  return `${kind} ${nameOf(target)}${forMs === 0 ? "" : ` for ${seconds(forMs)}`}`;
}

/** The thread of an agent that serves a module. */
function shardNameOf(module: ModuleName): string {
  return SHARD_NAMES[shardOf(module)];
}

/** Who has much more memory than before. */
function grownRoles(before: Map<string, number>, now: Map<string, number>): string[] {
  const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
  return [...now].filter(([name, bytes]) => bytes > before.get(name)! + MEMORY_BYTES)
    .map(([name, bytes]) => `${name} has ${mib(bytes)}, and had ${mib(before.get(name)!)}`);
}

/** Ms as text. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
