/**
 * The command `qps`: how many picks and reports a second an agent takes from this machine.
 *
 * @module
 */

import { LarsClient } from "../../client/mod.ts";
import { parseInteger, parseSeconds } from "../arguments.ts";
import type { Command } from "../command.ts";
import { QpsLoad } from "../qps/qps_load.ts";
import { stopped, StopSignal } from "../stop_signal.ts";
import { agentAddress, agentFlag } from "./agent_tools.ts";

const CMDID = 1;

/** Measures an agent. */
export const qpsCommand: Command = {
  name: "qps",
  summary: "Pick and report as fast as the agent answers, and say how fast that is",
  args: ["THREADS"],
  flags: {
    seconds: { takes: "S", doc: "Stop after so long (until Ctrl-C unless given)" },
    agent: agentFlag,
    json: { doc: "Print JSON: an object a second, and one at the end" },
  },
  examples: ["qps 4 --seconds 5", "qps 1 --agent 127.0.0.1:8888 --json"],
  notes: [
    "Thread i uses module (i, 1), which must have a route; its hosts are not called. A pick and its report",
    "count as one. The exit code is 1 when there was an error.",
  ],
  async run(input) {
    const threads = parseInteger(input.words[0], { name: "THREADS", min: 1, max: 256 });
    const secondsText = input.value("seconds");
    const seconds = secondsText === undefined ? Infinity : parseSeconds(secondsText);
    const agent = agentAddress(input);
    const modules = Array.from({ length: threads }, (_, i) => ({ modid: i + 1, cmdid: CMDID }));
    await using client = new LarsClient(agent);
    for (const { modid, cmdid } of modules) await client.register(modid, cmdid);

    using stop = new StopSignal();
    await using load = await QpsLoad.start(modules, agent);
    const print = input.has("json") ? printJson : printText;
    const startMs = performance.now();
    let lastMs = startMs;
    let lastDone = 0;
    for (let second = 1; second <= Math.ceil(seconds) && !stop.signal.aborted; second++) {
      const untilMs = startMs + Math.min(second, seconds) * 1000;
      await stopped(stop.signal, untilMs - performance.now());
      const nowMs = performance.now();
      const done = load.count("done");
      const perSecond = Math.round((done - lastDone) / (nowMs - lastMs) * 1000);
      print({ second, perSecond, errors: load.errors() });
      [lastDone, lastMs] = [done, nowMs];
    }
    const tookSec = (lastMs - startMs) / 1000;
    const errors = load.errors();
    print({ threads, seconds: tookSec, average: Math.round(lastDone / tookSec), errors });
    return Object.keys(errors).length === 0 ? 0 : 1;
  },
};

type Errors = Readonly<Record<string, number>>;

/** What is printed: every second, and at the end. */
type Line =
  | { second: number; perSecond: number; errors: Errors }
  | { threads: number; seconds: number; average: number; errors: Errors };

function printJson(line: Line): void {
  console.log(JSON.stringify(line));
}

function printText(line: Line): void {
  if ("second" in line) {
    const second = String(line.second).padStart(4);
    const rate = formatCount(line.perSecond);
    console.log(`${second} s  ${rate} picks+reports/s${formatErrors(line.errors)}`);
  } else {
    const { average, threads, seconds, errors } = line;
    console.log(
      `average ${formatCount(average)} picks+reports per second, ` +
        `${threads} ${threads === 1 ? "thread" : "threads"}, ${seconds.toFixed(1)} s` +
        (formatErrors(errors) || ", no errors"),
    );
  }
}

function formatErrors(errors: Errors): string {
  return Object.entries(errors).map(([code, count]) => `, ${formatCount(count)} ${code}`).join("");
}

function formatCount(count: number): string {
  return count.toLocaleString("en");
}
