/**
 * What the roles cost while nobody asks anything: memory and processor time.
 *
 * @module
 */

import { shardOf } from "../../proto/mod.ts";
import { type RoleName, ROLES } from "../../lars/up/role_task.ts";
import { ChildServer } from "../harness/child_server.ts";
import { CMDID, HOSTS, makeSqlite } from "../harness/databases.ts";
import { Lars } from "../harness/lars.ts";
import { cpuSec, residentMb } from "../harness/process_cost.ts";
import { median } from "../harness/statistics.ts";
import { pause, until } from "../harness/waiting.ts";
import type { Figure, Suite, SuiteInput, Target } from "../suite.ts";

const MODULES = 1_000;
/** Until what a start leaves behind is collected. */
const SETTLE_MS = 2_000;
/** How long the time of each round is watched, for each second that is asked for. */
const WATCH_MS = 5_000;

/** Long enough to ask for each module, and short enough not to be a load. */
const ASKING = { warmup: 0, seconds: 2 };

const CPU_TARGETS: Record<RoleName, Target> = {
  dns: { atMost: 1 },
  reporter: { atMost: 1 },
  agent: { atMost: 3 },
};

/** Memory and time at rest. */
export const restSuite: Suite = {
  name: "rest",
  summary:
    "Memory and CPU of each role while nobody asks anything, and of an agent with 1,000 modules",
  async run(input: SuiteInput) {
    await using bare = await ChildServer.start<{ port: number }>(
      Deno.execPath(),
      ["eval", "--no-config", "console.log('{}'); setInterval(() => {}, 1e6)"],
      () => 0,
    );
    await using lars = await Lars.start({ store: await makeSqlite(input.folder, MODULES) });
    await pause(SETTLE_MS, input.signal);
    const figures: Figure[] = ROLES.map((role) => ({
      name: `memory of ${role}`,
      ...memoryOf(lars[role].pid, bare.pid),
    }));
    const percents = await watchCpu(input, ROLES.map((role) => lars[role].pid));
    for (const [index, role] of ROLES.entries()) {
      figures.push({ name: `CPU of ${role}, of one core`, ...cpuOf(role, percents[index]) });
    }

    await askForAll(lars, input);
    await pause(SETTLE_MS, input.signal);
    const name = `agent with ${MODULES.toLocaleString("en")} modules of ${HOSTS} hosts`;
    const [percent] = await watchCpu(input, [lars.agent.pid]);
    figures.push(
      {
        name: `memory of ${name}`,
        ...memoryOf(lars.agent.pid, bare.pid),
        target: { atMost: 150 },
      },
      { name: `CPU of ${name}, of one core`, ...cpuOf("agent", percent) },
    );
    return figures;
  },
};

function memoryOf(pid: number, barePid: number): Pick<Figure, "unit" | "value" | "reference"> {
  const value = residentMb(pid);
  const bare = residentMb(barePid);
  return {
    unit: "MB",
    value,
    reference: { name: "Deno with nothing to do", value: bare, ratio: value / bare },
  };
}

function cpuOf(role: RoleName, percent: number): Omit<Figure, "name"> {
  return { unit: "%", value: percent, target: CPU_TARGETS[role] };
}

/** How much of a core each process takes, in percent. */
async function watchCpu(
  { rounds, seconds, signal }: SuiteInput,
  pids: readonly number[],
): Promise<number[]> {
  const percents: number[][] = pids.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    const before = pids.map(cpuSec);
    await pause(WATCH_MS * seconds, signal);
    const tookSec = (performance.now() - startMs) / 1000;
    pids.forEach((pid, i) => percents[i].push(100 * (cpuSec(pid) - before[i]) / tookSec));
  }
  return percents.map(median);
}

/** Has the agent learn of all modules. */
async function askForAll(lars: Lars, { native, signal }: SuiteInput): Promise<void> {
  for (let modid = 1; modid <= 3; modid++) {
    const port = lars.agent.port + shardOf({ modid, cmdid: CMDID });
    const modules = Math.floor((MODULES - modid) / 3) + 1;
    await native.load("udp_load", { port, sockets: 1, modid, cmdid: CMDID, modules, ...ASKING });
  }
  await until(async () => await lars.agent.metric("lars_agent_modules") === MODULES, {
    what: `the agent has ${MODULES} modules`,
    everyMs: 50,
    deadlineSec: 10,
    signal,
  });
}
