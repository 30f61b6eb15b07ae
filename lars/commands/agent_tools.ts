/**
 * The commands that do by hand what a business program does: `get-host`, `get-route`, `report`, `example`.
 *
 * @module
 */

import { type Host, LarsClient, LarsError } from "../../client/mod.ts";
import type { ModuleName } from "../../proto/mod.ts";
import { agentAddress, agentFlag, jsonFlag, parseAddress, parseInteger } from "../cli/arguments.ts";
import { type Command, CommandError, type CommandInput } from "../cli/command.ts";
import { moduleOf, NAMES_NOTE } from "../routes/module_words.ts";
import { formatModule, readRouteStore } from "../routes/route_access.ts";
import { storeFlags, storeName, storeOf } from "../cli/store_flags.ts";

/** A little more than dns and the agent need to learn of a route that was added a moment ago. */
export const ROUTE_TIMEOUT_MS = 700;

const MODULE_ARGS = ["MODID", "CMDID"];

const flags = { agent: agentFlag, ...storeFlags };

/**
 * A client, once the agent has the route of the module that the words name.
 *
 * @throws {LarsError} When the agent has no route, or there is no agent.
 */
export async function openModule(
  input: CommandInput,
): Promise<ModuleName & { client: LarsClient } & AsyncDisposable> {
  const module = await moduleOf(input);
  const client = new LarsClient(agentAddress(input));
  try {
    await client.register(module.modid, module.cmdid, { timeoutMs: ROUTE_TIMEOUT_MS });
  } catch (error) {
    await client.close();
    if (error instanceof LarsError && error.code === "no_such_module") {
      await throwIfDrained(input, module);
    }
    throw error;
  }
  return { ...module, client, [Symbol.asyncDispose]: () => client.close() };
}

/**
 * Says so when a module has hosts, and all of them are drained; where there is no database here nobody can tell.
 *
 * @throws {CommandError} When it is so.
 */
async function throwIfDrained(input: CommandInput, module: ModuleName): Promise<void> {
  const rows = await readRouteStore(input, (store) => store.readModules([module])).catch(() => []);
  if (rows.length === 0 || rows.some(({ weight }) => weight > 0)) return;
  const { modid, cmdid } = module;
  throw new CommandError(
    `Cannot use ${formatModule(module)} as all of its hosts are drained in ${
      storeName(storeOf(input))
    }: ` +
      `\`lars routes weight ${modid} ${cmdid} IP:PORT 100\` has one served again`,
  );
}

/** Commands that send one or two messages to an agent. */
export const agentTools: readonly Command[] = [
  {
    name: "get-host",
    summary: "Pick a host of a module",
    args: MODULE_ARGS,
    flags: { ...flags, json: jsonFlag },
    examples: [
      "get-host 1000 1",
      "get-host shop search",
      "get-host 1000 1 --agent 127.0.0.1:8888 --json",
    ],
    notes: [NAMES_NOTE],
    async run(input) {
      await using module = await openModule(input);
      const host = await module.client.getHost(module.modid, module.cmdid);
      console.log(input.has("json") ? JSON.stringify(host) : formatHost(host));
      return 0;
    },
  },
  {
    name: "get-route",
    summary: "Show all hosts of a module, as the agent knows them",
    args: MODULE_ARGS,
    flags: { ...flags, json: jsonFlag },
    examples: ["get-route 1000 1", "get-route shop search --json"],
    notes: [NAMES_NOTE],
    async run(input) {
      await using module = await openModule(input);
      const hosts = await module.client.getRoute(module.modid, module.cmdid);
      console.log(input.has("json") ? JSON.stringify(hosts) : hosts.map(formatHost).join("\n"));
      return 0;
    },
  },
  {
    name: "report",
    summary: "Tell the agent how a call to a host went",
    args: [...MODULE_ARGS, "IP:PORT", "[PORT]", "RETCODE"],
    flags,
    examples: [
      "report 1000 1 10.0.0.5:8080 0",
      "report 1000 1 10.0.0.5 8080 0",
      "report shop search 10.0.0.5 8080 -- -7",
    ],
    notes: [
      "RETCODE is 0 for a call that succeeded, any other for one that failed. The exit code is 1 when no agent " +
      "answers, or the module has no such host. The report itself is not answered.",
      NAMES_NOTE,
    ],
    async run(input) {
      const words = input.words.slice(2);
      const host = parseAddress(words.slice(0, -1).join(":"));
      const range = { name: "RETCODE", min: -(2 ** 31), max: 2 ** 31 - 1 };
      const retcode = parseInteger(words.at(-1)!, range);
      await using module = await openModule(input);
      const { modid, cmdid, client } = module;
      const hosts = await client.getRoute(modid, cmdid);
      if (!hosts.some(({ hostname, port }) => hostname === host.hostname && port === host.port)) {
        throw new CommandError(
          `Cannot report on ${formatHost(host)} as ${
            formatModule(module)
          } has no such host that is served: ` +
            `\`lars get-route ${modid} ${cmdid}\` shows those that it has`,
        );
      }
      client.report(modid, cmdid, host, retcode);
      const how = retcode === 0 ? "went well" : "failed";
      console.log(`Told the agent that a call to ${formatHost(host)} ${how} (${retcode})`);
      return 0;
    },
  },
  {
    name: "example",
    summary: "Show what a program does: register, route, pick, report",
    args: MODULE_ARGS,
    flags,
    examples: ["example 1000 1", "example shop search"],
    notes: [NAMES_NOTE],
    async run(input) {
      await using module = await openModule(input);
      const { modid, cmdid, client } = module;
      console.log(`register(${modid}, ${cmdid}): the route is there`);
      const hosts = await client.getRoute(modid, cmdid);
      console.log(`getRoute(${modid}, ${cmdid}): ${hosts.map(formatHost).join(", ")}`);
      const host = await client.getHost(modid, cmdid);
      console.log(`getHost(${modid}, ${cmdid}): ${formatHost(host)}`);
      client.report(modid, cmdid, host, 0);
      console.log(
        `report(${modid}, ${cmdid}, ${
          formatHost(host)
        }, 0): told the agent that the call went well`,
      );
      return 0;
    },
  },
];

function formatHost({ hostname, port }: Host): string {
  return `${hostname}:${port}`;
}
