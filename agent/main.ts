/**
 * The agent's entry point: hands out addresses on its host, learns from the outcomes, and keeps traffic off what fails.
 *
 * @module
 */

import { runDaemon } from "../service/mod.ts";
import { agentSchema } from "./options.ts";
import { AgentService } from "./service.ts";

/** Runs the agent, as the whole of this process. */
export function main(args: readonly string[] = Deno.args): Promise<void> {
  return runDaemon({
    name: "agent",
    summary: "Tells programs on this host which address to call, and keeps them off what fails.",
    schema: agentSchema,
    callsLibc: true,
    start: AgentService.start,
  }, args);
}

if (import.meta.main) await main();
