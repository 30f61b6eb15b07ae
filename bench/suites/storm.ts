/**
 * 10,000 agents at one dns with 1,000,000 hosts: they all come at once, ask for 100 modules each, are pushed a change, and come
 * again when dns was killed and is back.
 *
 * @module
 */

import { openRouteStore } from "../../sql/mod.ts";
import { startMariadb } from "../../testing/mariadb.ts";
import { Role, storeSettings } from "../../testing/role.ts";
import { CMDID, fill, HOSTS } from "../harness/databases.ts";
import { cpuSec, peakResidentMb } from "../harness/process_cost.ts";
import { Storm } from "../harness/storm.ts";
import { pause } from "../harness/waiting.ts";
import type { Suite, SuiteInput } from "../suite.ts";

const AGENTS = 10_000;
const MODULES = 100_000;
/** Of each agent, in a row; those of the next agent begin 10 modules further on, so that a module has ten subscribers. */
const EACH = 100;
const STEP = 10;
/** No route has it until the change. */
const NEW_PORT = 9999;
const FIRST_IP = 0x0a00_0001;

/** dns is away for so long that all agents wait as long as they ever do. */
const AWAY_MS = 6_000;
const DEADLINE_SEC = 120;

const MEMORY = { atMost: 1500 };

const FLAGS = { agents: AGENTS, modules: MODULES, each: EACH, step: STEP, new_port: NEW_PORT };
const SETTINGS = ["reactor.maxConn=16384", "reactor.threadNum=2"];

/** All agents at once. */
export const stormSuite: Suite = {
  name: "storm",
  summary: `${
    AGENTS.toLocaleString("en")
  } agents that come at once and ask for ${EACH} modules each`,
  isExtra: true,
  async run({ native, folder, signal }: SuiteInput) {
    const wait = { deadlineSec: DEADLINE_SEC, signal };
    const isRight = { ...wait, what: "all agents are right" };

    const echoSec = await secondsOf(async () => {
      await using echo = await native.serve("tcp_echo");
      await using storm = new Storm(native, { ...FLAGS, port: echo.port, mode: "same" });
      await storm.until(({ right }) => right === AGENTS, isRight);
    });

    await using mariadb = await startMariadb();
    const config = await mariadb.createDatabase();
    await fill(config, MODULES);
    const settings = [...storeSettings(config), ...SETTINGS, `dns.snapshot=${folder}/snapshot`];
    await using dns = await Role.start("dns", settings);
    let usedSec = cpuSec(dns.pid);
    const cpuSince = () => {
      const before = usedSec;
      return (usedSec = cpuSec(dns.pid)) - before;
    };

    const startMs = performance.now();
    await using storm = new Storm(native, { ...FLAGS, port: dns.port });
    await storm.until(({ right }) => right === AGENTS, isRight);
    const startSec = since(startMs);
    const startCpuSec = cpuSince();

    const changes = Array.from({ length: MODULES / EACH }, (_, n) => ({
      modid: 1 + n * EACH,
      cmdid: CMDID,
      put: [{ ip: FIRST_IP + n * EACH * HOSTS, port: NEW_PORT }],
      drop: "others" as const,
    }));
    {
      await using store = await openRouteStore(config);
      await store.changeRoutes(changes);
    }
    const pushSec = await secondsOf(async () => {
      await dns.post("/refresh");
      const what = "all agents have what was changed";
      await storm.until(({ changed }) => changed === AGENTS, { ...wait, what });
    });
    const pushCpuSec = cpuSince();
    const memoryMb = peakResidentMb(dns.pid);

    await dns.kill();
    await storm.until(({ connected }) => connected === 0, { ...wait, what: "all have lost dns" });
    await pause(AWAY_MS, signal);
    const restartMs = performance.now();
    const restarting = dns.restart();
    await storm.until(({ right }) => right === AGENTS, isRight);
    const restartSec = since(restartMs);
    await restarting;

    const changed = changes.length.toLocaleString("en");
    return [
      {
        name: "all come at once, until all are right",
        unit: "s",
        value: startSec,
        reference: { name: "C byte echo", value: echoSec, ratio: startSec / echoSec },
      },
      { name: "CPU of dns for that", unit: "s", value: startCpuSec },
      { name: `a change of ${changed} modules, until all have it`, unit: "s", value: pushSec },
      { name: "CPU of dns for the change", unit: "s", value: pushCpuSec },
      { name: "memory of dns at its highest", unit: "MB", value: memoryMb, target: MEMORY },
      {
        name: "dns killed and started again, until all are right",
        unit: "s",
        value: restartSec,
        target: { atMost: 20 },
      },
      { name: "CPU of dns started again", unit: "s", value: cpuSec(dns.pid) },
      {
        name: "connects in the busiest second of that",
        unit: "",
        value: storm.busiest(1000, restartMs),
        target: { atMost: AGENTS / 2 },
      },
      {
        name: "memory of dns started again",
        unit: "MB",
        value: peakResidentMb(dns.pid),
        target: MEMORY,
      },
    ];
  },
};

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return since(startMs);
}

function since(startMs: number): number {
  return (performance.now() - startMs) / 1000;
}
