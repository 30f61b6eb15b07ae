/**
 * The command `simulate`, in its two forms: simulate_live.ts and simulate_scenario.ts.
 *
 * @module
 */

import { UsageError } from "../../service/mod.ts";
import type { Command } from "../cli/command.ts";
import { agentFlag, jsonFlag, seedFlag } from "../cli/arguments.ts";
import { DEFAULT_COUNT, DEFAULT_ERROR_RATE, INTERVAL_MS, simulateLive } from "./simulate_live.ts";

/** Tries policies in scenarios, or an agent with failures that are made up. */
export const simulateCommand: Command = {
  name: "simulate",
  summary: "Try balancing policies in scenarios; or an agent with failures that are made up",
  args: ["[MODID]", "[CMDID]", "[ERRRATE]", "[COUNT]"],
  flags: {
    scenario: { takes: "NAME", doc: "What happens: built in, or a JSON file; A,B for several" },
    policy: { takes: "NAME", doc: "Who decides; A,B for several (all of them unless given)" },
    config: {
      takes: "FILE",
      doc: "Try an agent's [loadbalance] besides: as the policy yours; for names, the database",
    },
    set: {
      takes: "section.key=value",
      many: true,
      doc: "Set one of loadbalance.err_rate … of yours; may be repeated",
    },
    seconds: { takes: "S", doc: "Simulate so long instead of the scenario's own time" },
    svg: { takes: "FILE", doc: "Draw each host's picks over the time, too" },
    list: { doc: "Show the scenarios and policies there are; with --json, whole" },
    seed: seedFlag,
    seeds: { takes: "N", doc: "Simulate with so many seeds, from --seed on (8)" },
    agent: agentFlag,
    json: jsonFlag,
  },
  examples: [
    "simulate --scenario dead-host",
    "simulate --scenario slow-host,zone-loss --policy lars,envoy --svg picks.svg",
    "simulate --scenario ./mine.json --policy all --seed 7 --json",
    "simulate --scenario gray-failure --set loadbalance.err_rate=0.05",
    "simulate --list",
    "simulate 1000 1 5 2000 --seed 7",
    "simulate shop search",
  ],
  notes: [
    "--list names the scenarios and policies; all is all of them. They run on a virtual clock, without sockets, and the " +
    "same seed gives the same result. docs/balancing.md says what the columns mean and how a scenario is written.",
    "",
    "With MODID and CMDID the hosts come from a live agent instead: ERRRATE of 10 picks are reported as failed, 0 … 10 " +
    `(${DEFAULT_ERROR_RATE} unless given); COUNT picks are made (${DEFAULT_COUNT}), one every ${INTERVAL_MS} ms. The ` +
    "hosts are not called, but the agent takes the failures for real: it may keep calls off them. The exit code is 1 " +
    "when a pick failed other than by overload.",
  ],
  async run(input) {
    const forScenarios = ["scenario", "policy", "seconds", "seeds", "svg"];
    const isList = input.has("list");
    const isScenario = input.value("scenario") !== undefined;
    if (isList || isScenario) {
      if (input.words.length > 0 || input.value("agent") !== undefined) {
        const what = input.words.length > 0 ? "a module" : "--agent";
        throw new UsageError(
          `Cannot take ${what} and --scenario or --list at once: leave one of them out`,
        );
      }
      // The simulator is large, and no other command needs it.
      const { listChoices, simulateScenarios } = await import("./simulate_scenario.ts");
      return isList ? await listChoices(input) : await simulateScenarios(input);
    }
    for (const flag of forScenarios) {
      if (input.value(flag) !== undefined) {
        throw new UsageError(`Cannot take --${flag} without --scenario: name one, or all`);
      }
    }
    if (input.words.length < 2) {
      const [word] = input.words;
      throw new UsageError(
        `Cannot simulate ${word ?? "nothing"}: give --scenario ${
          word ?? "NAME"
        }, or MODID and CMDID; ` +
          "lars simulate --list shows what there is",
      );
    }
    return await simulateLive(input);
  },
};
