/**
 * dns with 1,000,000 hosts in 100,000 modules: how long it takes to read them, whether it answers meanwhile, and what
 * memory it takes.
 *
 * @module
 */

import type { StoreConfig } from "../../sql/mod.ts";
import { startMariadb } from "../../testing/mariadb.ts";
import { Role, storeSettings } from "../../testing/role.ts";
import { CMDID, fill, HOSTS, makeSqlite, moveVersion, openDatabase } from "../harness/databases.ts";
import type { Flags } from "../harness/native.ts";
import { peakResidentMb } from "../harness/process_cost.ts";
import { median } from "../harness/statistics.ts";
import { pause, until } from "../harness/waiting.ts";
import type { Figure, Suite, SuiteInput, Target } from "../suite.ts";

const MODULES = 100_000;
/** One answer at a time on each connection: a gap is how long somebody waited. */
const LOAD: Flags = { connections: 4, flight: 1, modid: 1, cmdid: CMDID, modules: 1_000 };
/** The reload ends the load before. */
const MAX_SECONDS = 60;
const WARMUP_MS = 500;

/** What was measured in one round. */
interface Round {
  loadSec: number;
  reloadSec: number;
  gapMs: number;
  echoGapMs: number;
  memoryMb: number;
}

const TARGETS: Partial<Record<keyof Round, Target>> = {
  loadSec: { atMost: 6 },
  gapMs: { atMost: 15 },
  memoryMb: { atMost: 350 },
};

/** A large route table. */
export const routesSuite: Suite = {
  name: "routes",
  summary: `dns with ${(MODULES * HOSTS).toLocaleString("en")} hosts in ${
    MODULES.toLocaleString("en")
  } modules: start, reload under load, memory`,
  async run(input: SuiteInput) {
    const figures: Figure[] = [];
    {
      await using mariadb = await startMariadb();
      const store = await mariadb.createDatabase();
      await fill(store, MODULES);
      figures.push(...await measureStore(input, { name: "MariaDB", store, targets: TARGETS }));
    }
    const store = await makeSqlite(input.folder, MODULES);
    figures.push(...await measureStore(input, { name: "SQLite", store, targets: {} }));
    return figures;
  },
};

async function measureStore(
  input: SuiteInput,
  { name, store, targets }: { name: string; store: StoreConfig; targets: typeof TARGETS },
): Promise<Figure[]> {
  const taken: Round[] = [];
  const rounds = Math.ceil(input.rounds / 2); // they are long
  for (let round = 0; round < rounds; round++) taken.push(await measureOnce(input, store));

  function figure(what: string, unit: string, key: keyof Round): Figure {
    const value = median(taken.map((round) => round[key]));
    return { name: `${what}, ${name}`, unit, value, target: targets[key] };
  }

  const echoGapMs = median(taken.map((round) => round.echoGapMs));
  const ratio = median(taken.map((round) => round.gapMs / round.echoGapMs));
  return [
    figure("start until it serves", "s", "loadSec"),
    figure("reload under load", "s", "reloadSec"),
    {
      ...figure("largest gap between answers in a reload", "ms", "gapMs"),
      reference: { name: "C byte echo", value: echoGapMs, ratio },
    },
    figure("memory at its highest", "MB", "memoryMb"),
  ];
}

async function measureOnce(
  { native, signal }: SuiteInput,
  store: StoreConfig,
): Promise<Round> {
  signal.throwIfAborted();
  const startMs = performance.now();
  // Nothing is reloaded by itself meanwhile.
  const settings = [...storeSettings(store), "dns.reload_interval=3600"];
  await using dns = await Role.start("dns", settings);
  const loadSec = (performance.now() - startMs) / 1000;

  async function reload(): Promise<void> {
    const reloads = await dns.metric("lars_dns_reloads_total");
    const database = await openDatabase(store);
    await moveVersion(database);
    await database.close();
    await until(async () => await dns.metric("lars_dns_reloads_total") > reloads, {
      what: "dns has read everything anew",
      everyMs: 100,
      deadlineSec: MAX_SECONDS,
      signal,
    });
  }

  async function gapWhile(
    { port, mode }: { port: number; mode: string },
    act: () => Promise<void>,
  ): Promise<number> {
    const flags = { port, mode, ...LOAD, seconds: MAX_SECONDS, warmup: WARMUP_MS / 1000 };
    const load = native.startLoad("tcp_load", flags);
    await pause(2 * WARMUP_MS, signal);
    await act();
    load.stop();
    return (await load.result).gap_ms;
  }

  const reloadStartMs = performance.now();
  const gapMs = await gapWhile({ port: dns.port, mode: "route" }, reload);
  const reloadMs = await dns.metric("lars_dns_reload_ms");
  const tookMs = performance.now() - reloadStartMs;

  await using echo = await native.serve("tcp_echo");
  const echoGapMs = await gapWhile({ port: echo.port, mode: "same" }, () => pause(tookMs, signal));
  const memoryMb = peakResidentMb(dns.pid);
  return { loadSec, reloadSec: reloadMs / 1000, gapMs, echoGapMs, memoryMb };
}
