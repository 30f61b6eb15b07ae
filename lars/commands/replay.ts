/**
 * The command `replay`.
 *
 * @module
 */

import type { Command } from "../command.ts";
import { replayCommand } from "../replay/replay.ts";

/** Checks the balancer against recorded runs. */
export const replayTraces: Command = {
  name: "replay",
  summary: "Replay traces of the original's balancer, and find the first step that differs",
  args: ["FILE…"],
  flags: { json: { doc: "Print JSON: an object for each trace" } },
  examples: ["replay trace-1.json trace-2.json"],
  run: (input) => replayCommand(input.words, { isJson: input.has("json") }),
};
