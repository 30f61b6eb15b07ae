/**
 * The health of roles as a table.
 *
 * @module
 */

import { countOf } from "../routes/route_access.ts";
import { formatTable } from "../terminal/table.ts";
import type { RoleName } from "../up/role_task.ts";
import type { RoleStatus } from "./role_status.ts";

const COLUMNS = [
  { heading: "role" },
  { heading: "admin" },
  { heading: "state" },
  { heading: "database" },
  { heading: "version" },
  { heading: "deno" },
  { heading: "up", isNumber: true },
  { heading: "" },
];

type Numbers = RoleStatus["numbers"];

const DETAILS: Readonly<Record<RoleName, (numbers: Numbers) => string[]>> = {
  dns: ({ modules = 0, hosts = 0, staleSec = 0 }) => [
    countOf(modules, "module"),
    countOf(hosts, "host"),
    `as of ${formatDuration(staleSec)} ago`,
  ],
  reporter: ({ pending = 0 }) => [`${pending.toLocaleString("en")} pending`],
  agent: (
    { modules = 0, hosts = 0, overloaded = 0, workersMissing = 0, workersStuck = 0, ...links },
  ) => [
    countOf(modules, "module"),
    countOf(hosts, "host"),
    `${overloaded.toLocaleString("en")} overloaded`,
    ...workersMissing > 0 ? [`${countOf(workersMissing, "worker")} missing`] : [],
    ...workersStuck > 0 ? [`${countOf(workersStuck, "worker")} stuck`] : [],
    ...describeLinks(links),
  ],
};

/** Whom an agent is connected to. It connects to either when it first has something to ask or to tell. */
function describeLinks({ dnsConnections, reporterConnections }: Numbers): string[] {
  const links = [["dns", dnsConnections], ["reporter", reporterConnections]] as const;
  return links.flatMap(([peer, connections]) =>
    connections === undefined ? [] : `${connections > 0 ? "" : "not "}connected to ${peer}`
  );
}

/** A line for each role. */
export function formatStatus(statuses: readonly RoleStatus[]): string[] {
  return formatTable(
    COLUMNS,
    statuses.map(({ role, admin, ready, reason, database, version, deno, upSec, numbers }) => [
      role,
      admin,
      ready ? "ready" : reason ?? "not ready",
      database ?? "-",
      version ?? "-",
      deno ?? "-",
      upSec === undefined ? "-" : formatDuration(upSec),
      version === undefined
        ? ""
        : [...DETAILS[role](numbers), ...ready && reason !== undefined ? [reason] : []].join(", "),
    ]),
  );
}

/** A length of time in the largest unit that makes it 1 or more, and tenths of seconds below a minute. */
export function formatDuration(sec: number): string {
  if (sec < 60) return `${sec.toFixed(1)} s`;
  if (sec < 3_600) return `${Math.floor(sec / 60)} min`;
  if (sec < 86_400) return `${Math.floor(sec / 3_600)} h`;
  return `${Math.floor(sec / 86_400)} d`;
}
