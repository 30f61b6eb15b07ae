/**
 * What a chaos run may break: the roles, threads and links of its system (system.ts), by the means of this machine.
 *
 * @module
 */

import { WORKER_NAMES } from "../../agent/supervisor/threads.ts";
import { canMountDisk } from "../../testing/small_disk.ts";
import { hasFakeClocks } from "./fake_clock.ts";
import type { FaultKind, Target } from "./fault.ts";
import type { Possible } from "./fault_schedule.ts";

/** Which database is used. */
export const DATABASES = ["mariadb", "sqlite"] as const;

/** One of {@link DATABASES}. */
export type DatabaseName = typeof DATABASES[number];

/** There are so many of each role. */
export const INSTANCES = [1, 2] as const;

/** Faults for which a machine must have something, and what that is. */
const MEANS: readonly { kind: FaultKind; needs: string; isThere: boolean }[] = [
  { kind: "clock", needs: "libfaketime", isThere: hasFakeClocks },
  { kind: "descriptors", needs: "prlimit, of util-linux", isThere: hasPrlimit() },
  { kind: "fill", needs: "root, who may mount a small disk", isThere: canMountDisk },
];

/** What cannot be broken here, and what for. */
export function missingMeans(): string[] {
  return MEANS.filter(({ isThere }) => !isThere).map(({ kind, needs }) => `${kind} (${needs})`);
}

/** Everything that can be broken here. */
export function possibleFaults(database: DatabaseName): Possible {
  const [dns, reporters, agents] = ["dns", "reporter", "agent"].map((role) =>
    INSTANCES.map((i): Target => ({ role: `${role}${i}` }))
  );
  const servers = [...dns, ...reporters];
  const roles = [...servers, ...agents];
  const workers = agents.flatMap(({ role }) => WORKER_NAMES.map((worker) => ({ role, worker })));
  const links = agents.flatMap(({ role }) =>
    servers.map((server) => ({ role, peer: server.role }))
  );
  // An embedded database is no process, and has no link.
  const isServer = database === "mariadb";
  const ends = [...roles, ...isServer ? [{ role: "database" }] : []];
  const ways = [
    ...links,
    ...isServer ? servers.map(({ role }) => ({ role, peer: "database" })) : [],
  ];
  const possible: Possible = {
    kill: ends,
    stop: ends,
    throttle: ends,
    descriptors: roles,
    clock: roles,
    throw: workers,
    exit: workers,
    hang: workers,
    cut: ways,
    silence: ways,
    delay: ways,
    fill: [{ role: "disk" }],
  };
  for (const { kind, isThere } of MEANS) if (!isThere) delete possible[kind];
  return possible;
}

function hasPrlimit(): boolean {
  try {
    return new Deno.Command("prlimit", { args: ["--version"], stdout: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}
