/**
 * The command `status`.
 *
 * @module
 */

import type { Endpoint } from "../../reactor/mod.ts";
import { UsageError } from "../../service/mod.ts";
import { jsonFlag, parseServer } from "../cli/arguments.ts";
import type { Command, CommandInput, Flag } from "../cli/command.ts";
import { configuredDns } from "../status/dns_admins.ts";
import { askRole, isWell } from "../status/role_status.ts";
import { formatStatus } from "../status/status_table.ts";
import { isRoleName, type RoleName, ROLES } from "../up/role_task.ts";
import { DEFAULT_PORTS } from "../up/stack.ts";

const adminFlags: Record<string, Flag> = Object.fromEntries(
  ROLES.map((role) => [flagOf(role), {
    takes: "HOST:PORT",
    many: true,
    doc:
      `The admin port of ${
        role === "agent" ? "an" : "a"
      } ${role}; several with commas between, or given several times ` +
      `(${usualAdmin(role)} unless given)`,
  }]),
);

/** Shows how the roles are. */
export const statusCommand: Command = {
  name: "status",
  summary:
    "Show whether dns, reporter and agent are ready, which versions they are, and how they fare",
  args: [],
  flags: {
    role: {
      takes: "ROLE",
      many: true,
      doc: `Ask only these: ${ROLES.join(", ")}; several with commas between (all unless given)`,
    },
    ...adminFlags,
    config: { takes: "FILE", doc: "An INI file; its [dns] admin names every dns" },
    set: { takes: "dns.admin=HOST:PORT,…", many: true, doc: "The same" },
    json: jsonFlag,
  },
  examples: [
    "status",
    "status --role agent",
    "status --json",
    "status --dns-admin 10.0.0.8:7788,10.0.0.9:7788 --agent-admin 10.0.0.1:8898 --agent-admin 10.0.0.2:8898",
  ],
  notes: [
    "The exit code is 0 when all that were asked are ready and their databases answer, 1 when not, and 2 when the " +
    "command line is wrong. A role that serves without its database is ready, and says since when and why.",
  ],
  async run(input) {
    const asked = rolesIn(input).flatMap((role) =>
      adminsOf(role, input).map((admin) => askRole(role, admin))
    );
    const statuses = await Promise.all(asked);
    if (input.has("json")) console.log(JSON.stringify(statuses));
    else console.log(formatStatus(statuses).join("\n"));
    return statuses.every(isWell) ? 0 : 1;
  },
};

/** The roles to ask, in their usual order. */
function rolesIn(input: CommandInput): readonly RoleName[] {
  const named = listIn(input.values("role"));
  for (const name of named) {
    if (isRoleName(name)) continue;
    throw new UsageError(`Cannot take --role ${name} as it must be one of ${ROLES.join(", ")}`);
  }
  return named.length === 0 ? ROLES : ROLES.filter((role) => named.includes(role));
}

/** Where a role is asked: everywhere it is said to be, once each. */
function adminsOf(
  role: RoleName,
  input: CommandInput,
): readonly Endpoint[] {
  const given = new Set(listIn(input.values(flagOf(role))));
  if (given.size > 0) return [...given].map(parseServer);
  const configured = role === "dns" ? configuredDns(input, { warns: true }) : [];
  return configured.length > 0 ? configured : [parseServer(usualAdmin(role))];
}

function listIn(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(",")).map((item) => item.trim()).filter(Boolean);
}

function flagOf(role: RoleName): string {
  return `${role}-admin`;
}

function usualAdmin(role: RoleName): string {
  return `127.0.0.1:${DEFAULT_PORTS[role].admin}`;
}
