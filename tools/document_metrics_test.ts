import { assertEquals, assertThrows } from "@std/assert";
import {
  arrangeMetrics,
  joinNames,
  readHelp,
  rewriteTables,
  splitNames,
} from "./document_metrics.ts";

const DNS = `# HELP lars_dns_requests_total Routes asked for
# TYPE lars_dns_requests_total counter
lars_dns_requests_total{worker="0"} 7

# HELP lars_dns_frames_in_total Frames received
lars_dns_frames_in_total 7
`;
const AGENT = `# HELP lars_agent_tcp_frames_in_total Frames received
# HELP lars_agent_picks_total Picks answered with a host
`;

const TABLES = arrangeMetrics(new Map([["dns", readHelp(DNS)], ["agent", readHelp(AGENT)]]));

Deno.test("readHelp() reads names and meanings", () => {
  assertEquals(readHelp(DNS), [
    { name: "lars_dns_requests_total", help: "Routes asked for" },
    { name: "lars_dns_frames_in_total", help: "Frames received" },
  ]);
});

Deno.test("arrangeMetrics() makes one row of what several roles have", () => {
  assertEquals([...TABLES], [
    ["all", [{ name: "lars_{dns,agent_tcp}_frames_in_total", help: "Frames received" }]],
    ["dns", [{ name: "lars_dns_requests_total", help: "Routes asked for" }]],
    ["agent", [{ name: "lars_agent_picks_total", help: "Picks answered with a host" }]],
  ]);
});

Deno.test("splitNames() gives back what joinNames() joined", () => {
  for (
    const names of [
      ["lars_build_info"],
      ["lars_dns_frames_in_total", "lars_reporter_tcp_frames_in_total"],
      ["lars_dns_tcp_frames_in_total", "lars_agent_tcp_frames_in_total"],
    ]
  ) {
    assertEquals(splitNames(joinNames(names)), names);
  }
  assertEquals(joinNames(["lars_build_info", "lars_build_info"]), "lars_build_info");
});

Deno.test("rewriteTables() keeps what is said by hand, drops what is gone, and adds what is new", () => {
  const document = `# Metrics

<!-- metrics: all -->

| metric | what it is | what to do about it |
| --- | --- | --- |
| \`lars_dns_requests_total\` | Some old meaning | Look at the agents. |
| \`lars_gone\` | Gone | Nothing. |

<!-- metrics: dns -->

<!-- metrics: agent -->

The end.
`;
  const rewritten = rewriteTables(document, TABLES);
  assertEquals(
    rewritten,
    `# Metrics

<!-- metrics: all -->

| metric                                 | what it is      | what to do about it |
| -------------------------------------- | --------------- | ------------------- |
| \`lars_{dns,agent_tcp}_frames_in_total\` | Frames received |                     |

<!-- metrics: dns -->

| metric                    | what it is       | what to do about it |
| ------------------------- | ---------------- | ------------------- |
| \`lars_dns_requests_total\` | Routes asked for | Look at the agents. |

<!-- metrics: agent -->

| metric                   | what it is                 | what to do about it |
| ------------------------ | -------------------------- | ------------------- |
| \`lars_agent_picks_total\` | Picks answered with a host |                     |

The end.
`,
  );
  assertEquals(rewriteTables(rewritten, TABLES), rewritten);
});

Deno.test("rewriteTables() throws when a table has no place", () => {
  assertThrows(() => rewriteTables("# Metrics\n", TABLES), Error, "<!-- metrics: all -->");
});
