/**
 * Every command, in the groups in which --help lists them. A command is one file here, or shares one with its like: its
 * description, and what it does with its arguments; the work is done in the folders beside this one.
 *
 * @module
 */

import type { CommandGroup } from "../cli/cli.ts";
import { agentTools } from "./agent_tools.ts";
import { dbCommands } from "./db.ts";
import { decodeCommand } from "./decode.ts";
import { dnsWatch } from "./dns_watch.ts";
import { echoCommands } from "./echo.ts";
import { explainCommand } from "./explain.ts";
import { guardCommands } from "./guard.ts";
import { qpsCommand } from "./qps.ts";
import { replayTraces } from "./replay.ts";
import { reporterSend } from "./reporter_send.ts";
import { roleCommands } from "./roles.ts";
import { routeFileCommands } from "./route_files.ts";
import { routeCommands } from "./routes.ts";
import { simulateCommand } from "./simulate.ts";
import { statusCommand } from "./status.ts";
import { upCommand } from "./up.ts";

/** All commands. */
export const COMMAND_GROUPS: readonly CommandGroup[] = [
  { heading: "Run Lars", commands: [upCommand, ...roleCommands] },
  {
    heading: "See how it is",
    commands: [statusCommand, explainCommand, ...guardCommands, dnsWatch],
  },
  { heading: "Ask an agent", commands: [...agentTools, simulateCommand, qpsCommand] },
  {
    heading: "Change the database",
    commands: [...routeCommands, ...routeFileCommands, ...dbCommands],
  },
  {
    heading: "Check a part by itself",
    commands: [decodeCommand, replayTraces, reporterSend, ...echoCommands],
  },
];
