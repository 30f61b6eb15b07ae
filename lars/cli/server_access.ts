/**
 * How tools are let in by the roles that they speak to: as an agent is by dns and reporter, out of the same sections of
 * --config, the environment and --set; as programs are by an agent, and operators by an admin port, out of the environment
 * (LARS_AGENT_TOKENS, LARS_ADMIN_TOKENS, or the same with _FILE).
 *
 * @module
 */

import { accessOf, agentSchema } from "../../agent/options.ts";
import { isLoopback } from "../../proto/mod.ts";
import type { Access, Endpoint } from "../../reactor/mod.ts";
import { loadOptions, tokensOf } from "../../service/mod.ts";
import type { CommandInput } from "./command.ts";

/** Settings of `--set` that are about the database, and others' to read. */
const STORE_SETTING = /^(store|mysql|dns)\./;

/** How dns lets a tool in. */
export function dnsAccess(input: CommandInput): Access {
  const schema = { dnsserver: agentSchema.dnsserver };
  return accessOf(loadOptions(schema, sourcesOf(input)).values.dnsserver, "lars");
}

/** How reporter lets a tool in. */
export function reporterAccess(input: CommandInput): Access {
  const schema = { reporter: agentSchema.reporter };
  return accessOf(loadOptions(schema, sourcesOf(input)).values.reporter, "lars");
}

/** What a tool shows an agent; undefined where it has nothing to show. */
export function agentToken(): string | undefined {
  return tokensOf(loadOptions({ agent: agentSchema.agent }).values.agent)[0];
}

/** What a tool shows an admin port: nothing over loopback, where nobody wants it. */
export function adminHeaders({ hostname }: Pick<Endpoint, "hostname">): Record<string, string> {
  if (isLoopback(hostname)) return {};
  const [token] = tokensOf(loadOptions({ admin: agentSchema.admin }).values.admin);
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

function sourcesOf(input: CommandInput) {
  return {
    file: input.value("config"),
    set: input.values("set").filter((assignment) => !STORE_SETTING.test(assignment)),
    isPart: true,
  };
}
