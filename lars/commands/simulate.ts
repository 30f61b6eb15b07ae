/**
 * The command `simulate`.
 *
 * @module
 */

import { LarsClient } from "../../client/mod.ts";
import { parseInteger, parseModule } from "../arguments.ts";
import type { Command } from "../command.ts";
import { waitForRoute } from "../patience.ts";
import { seededRandom } from "../random.ts";
import { simulate, type SimulationResult } from "../simulation.ts";
import { StopSignal } from "../stop_signal.ts";
import { formatTable } from "../table.ts";
import { agentAddress, agentFlag, jsonFlag } from "./agent_tools.ts";

const INTERVAL_MS = 6;
const DEFAULT_ERROR_RATE = "2";
const DEFAULT_COUNT = "100";
const MAX_SEED = 0xffff_ffff;

const COLUMNS = [
  { heading: "host" },
  { heading: "picks", isNumber: true },
  { heading: "ok", isNumber: true },
  { heading: "failed", isNumber: true },
];

/** Picks from a live agent, and reports what did not happen. */
export const simulateCommand: Command = {
  name: "simulate",
  summary:
    "Pick hosts of a module, report a random share as failed, and show what the agent made of it",
  args: ["MODID", "CMDID", "[ERRRATE]", "[COUNT]"],
  flags: {
    seed: { takes: "N", doc: "Fail the same picks as a run that showed this seed" },
    agent: agentFlag,
    json: jsonFlag,
  },
  examples: ["simulate 1000 1", "simulate 1000 1 5 2000 --seed 7", "simulate 1000 1 0 --json"],
  notes: [
    `ERRRATE of 10 picks are reported as failed, 0 … 10 (${DEFAULT_ERROR_RATE} unless given); COUNT picks are made ` +
    `(${DEFAULT_COUNT}), one every`,
    `${INTERVAL_MS} ms. The hosts are not called, but the agent takes the failures for real: it may keep calls off them.`,
    "The exit code is 1 when a pick failed other than by overload.",
  ],
  async run(input) {
    const module = parseModule(input.words);
    const [, , rateText = DEFAULT_ERROR_RATE, countText = DEFAULT_COUNT] = input.words;
    const rate = parseInteger(rateText, { name: "ERRRATE", min: 0, max: 10 });
    const count = parseInteger(countText, { name: "COUNT", min: 1, max: 1_000_000_000 });
    const seedText = input.value("seed") ?? String(Math.floor(Math.random() * MAX_SEED));
    const seed = parseInteger(seedText, { name: "--seed", min: 0, max: MAX_SEED });
    await using client = new LarsClient(agentAddress(input));
    await waitForRoute(client, module);
    using stop = new StopSignal();
    const result = await simulate(client, {
      module,
      errorShare: rate / 10,
      count,
      intervalMs: INTERVAL_MS,
      random: seededRandom(seed),
      signal: stop.signal,
    });
    const { overload = 0, ...errors } = result.errors;
    if (input.has("json")) console.log(JSON.stringify({ ...module, seed, ...result }));
    else console.log(formatResult(result, { seed, overload, errors }).join("\n"));
    return Object.keys(errors).length === 0 ? 0 : 1;
  },
};

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
