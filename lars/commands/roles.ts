/**
 * The commands that run one role in this process: `dns`, `reporter`, `agent`.
 *
 * @module
 */

import type { RawCommand } from "../cli/command.ts";

/** What every role's main.ts exports. */
interface RoleModule {
  main(args: string[]): Promise<unknown>;
}

/** Each hands its words to the role's own main, which also answers --help. */
export const roleCommands: readonly RawCommand[] = [
  roleCommand({
    name: "dns",
    summary: "Run the dns: serve routes to agents",
    load: () => import("../../dns/main.ts"),
  }),
  roleCommand({
    name: "reporter",
    summary: "Run the reporter: store what agents report",
    load: () => import("../../reporter/main.ts"),
  }),
  roleCommand({
    name: "agent",
    summary: "Run the agent: pick hosts for the programs of this machine",
    load: () => import("../../agent/main.ts"),
  }),
];

function roleCommand(
  { name, summary, load }: { name: string; summary: string; load: () => Promise<RoleModule> },
): RawCommand {
  return {
    name,
    summary,
    async runRaw(args) {
      await (await load()).main(args);
      // The role runs on, and ends the process itself.
      return await new Promise<never>(() => {});
    },
  };
}
