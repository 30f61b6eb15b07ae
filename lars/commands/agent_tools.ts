/**
 * The commands that do by hand what a business program does: `get-host`, `get-route`, `report`, `example`.
 *
 * @module
 */

import { type Host, LarsClient } from "../../client/mod.ts";
import { UsageError } from "../../service/mod.ts";
import { parseEndpoint, parseInteger, parseModule } from "../arguments.ts";
import type { Command, CommandInput, Flag } from "../command.ts";
import { waitForRoute } from "../patience.ts";

/** The option that names the agent to ask. */
export const agentFlag: Flag = {
  takes: "IP:PORT",
  doc: "The agent's address and first port (127.0.0.1:8888 unless given)",
};

const MODULE_ARGS = ["MODID", "CMDID"];

/** The option that asks for JSON. */
export const jsonFlag: Flag = { doc: "Print JSON" };

/**
 * The address that `--agent` gives.
 *
 * @throws {UsageError} When it cannot be one.
 */
export function agentAddress(input: CommandInput): { hostname: string; port: number } {
  const { hostname, port } = parseEndpoint(input.value("agent") ?? "127.0.0.1:8888");
  if (port <= 65533) return { hostname, port };
  throw new UsageError(
    `Cannot take port ${port} as the agent's first of three: it must be at most 65533`,
  );
}

/** Commands that send one or two messages to an agent. */
export const agentTools: readonly Command[] = [
  {
    name: "get-host",
    summary: "Pick a host of a module",
    args: MODULE_ARGS,
    flags: { agent: agentFlag, json: jsonFlag },
    examples: ["get-host 1000 1", "get-host 1000 1 --agent 127.0.0.1:8888 --json"],
    async run(input) {
      const { modid, cmdid } = parseModule(input.words);
      await using client = new LarsClient(agentAddress(input));
      await waitForRoute(client, { modid, cmdid });
      const host = await client.getHost(modid, cmdid);
      console.log(input.has("json") ? JSON.stringify(host) : formatHost(host));
      return 0;
    },
  },
  {
    name: "get-route",
    summary: "Show all hosts of a module, as the agent knows them",
    args: MODULE_ARGS,
    flags: { agent: agentFlag, json: jsonFlag },
    examples: ["get-route 1000 1", "get-route 1000 1 --json"],
    async run(input) {
      const { modid, cmdid } = parseModule(input.words);
      await using client = new LarsClient(agentAddress(input));
      await waitForRoute(client, { modid, cmdid });
      const hosts = await client.getRoute(modid, cmdid);
      console.log(input.has("json") ? JSON.stringify(hosts) : hosts.map(formatHost).join("\n"));
      return 0;
    },
  },
  {
    name: "report",
    summary: "Tell the agent how a call to a host went",
    args: [...MODULE_ARGS, "IP", "PORT", "RETCODE"],
    flags: { agent: agentFlag },
    examples: ["report 1000 1 10.0.0.5 8080 0", "report 1000 1 10.0.0.5 8080 -- -7"],
    notes: [
      "RETCODE is 0 for a call that went well, any other for one that failed. The agent does not answer:",
      "nobody learns here whether there is one.",
    ],
    async run(input) {
      const { modid, cmdid } = parseModule(input.words);
      const [, , ip, portText, retcodeText] = input.words;
      const { hostname, port } = parseEndpoint(`${ip}:${portText}`);
      const range = { name: "RETCODE", min: -(2 ** 31), max: 2 ** 31 - 1 };
      const retcode = parseInteger(retcodeText, range);
      await using client = new LarsClient(agentAddress(input));
      client.report(modid, cmdid, { hostname, port }, retcode);
      return 0;
    },
  },
  {
    name: "example",
    summary: "Show what a program does: register, route, pick, report",
    args: MODULE_ARGS,
    flags: { agent: agentFlag },
    examples: ["example 1000 1"],
    async run(input) {
      const { modid, cmdid } = parseModule(input.words);
      await using client = new LarsClient(agentAddress(input));
      await waitForRoute(client, { modid, cmdid });
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
