/**
 * The command `up`: all of Lars on this machine, with a demo if wanted.
 *
 * @module
 */

import { resolve } from "node:path";
import { migrate, type SqliteConfig } from "../../sql/mod.ts";
import { reasonOf, UsageError } from "../../service/mod.ts";
import { parseAddress, secondsFlag, secondsOf } from "../cli/arguments.ts";
import { type Command, CommandError, ownCommand } from "../cli/command.ts";
import { outliveOutput } from "../terminal/output.ts";
import { stopped, StopSignal } from "../terminal/stop_signal.ts";
import { DEMO_BACKENDS, runDemo } from "../up/demo.ts";
import { DemoBackends } from "../up/demo_backends.ts";
import { DEMO_MODULE, DemoRoutes, takeBackDemoRoutes } from "../up/demo_routes.ts";
import { isRoleName, type RoleName, ROLES } from "../up/role_task.ts";
import { DEFAULT_PORTS, portOf, Stack } from "../up/stack.ts";

const DATA_FOLDER = "./data";
const LOG_FOLDER = `${DATA_FOLDER}/logs`;
const STORE: SqliteConfig = { driver: "sqlite", path: `${DATA_FOLDER}/lars.db` };

/** Runs dns, reporter and agent until told to stop. */
export const upCommand: Command = {
  name: "up",
  summary: "Run dns, reporter and agent on this machine, on an embedded database",
  args: [],
  flags: {
    demo: { doc: "Call a module of five little HTTP servers, one of which fails for a while" },
    seconds: secondsFlag,
    set: {
      takes: "role:section.key=value",
      many: true,
      doc: "Set one for dns, reporter or agent; may be repeated",
    },
    verbose: { doc: `Show the roles' logs, which are in ${LOG_FOLDER}` },
  },
  examples: [
    "up",
    "up --demo",
    "up --demo --seconds 65",
    "up --set agent:loadbalance.probe_num=20 --verbose",
  ],
  notes: [
    `Everything it keeps is in ${DATA_FOLDER}. A role whose port is taken gets a free one. While the demo runs there ` +
    "are the modules (1000, 1) and, for `lars qps`, (1, 1) … (8, 1). It removes them when it stops, or when `up` is " +
    "started again; hosts and names of others are left alone.",
  ],
  async run(input) {
    const options = {
      isDemo: input.has("demo"),
      isVerbose: input.has("verbose"),
      seconds: secondsOf(input),
      set: parseRoleSettings(input.values("set")),
    };
    outliveOutput();
    using _lock = await lockData();
    using stop = new StopSignal();
    await migrate(STORE);
    await takeBackDemoRoutes(STORE);
    const hints = await up(options, stop.signal);
    if (hints === undefined) return 0;
    const again = `${ownCommand()} up${options.isDemo ? " --demo" : ""}`;
    console.log(["", `Start it again with \`${again}\`, and then:`, ...hints].join("\n"));
    return 0;
  },
};

interface UpOptions {
  isDemo: boolean;
  isVerbose: boolean;
  seconds: number;
  set: Record<RoleName, string[]>;
}

/**
 * Runs everything, and stops it.
 *
 * @returns What to tell when it is over; undefined when it was stopped before it had started.
 * @throws {CommandError} When a role ended by itself.
 */
async function up(
  { isDemo, isVerbose, seconds, set }: UpOptions,
  stop: AbortSignal,
): Promise<string[] | undefined> {
  await using backends = isDemo ? await DemoBackends.start(DEMO_BACKENDS) : undefined;
  await using _routes = backends && await DemoRoutes.put(STORE, backends.ports);
  console.log("Starting dns, reporter and agent …");
  await using stack = await Stack.start({
    storePath: resolve(STORE.path), // The roles run in another folder, where this is run from source.
    logFolder: LOG_FOLDER,
    set,
    onLine: isVerbose ? showLine : undefined,
    signal: stop,
  });
  if (stack === undefined) return undefined;
  console.log(formatRoles(stack).join("\n"));
  const agent = parseAddress(stack.addressOf("agent"));
  const admin = stack.roles.find(({ name }) => name === "agent")!.admin;
  const hints = formatHints({ agentPort: agent.port, agentAdmin: admin, isDemo });
  const footer = ["While this runs:", ...hints];
  const failed = new AbortController();
  stack.failed.then((error) => failed.abort(error));
  const signal = AbortSignal.any([stop, failed.signal]);
  if (backends === undefined) {
    console.log(["", ...footer].join("\n"));
    await stopped(signal, seconds * 1000);
  } else {
    console.log();
    await runDemo({ agent, backends, store: STORE, seconds, signal, footer });
  }
  failed.signal.throwIfAborted();
  return hints;
}

