/**
 * The command `status`.
 *
 * @module
 */

import { parseServer } from "../arguments.ts";
import type { Command, Flag } from "../command.ts";
import { askRole } from "../status/role_status.ts";
import { formatStatus } from "../status/status_table.ts";
import { ROLES } from "../up/role_task.ts";
import { DEFAULT_PORTS } from "../up/stack.ts";
import { jsonFlag } from "./agent_tools.ts";

const ADMINS = ROLES.map((role) => ({
  role,
  flag: `${role}-admin`,
  usual: `127.0.0.1:${DEFAULT_PORTS[role].admin}`,
}));

const adminFlags: Record<string, Flag> = Object.fromEntries(
  ADMINS.map(({ role, flag, usual }) => [
    flag,
    { takes: "HOST:PORT", doc: `The admin port of the ${role} (${usual} unless given)` },
  ]),
);

/** Shows how the roles are. */
export const statusCommand: Command = {
  name: "status",
  summary:
    "Show whether dns, reporter and agent are ready, which versions they are, and how they fare",
  args: [],
  flags: { ...adminFlags, json: jsonFlag },
  examples: ["status", "status --json", "status --dns-admin 10.0.0.9:7788"],
  notes: ["The exit code is 1 when one of them is not ready."],
  async run(input) {
    const asked = ADMINS.map(({ role, flag, usual }) => ({
      role,
      address: parseServer(input.value(flag) ?? usual),
    }));
    const statuses = await Promise.all(asked.map(({ role, address }) => askRole(role, address)));
    if (input.has("json")) console.log(JSON.stringify(statuses));
    else console.log(formatStatus(statuses).join("\n"));
    return statuses.every(({ ready }) => ready) ? 0 : 1;
  },
};
