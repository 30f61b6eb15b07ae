import { assertEquals, assertStringIncludes } from "@std/assert";
import { askRole, isWell, readAnswers } from "./role_status.ts";
import { formatDuration, formatStatus } from "./status_table.ts";

const METRICS = `lars_build_info{role="agent",version="0.1.0",deno="2.9.6"} 1
process_start_time_seconds 1000
lars_agent_modules{shard="0"} 1
lars_agent_modules{shard="1"} 2
lars_agent_hosts{shard="0"} 1500
lars_agent_hosts_overloaded{shard="0"} 1
lars_agent_workers_missing 1
lars_agent_workers_stuck 0
lars_agent_tcp_connections{peer="dns"} 1
lars_agent_tcp_connections{peer="reporter"} 0
lars_agent_endpoint_in_use{peer="dns",endpoint="10.0.0.1:7778"} 0
lars_agent_endpoint_in_use{peer="dns",endpoint="10.0.0.2:7778"} 1
lars_agent_endpoint_in_use{peer="reporter",endpoint="10.0.0.2:7779"} 0
`;

const ASKED = { role: "agent" as const, admin: "127.0.0.1:8898", nowSec: 1090 };
const READY = { readyStatus: 200, readyText: "ready\n", metrics: METRICS };

Deno.test("readAnswers() reads readiness, versions and numbers", () => {
  assertEquals(readAnswers(READY, ASKED), {
    role: "agent",
    admin: "127.0.0.1:8898",
    ready: true,
    reason: undefined,
    database: undefined,
    version: "0.1.0",
    deno: "2.9.6",
    upSec: 90,
    numbers: {
      modules: 3,
      hosts: 1500,
      overloaded: 1,
      workersMissing: 1,
      workersStuck: 0,
      dnsConnections: 1,
      reporterConnections: 0,
    },
    connectedTo: { dns: "10.0.0.2:7778" },
  });
});

Deno.test("readAnswers() says why a role is not ready", () => {
  const answers = { ...READY, readyStatus: 503, readyText: "not ready: because\n" };
  const { ready, reason } = readAnswers(answers, ASKED);
  assertEquals([ready, reason], [false, "not ready: because"]);
});

Deno.test("readAnswers() says whether the database answers, and what is wrong with it", () => {
  const of = (role: "dns" | "reporter", up: number) => {
    const metrics = `lars_build_info{role="${role}"} 1\nlars_${role}_database_up ${up}\n`;
    const problem = "its database is away since 2026-01-31T12:00:00Z: Access denied";
    const readyText = up === 1 ? "ready\n" : `ready, but ${problem}\n`;
    return readAnswers({ readyStatus: 200, readyText, metrics }, { ...ASKED, role });
  };
  for (const role of ["dns", "reporter"] as const) {
    const well = of(role, 1);
    assertEquals([well.ready, well.database, well.reason, isWell(well)], [
      true,
      "answers",
      undefined,
      true,
    ]);
    const ill = of(role, 0);
    assertEquals([ill.ready, ill.database, ill.reason, isWell(ill)], [
      true,
      "away",
      "its database is away since 2026-01-31T12:00:00Z: Access denied",
      false,
    ]);
  }
});

Deno.test("readAnswers() says when something else is there", () => {
  const other = readAnswers(READY, { ...ASKED, role: "dns" });
  assertEquals([other.ready, other.reason], [false, "this is the agent"]);
  const web = readAnswers({ ...READY, metrics: "<html>" }, ASKED);
  assertEquals([web.ready, web.reason], [false, "this is no Lars"]);
});

Deno.test("askRole() says that nobody is there", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const status = await askRole("dns", { hostname: "127.0.0.1", port });
  assertEquals([status.ready, status.admin], [false, `127.0.0.1:${port}`]);
  assertStringIncludes(status.reason!, "away: Connection refused");
});

Deno.test("formatStatus() lines up what runs and what does not", () => {
  const agent = readAnswers(READY, ASKED);
  const dns = {
    ...agent,
    role: "dns" as const,
    database: "away" as const,
    reason: "its database is away",
    numbers: { modules: 1, hosts: 2, staleSec: 0.21 },
  };
  const reporter = {
    role: "reporter" as const,
    admin: "127.0.0.1:7789",
    ready: false,
    reason: "away: refused",
    numbers: {},
  };
  assertEquals(formatStatus([dns, reporter, agent]), [
    "role      admin           state          database  version  deno      up",
    "dns       127.0.0.1:8898  ready          away      0.1.0    2.9.6  1 min  1 module, 2 hosts, as of 0.2 s ago, " +
    "its database is away",
    "reporter  127.0.0.1:7789  away: refused  -         -        -          -",
    "agent     127.0.0.1:8898  ready          -         0.1.0    2.9.6  1 min  " +
    "3 modules, 1,500 hosts, 1 overloaded, 1 worker missing, connected to dns at 10.0.0.2:7778, not connected to reporter",
  ]);
});

Deno.test("formatStatus() does not call an agent disconnected that nobody has asked", () => {
  const numbers = {
    modules: 0,
    hosts: 0,
    overloaded: 0,
    dnsConnections: 0,
    reporterConnections: 0,
  };
  const [, line] = formatStatus([{ ...readAnswers(READY, ASKED), numbers }]);
  assertStringIncludes(line, "0 modules, 0 hosts, 0 overloaded, connects when a program asks");
});

Deno.test("formatDuration() takes the largest unit that fits", () => {
  const cases = [[0.04, "0.0 s"], [59.9, "59.9 s"], [60, "1 min"], [7_199, "1 h"], [
    200_000,
    "2 d",
  ]];
  for (const [sec, text] of cases) assertEquals(formatDuration(Number(sec)), text);
});
