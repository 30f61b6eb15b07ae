/**
 * Wakes every dns up after a change of routes, so that it does not wait for its next poll of the database. Nothing relies on
 * it: dns finds the change by itself, so a dns that cannot be reached costs a line on stderr and no more.
 *
 * @module
 */

import type { Endpoint } from "../../reactor/mod.ts";
import type { CommandInput } from "../cli/command.ts";
import { adminHeaders } from "../cli/server_access.ts";
import { configuredDns, USUAL_DNS } from "../status/dns_admins.ts";

/** How long to wait for a dns, ms. */
const TIMEOUT_MS = 2_000;

/** The problem when nothing listens there. */
const AWAY = "it does not answer";

/** Tells the dns that the options name. */
export async function tellDns(input: CommandInput): Promise<void> {
  const admin = configuredDns(input);
  // The usual one need not be there.
  if (admin.length === 0) await tellOrWarn(USUAL_DNS, { mayBeAway: true });
  else await Promise.all(admin.map((endpoint) => tellOrWarn(endpoint, { mayBeAway: false })));
}

async function tellOrWarn(
  endpoint: Endpoint,
  { mayBeAway }: { mayBeAway: boolean },
): Promise<void> {
  const problem = await tell(endpoint);
  if (problem === undefined || (mayBeAway && problem === AWAY)) return;
  console.error(
    `lars: Could not tell dns at ${endpoint.hostname}:${endpoint.port} of the change (${problem}): ` +
      "it finds it at its next poll of the database",
  );
}

/** Says why a dns could not be told, if so. */
async function tell({ hostname, port }: Endpoint): Promise<string | undefined> {
  try {
    const response = await fetch(`http://${hostname}:${port}/refresh`, {
      method: "POST",
      headers: adminHeaders({ hostname }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = (await response.text()).trim();
    return response.ok ? undefined : `${response.status} ${text}`;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.name === "TimeoutError" ? `no answer in ${TIMEOUT_MS} ms` : AWAY;
  }
}
