/**
 * The command `qps`: how many picks and reports a second an agent takes from this machine.
 *
 * @module
 */

import { LarsClient } from "../../client/mod.ts";
import { agentAddress, agentFlag, parseInteger, secondsOf } from "../cli/arguments.ts";
import type { Command } from "../cli/command.ts";
import { loadFlags, reportRate } from "../load/rate_report.ts";
import { startQpsLoad } from "../load/qps_load.ts";
import { ROUTE_TIMEOUT_MS } from "./agent_tools.ts";

const CMDID = 1;

/** Measures an agent. */
export const qpsCommand: Command = {
  name: "qps",
  summary: "Pick and report as fast as the agent answers, and say how fast that is",
  args: ["THREADS"],
  flags: { ...loadFlags, agent: agentFlag },
  examples: ["qps 4 --seconds 5", "qps 1 --agent 127.0.0.1:8888 --json"],
  notes: [
    "Thread i uses module (i, 1), which must have a route; its hosts are not called. Each has 16 callers, whose picks " +
    "and reports the client sends together. A pick and its report count as one. A pick that the agent did not " +
    "answer in time is sent again, as any program's is: these are the retries. The exit code is 1 when there was an error.",
  ],
  async run(input) {
    const threads = parseInteger(input.words[0], { name: "THREADS", min: 1, max: 256 });
    const seconds = secondsOf(input);
    const agent = agentAddress(input);
    const modules = Array.from({ length: threads }, (_, i) => ({ modid: i + 1, cmdid: CMDID }));
    await using client = new LarsClient(agent);
    for (const { modid, cmdid } of modules) {
      await client.register(modid, cmdid, { timeoutMs: ROUTE_TIMEOUT_MS });
    }

    await using load = await startQpsLoad(modules, agent);
    const isJson = input.has("json");
    return await reportRate({ load, threads, unit: "picks+reports", seconds, isJson });
  },
};
