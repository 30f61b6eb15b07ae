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

const DETAILS: Readonly<
  Record<RoleName, (numbers: Numbers, connectedTo: RoleStatus["connectedTo"]) => string[]>
> = {
  dns: ({ modules = 0, hosts = 0, staleSec = 0, snapshotAgeSec = 0, heldHosts = 0 }) => [
    countOf(modules, "module"),
    countOf(hosts, "host"),
    `as of ${formatDuration(Math.max(staleSec, snapshotAgeSec))} ago`,
    ...heldHosts > 0 ? [`${countOf(heldHosts, "host")} held back`] : [],
  ],
  reporter: ({ pending = 0 }) => [`${pending.toLocaleString("en")} pending`],
  agent: (numbers, connectedTo) => [
    countOf(numbers.modules ?? 0, "module"),
    countOf(numbers.hosts ?? 0, "host"),
    `${(numbers.overloaded ?? 0).toLocaleString("en")} overloaded`,
    ...numbers.workersMissing > 0 ? [`${countOf(numbers.workersMissing, "worker")} missing`] : [],
    ...numbers.workersStuck > 0 ? [`${countOf(numbers.workersStuck, "worker")} stuck`] : [],
    ...describeConnections(numbers, connectedTo),
  ],
};

/** What an agent is connected to. It connects when it first has something to ask or to report, which one at rest has not. */
function describeConnections(
  { modules, dnsConnections, reporterConnections }: Numbers,
  connectedTo: RoleStatus["connectedTo"] = {},
): string[] {
  if (modules === 0 && dnsConnections === 0 && reporterConnections === 0) {
    return ["connects when a program asks"];
  }
  const peers = [["dns", dnsConnections], ["reporter", reporterConnections]] as const;
  return peers.flatMap(([peer, connections]) =>
    connections === undefined
      ? []
      : connections === 0
      ? `not connected to ${peer}`
      : `connected to ${[peer, ...peer in connectedTo ? [connectedTo[peer]] : []].join(" at ")}`
  );
}

/** A line for each role. */
export function formatStatus(statuses: readonly RoleStatus[]): string[] {
  return formatTable(
    COLUMNS,
    statuses.map(({ role, admin, ready, reason, database, version, deno, upSec, ...rest }) => [
      role,
      admin,
      ready ? "ready" : reason ?? "not ready",
      database ?? "-",
      version ?? "-",
      deno ?? "-",
      upSec === undefined ? "-" : formatDuration(upSec),
      version === undefined ? "" : [
        ...DETAILS[role](rest.numbers, rest.connectedTo),
        ...ready && reason !== undefined ? [reason] : [],
      ].join(", "),
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
