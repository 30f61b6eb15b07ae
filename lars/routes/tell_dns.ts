/**
 * Tells every dns that routes have changed, so that it need not wait for its next look at the database. Nobody relies on
 * it: what dns is not told of it finds by itself, so a dns that cannot be told costs a line on stderr and no more.
 *
 * @module
 */

import { dnsSchema } from "../../dns/options.ts";
import type { Endpoint } from "../../reactor/mod.ts";
import { loadOptions } from "../../service/mod.ts";
import type { CommandInput } from "../cli/command.ts";

/** Where a dns is told that is not named: the one of this machine, on its usual port. */
const USUAL: Endpoint = {
  hostname: "127.0.0.1",
  port: Number(dnsSchema.admin.settings.port.default),
};

/** The longest that a tool waits for a dns, ms. */
const PATIENCE_MS = 2_000;

/** Where nobody listens. */
const AWAY = "it does not answer";

/** Tells the dns that the options name. */
export async function tellDns(input: CommandInput): Promise<void> {
  const { values } = loadOptions({ dns: dnsSchema.dns }, {
    file: input.value("config"),
    set: input.values("set").filter((assignment) => assignment.startsWith("dns.")),
    isPart: true,
  });
  const { admin } = values.dns;
  // The usual one need not be there.
  if (admin.length === 0) await tellOrWarn(USUAL, { mayBeAway: true });
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
      "it finds it at its next look at the database",
  );
}

/** Says why a dns could not be told, if so. */
async function tell({ hostname, port }: Endpoint): Promise<string | undefined> {
  try {
    const response = await fetch(`http://${hostname}:${port}/refresh`, {
      method: "POST",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = (await response.text()).trim();
    return response.ok ? undefined : `${response.status} ${text}`;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.name === "TimeoutError" ? `no answer in ${PATIENCE_MS} ms` : AWAY;
  }
}