/**
 * The settings of each role.
 *
 * @throws {UsageError} When one names no role.
 */
export function parseRoleSettings(words: readonly string[]): Record<RoleName, string[]> {
  const settings: Record<RoleName, string[]> = { dns: [], reporter: [], agent: [] };
  for (const word of words) {
    const [, role, setting] = /^(\w+):(.+)$/s.exec(word) ?? [];
    if (role === undefined || !isRoleName(role)) {
      throw new UsageError(
        `Cannot take --set ${word.split("=")[0]} as it must be role:section.key=value, ` +
          `with role one of ${ROLES.join(", ")}`,
      );
    }
    settings[role].push(setting);
  }
  return settings;
}

/**
 * Makes the folder of the data, and makes sure that nobody else runs on the same; the lock ends with the process, however
 * that ends.
 *
 * @throws {CommandError} When somebody does, or there can be no such folder.
 */
async function lockData(): Promise<Disposable> {
  const file = await openLock();
  if (await file.tryLock(true)) return file;
  file.close();
  throw new CommandError(
    `Cannot start as another \`lars up\` uses ${DATA_FOLDER}: stop that one first`,
  );
}

async function openLock(): Promise<Deno.FsFile> {
  try {
    await Deno.mkdir(LOG_FOLDER, { recursive: true });
    return await Deno.open(`${DATA_FOLDER}/up.lock`, { write: true, create: true });
  } catch (error) {
    throw new CommandError(
      `Cannot keep anything in ${DATA_FOLDER}, below the folder that this is started in: ${
        reasonOf(error)
      }`,
    );
  }
}

function formatRoles({ roles }: Stack): string[] {
  return roles.map(({ name, listen, admin }) => {
    const usual = DEFAULT_PORTS[name].listen;
    const note = portOf(listen) === usual ? "" : ` instead of ${usual}`;
    return `  ${name.padEnd(8)}  ${listen}${note}, metrics on http://${admin}/metrics`;
  });
}

/** What to type in another terminal. */
function formatHints(
  { agentPort, agentAdmin, isDemo }: { agentPort: number; agentAdmin: string; isDemo: boolean },
): string[] {
  const agent = agentPort === DEFAULT_PORTS.agent.listen ? "" : ` --agent 127.0.0.1:${agentPort}`;
  const isUsualAdmin = agentAdmin === `127.0.0.1:${DEFAULT_PORTS.agent.admin}`;
  const admin = isUsualAdmin ? "" : ` --agent-admin ${agentAdmin}`;
  const lars = ownCommand();
  const ofDemo = [
    `  ${lars} get-host ${DEMO_MODULE.modid} ${DEMO_MODULE.cmdid}${agent}`,
    `  ${lars} explain ${DEMO_MODULE.modid} ${DEMO_MODULE.cmdid} --watch${admin}`,
    `  ${lars} qps 4 --seconds 5${agent}`,
  ];
  const ofOwn = [
    `  ${lars} routes add MODID CMDID IP:PORT   # where a module of yours is; README.md has a whole example`,
    `  ${lars} get-host MODID CMDID${agent}`,
  ];
  return [
    ...isDemo ? ofDemo : [],
    ...isDemo ? [] : ofOwn,
    `To wipe all that it keeps, once it has stopped: rm -r ${DATA_FOLDER}`,
  ];
}

function showLine(name: RoleName, line: string): void {
  console.error(`${name.padEnd(8)} | ${line}`);
}
