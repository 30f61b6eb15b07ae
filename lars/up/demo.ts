/**
 * The demo over a running stack: five backends, a caller, and what is to be seen of them. Owns the demo's story; its
 * parts are beside it.
 *
 * @module
 */

import { formatIpv4 } from "../../proto/mod.ts";
import type { Endpoint } from "../../reactor/mod.ts";
import { openStatusStore, type StatusStore, type StoreConfig, StoreError } from "../../sql/mod.ts";
import { LiveScreen, terminalSize } from "../terminal/live_screen.ts";
import { print } from "../terminal/output.ts";
import { stopped } from "../terminal/stop_signal.ts";
import type { DemoBackends } from "./demo_backends.ts";
import { DemoCaller } from "./demo_caller.ts";
import { DEMO_MODULE } from "./demo_routes.ts";
import { DemoStats } from "./demo_stats.ts";
import {
  type DemoMoment,
  formatLiveLine,
  formatLiveTable,
  formatSummary,
  type HostState,
} from "./demo_view.ts";

/** How many backends there are. */
export const DEMO_BACKENDS = 5;

const CALLS_PER_SEC = 200;
/** The backend that fails, by its place among them. */
const FAILING = 2;
const FAILS_FROM_SEC = 10;
const FAILS_TO_SEC = 30;
/** Seconds between two lines where there is no terminal. */
const LINE_INTERVAL_SEC = 2;

/** What the demo runs on. */
export interface DemoOptions {
  /** The agent to ask. */
  agent: Endpoint;
  /** Its backends, which the routes name. */
  backends: DemoBackends;
  /** The database, for the hosts' states. */
  store: StoreConfig;
  /** How long it runs; Infinity until it is stopped. */
  seconds: number;
  /** Aborted when it is to stop. */
  signal: AbortSignal;
  /** Lines to stand below the live table, or before all others where there is no terminal. */
  footer: readonly string[];
}

/** Runs the demo to its end, and prints its summary. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { agent, backends, seconds, signal } = options;
  const hosts = backends.ports.map((port) => `127.0.0.1:${port}`);
  const stats = new DemoStats(hosts);
  const failure = { backend: FAILING, fromSec: FAILS_FROM_SEC, toSec: FAILS_TO_SEC };
  const startSec = Math.floor(Date.now() / 1000);
  const statuses = await openStatusStore(options.store);
  const show = chooseView(options.footer);
  let second = 0;
  try {
    await using caller = await DemoCaller.start({ agent, perSec: CALLS_PER_SEC, stats });
    while (!signal.aborted && second < seconds) {
      const nextSec = Math.min(second + 1, seconds);
      await stopped(signal, nextSec * 1000 - caller.elapsedMs);
      if (signal.aborted) break;
      second = nextSec;
      if (second === FAILS_FROM_SEC) backends.setFailing(FAILING);
      if (second === FAILS_TO_SEC) backends.setFailing(undefined);
      const states = await readStates(statuses, startSec);
      show({ second: Math.floor(second), stats, states, failure });
    }
  } finally {
    await statuses.close();
  }
  console.log(["", ...formatSummary({ second: Math.floor(second), stats, failure })].join("\n"));
}

type Show = (moment: DemoMoment) => void;

/** A table in place on a terminal, a line now and then elsewhere. */
function chooseView(hints: readonly string[]): Show {
  console.log([...hints, ""].join("\n"));
  if (!Deno.stdout.isTerminal()) {
    return (moment) => {
      if (moment.second % LINE_INTERVAL_SEC === 0) console.log(formatLiveLine(moment));
    };
  }
  const screen = new LiveScreen(print);
  const color = !Deno.noColor;
  return (moment) => screen.draw(formatLiveTable(moment, { color }), terminalSize());
}

/** The states that were reported in this run; none while the database is busy. */
async function readStates(
  statuses: StatusStore,
  sinceSec: number,
): Promise<Map<string, HostState>> {
  const states = new Map<string, HostState>();
  try {
    for (const { ip, port, overload, tsSec } of await statuses.read(DEMO_MODULE)) {
      if (tsSec < sinceSec) continue;
      states.set(`${formatIpv4(ip)}:${port}`, overload ? "overloaded" : "healthy");
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
  return states;
}
