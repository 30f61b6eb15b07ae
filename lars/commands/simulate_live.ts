/**
 * The command `simulate MODID CMDID`, which drives a live agent.
 *
 * @module
 */

import { MAX_SEED, parseInteger, seedOf } from "../cli/arguments.ts";
import type { CommandInput } from "../cli/command.ts";
import { seededRandom } from "../../simulator/mod.ts";
import { simulate, type SimulationResult } from "../load/live_simulation.ts";
import { StopSignal } from "../terminal/stop_signal.ts";
import { formatTable } from "../terminal/table.ts";
import { openModule } from "./agent_tools.ts";

/** Between two picks. */
export const INTERVAL_MS = 6;
/** Of 10 picks, unless it is said. */
export const DEFAULT_ERROR_RATE = "2";
/** Picks, unless it is said. */
export const DEFAULT_COUNT = "100";

const COLUMNS = [
  { heading: "host" },
  { heading: "picks", isNumber: true },
  { heading: "ok", isNumber: true },
  { heading: "failed", isNumber: true },
];

/** Picks from a live agent, and reports what did not happen. */
export async function simulateLive(input: CommandInput): Promise<number> {
  const [, , rateText = DEFAULT_ERROR_RATE, countText = DEFAULT_COUNT] = input.words;
  const rate = parseInteger(rateText, { name: "ERRRATE", min: 0, max: 10 });
  const count = parseInteger(countText, { name: "COUNT", min: 1, max: 1_000_000_000 });
  const seed = seedOf(input) ?? Math.floor(Math.random() * MAX_SEED);
  await using module = await openModule(input);
  const { modid, cmdid } = module;
  using stop = new StopSignal();
  const result = await simulate(module.client, {
    module: { modid, cmdid },
    errorShare: rate / 10,
    count,
    intervalMs: INTERVAL_MS,
    random: seededRandom(seed),
    signal: stop.signal,
  });
  const { overload = 0, ...errors } = result.errors;
  if (input.has("json")) console.log(JSON.stringify({ modid, cmdid, seed, ...result }));
  else console.log(formatResult(result, { seed, overload, errors }).join("\n"));
  return Object.keys(errors).length === 0 ? 0 : 1;
}

function formatResult(
  { tried, hosts }: SimulationResult,
  { seed, overload, errors }: { seed: number; overload: number; errors: Record<string, number> },
): string[] {
  const rows = hosts
    .map(({ hostname, port, picks, ok, failed }) => [`${hostname}:${port}`, picks, ok, failed])
    .sort(([a], [b]) => String(a).localeCompare(String(b), "en", { numeric: true }));
  const sum = (name: "picks" | "ok" | "failed") => hosts.reduce((sum, host) => sum + host[name], 0);
  const failures = Object.entries(errors).map(([code, count]) => `, ${count} ${code}`).join("");
  return [
    ...formatTable(COLUMNS, [...rows, ["all", sum("picks"), sum("ok"), sum("failed")]]),
    `${tried} tried, ${overload} refused by overload${failures}; seed ${seed}`,
  ];
}
