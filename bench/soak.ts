/**
 * Runs every role under load for as long as it is told to, and watches what memory and how many descriptors each has:
 * `deno task soak --minutes 30`. Fails when one of them goes on growing after the warm-up.
 *
 * The load is open: so many picks and reports a second, whatever becomes of them, which the warm-up sets so that the
 * machine is half busy; and routes that change all the time.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { LarsClient } from "../client/mod.ts";
import { type RoleName, ROLES } from "../lars/up/role_task.ts";
import { CMDID, makeSqlite } from "./harness/databases.ts";
import { Lars } from "./harness/lars.ts";
import { busyShare, descriptors, readCpuTicks, residentMb } from "./harness/process_cost.ts";
import { RouteChurn } from "./harness/route_churn.ts";
import { slope } from "./harness/statistics.ts";
import { pause } from "./harness/waiting.ts";

const HELP = `Usage: deno task soak [--minutes N]

Runs dns, reporter and agent on an embedded database, at about half of the machine's load, for N minutes (30 unless given,
2 at least), and prints what memory and descriptors each has. The first third is warm-up, ten minutes at most. Ends with
exit code 1 when memory grows by more than 1 MB a minute afterwards, or descriptors by more than one.`;

const MODULES = 1_000;
const CHANGES_PER_SEC = 5;
const SAMPLE_MS = 5_000;
const TICK_MS = 10;
/** At first, and at least: others may keep the machine busy. */
const LEAST_PICKS_PER_SEC = 2_000;
const BUSY_SHARE = 0.5;
const MAX_WARMUP_MIN = 10;
const MAX_MB_PER_MIN = 1;
const MAX_DESCRIPTORS_PER_MIN = 1;

/** What a role has at a moment. */
interface Sample {
  /** Since the beginning, minutes. */
  atMin: number;
  /** Resident memory. */
  mb: number;
  /** Open descriptors. */
  descriptors: number;
}

/** Callers that pick a host and report at a pace that does not depend on the answers. */
class OpenLoad implements Disposable {
  /** Picks a second. */
  perSec = LEAST_PICKS_PER_SEC;
  /** How many succeeded. */
  done = 0;
  /** How many did not. */
  failed = 0;
  readonly #client: LarsClient;
  readonly #timer: ReturnType<typeof setInterval>;
  #picks = 0;
  #lastMs = performance.now();
  #due = 0;

  /** Begins. */
  constructor(port: number) {
    this.#client = new LarsClient({ port });
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#client.close();
  }

  #tick(): void {
    const nowMs = performance.now();
    this.#due += this.perSec * Math.min(nowMs - this.#lastMs, 1000) / 1000;
    this.#lastMs = nowMs;
    for (; this.#due >= 1; this.#due--) void this.#call(1 + this.#picks++ % MODULES);
  }

  async #call(modid: number): Promise<void> {
    try {
      const host = await this.#client.getHost(modid, CMDID);
      this.#client.report(modid, CMDID, host, this.done % 100 === 0 ? 1 : 0);
      this.done++;
    } catch {
      this.failed++;
    }
  }
}

async function soak(minutes: number, signal: AbortSignal): Promise<boolean> {
  const folder = await Deno.makeTempDir({ prefix: "lars_soak_" });
  try {
    const store = await makeSqlite(folder, MODULES);
    const set = { dns: [`dns.snapshot=${folder}/dns.snapshot`] };
    await using lars = await Lars.start({ store, set });
    const churn = { store, dns: lars.dns, modules: MODULES, perSec: CHANGES_PER_SEC };
    await using _churn = new RouteChurn(churn);
    using load = new OpenLoad(lars.agent.port);
    const samples = await watch({ lars, load, minutes, signal });
    console.log(`${load.done} picks and reports, ${load.failed} failed`);
    return ROLES.map((role) => isLevel(role, samples[role])).every(Boolean);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Gives the samples after the warm-up. */
async function watch(
  { lars, load, minutes, signal }: {
    lars: Lars;
    load: OpenLoad;
    minutes: number;
    signal: AbortSignal;
  },
): Promise<Record<RoleName, Sample[]>> {
  const samples: Record<RoleName, Sample[]> = { dns: [], reporter: [], agent: [] };
  const warmupMin = Math.min(minutes / 3, MAX_WARMUP_MIN);
  const startMs = performance.now();
  let ticks = readCpuTicks();
  for (let atMin = 0, lastMin = 0; atMin < minutes;) {
    await pause(SAMPLE_MS, signal);
    atMin = (performance.now() - startMs) / 60_000;
    const before = ticks;
    ticks = readCpuTicks();
    const busy = busyShare(before, ticks);
    const isWarmup = atMin < warmupMin;
    if (isWarmup) {
      const perSec = load.perSec * Math.min(Math.max(BUSY_SHARE / busy, 0.5), 1.5);
      load.perSec = Math.max(LEAST_PICKS_PER_SEC, perSec);
    }
    const now = ROLES.map((role) => {
      const { pid } = lars[role];
      const sample = { atMin, mb: residentMb(pid), descriptors: descriptors(pid) };
      if (!isWarmup) samples[role].push(sample);
      return `${role} ${sample.mb.toFixed(1)} MB, ${sample.descriptors} descriptors`;
    });
    if (Math.floor(atMin * 2) === Math.floor(lastMin * 2)) continue;
    lastMin = atMin;
    console.log(
      `${atMin.toFixed(1)} min${isWarmup ? " (warm-up)" : ""}: ${now.join("; ")}; ` +
        `${Math.round(load.perSec)} picks/s, ${load.failed} failed, ` +
        `machine ${Math.round(busy * 100)} % busy`,
    );
  }
  return samples;
}

/** Says how a role's memory and descriptors went on, and whether that is well. */
function isLevel(role: RoleName, samples: readonly Sample[]): boolean {
  const mbPerMin = slope(samples.map(({ atMin, mb }) => [atMin, mb]));
  const perMin = slope(samples.map(({ atMin, descriptors }) => [atMin, descriptors]));
  const isLevel = mbPerMin <= MAX_MB_PER_MIN && perMin <= MAX_DESCRIPTORS_PER_MIN;
  console.log(
    `${role}: ${mbPerMin.toFixed(2)} MB and ${perMin.toFixed(2)} descriptors a minute` +
      (isLevel ? "" : ": GROWS"),
  );
  return isLevel;
}

async function main(args: readonly string[]): Promise<number> {
  const { minutes: given, help } = parseArgs([...args], { string: ["minutes"], boolean: ["help"] });
  const minutes = Number(given ?? 30);
  if (help || !(minutes >= 2)) {
    console.log(HELP);
    return help ? 0 : 2;
  }
  const stop = new AbortController();
  Deno.addSignalListener("SIGINT", () => stop.abort(new Error("Interrupted")));
  Deno.addSignalListener("SIGTERM", () => stop.abort(new Error("Interrupted")));
  try {
    return await soak(minutes, stop.signal) ? 0 : 1;
  } catch (error) {
    if (stop.signal.aborted) return 130;
    throw error;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
