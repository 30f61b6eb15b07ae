/**
 * The demo's modules in the database: one with a name, which the demo calls, and some for `lars qps`. They are there while
 * the demo runs: a file beside the database notes what was put there, so that just that is taken back, by a later run if
 * this one is ended abruptly.
 *
 * @module
 */

import type { HostAddress, ModuleName } from "../../proto/mod.ts";
import {
  type NameChange,
  openRouteStore,
  type RouteStore,
  type SqliteConfig,
} from "../../sql/mod.ts";
import { CommandError, ownCommand } from "../cli/command.ts";
import { formatModule } from "../routes/route_access.ts";
import { nameIn } from "../routes/route_plan.ts";

/** The module that the demo calls. */
export const DEMO_MODULE: Readonly<ModuleName> = { modid: 1000, cmdid: 1 };

/** What people call it. */
export const DEMO_NAME = { modid: "demo", cmdid: "hello" };

/** Modules 1 … so many, with cmdid 1, are there for `lars qps`. */
const QPS_MODULES = 8;

/** What was put into the database. */
interface Note {
  modules: ModuleName[];
  hosts: HostAddress[];
  names: NameChange[];
}

/** The demo's routes while it runs: disposing of them takes them back. */
export class DemoRoutes implements AsyncDisposable {
  readonly #config: SqliteConfig;

  /**
   * Gives the demo's modules these hosts on 127.0.0.1. What others have put there is left alone: modules for `lars qps` that
   * have hosts, and names.
   *
   * @throws {CommandError} When the module that the demo calls has hosts of others.
   */
  static async put(config: SqliteConfig, ports: readonly number[]): Promise<DemoRoutes> {
    const hosts = ports.map((port) => ({ ip: 0x7f00_0001, port }));
    await withStore(config, async (store) => {
      const note = { modules: await freeModules(store), hosts, names: await freeNames(store) };
      // Noted first: were this ended between the two, the next one would take back what is not there.
      await writeNote(config, note);
      const changes = note.modules.map((module) => ({ ...module, put: hosts }));
      await store.changeRoutes(changes, { names: note.names });
    });
    return new DemoRoutes(config);
  }

  private constructor(config: SqliteConfig) {
    this.#config = config;
  }

  /** Takes all of it back. */
  async [Symbol.asyncDispose](): Promise<void> {
    await takeBackDemoRoutes(this.#config);
  }
}

/** Takes back what a demo has put there, if one has and could not do so itself. */
export async function takeBackDemoRoutes(config: SqliteConfig): Promise<void> {
  const note = await readNote(config);
  if (note === undefined) return;
  const { modules, hosts, names } = note;
  await withStore(config, async (store) => {
    const present = await store.readNames();
    const changes = modules.map((module) => ({ ...module, drop: hosts }));
    // A name that somebody has changed meanwhile stays.
    const unchanged = names.filter((change) => nameIn(change, present) === change.name);
    await store.changeRoutes(changes, {
      names: unchanged.map((change) => ({ ...change, name: "" })),
    });
  });
  await Deno.remove(notePath(config));
}

/** The demo's modules, without those of `lars qps` that have hosts. */
async function freeModules(store: RouteStore): Promise<ModuleName[]> {
  const qpsModules = Array.from({ length: QPS_MODULES }, (_, i) => ({ modid: i + 1, cmdid: 1 }));
  const modules = [DEMO_MODULE, ...qpsModules];
  const rows = await store.readModules(modules);
  const free = modules.filter(({ modid, cmdid }) =>
    !rows.some((row) => row.modid === modid && row.cmdid === cmdid)
  );
  if (free.includes(DEMO_MODULE)) return free;
  const { modid, cmdid } = DEMO_MODULE;
  throw new CommandError(
    `Cannot run the demo as its ${formatModule(DEMO_MODULE)} has hosts that are not the demo's: ` +
      `\`${ownCommand()} routes remove ${modid} ${cmdid}\` removes them`,
  );
}

/** The demo's names of ids that have none. */
async function freeNames(store: RouteStore): Promise<NameChange[]> {
  const present = await store.readNames();
  const names = [
    { modid: DEMO_MODULE.modid, name: DEMO_NAME.modid },
    { cmdid: DEMO_MODULE.cmdid, name: DEMO_NAME.cmdid },
  ];
  return names.filter((change) => nameIn(change, present) === undefined);
}

async function withStore(
  config: SqliteConfig,
  use: (store: RouteStore) => Promise<void>,
): Promise<void> {
  await using store = await openRouteStore(config);
  await use(store);
}

function notePath({ path }: SqliteConfig): string {
  return `${path}.demo.json`;
}

/** All of it or nothing, whenever this is ended. */
async function writeNote(config: SqliteConfig, note: Note): Promise<void> {
  const path = notePath(config);
  await Deno.writeTextFile(`${path}.new`, JSON.stringify(note));
  await Deno.rename(`${path}.new`, path);
}

async function readNote(config: SqliteConfig): Promise<Note | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(notePath(config)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
