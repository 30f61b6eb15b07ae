import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { HostPage, ModulePage } from "../../agent/explain/explain_page.ts";
import { DEFAULT_SETTINGS, ORIGINAL } from "../../agent/balancer/mod.ts";
import { formatExplanation, formatModules } from "./explain_view.ts";

const AT = "2026-01-02T12:00:00.000Z";
const COUNTS = { vsucc: 0, verr: 5, rsucc: 1, rerr: 2, runSucc: 0, runErr: 2 };

function hostOf(state: "idle" | "overloaded", port: number): HostPage {
  const judged = state === "idle"
    ? { of: "failures" as const, rate: 0.0123, rateLimit: 0.1, run: 2, runLimit: 15 }
    : { of: "successes" as const, rate: 0, rateLimit: 0.95, run: 0, runLimit: 15 };
  return {
    ...COUNTS,
    hostname: "10.0.0.1",
    port,
    weight: 100,
    state,
    since: AT,
    sinceMs: 3200,
    fairShare: 0.5,
    failureRate: 0.0123,
    share: 0.5,
    spared: false,
    picksToProbe: state === "idle" ? undefined : 21,
    judged: { ...judged, windowMs: 15_000 },
  };
}

function pageOf(hosts: HostPage[]): ModulePage {
  const decisions = Array.from({ length: 3 }, (_, i) => ({
    ...COUNTS,
    at: AT,
    ageMs: 0,
    hostname: "10.0.0.1",
    port: 90 + i,
    kind: "idle" as const,
    reason: "overload_timeout" as const,
    threshold: 15_000,
  }));
  return {
    modid: 1,
    cmdid: 2,
    at: AT,
    shard: 0,
    route: { confirmedAt: AT, confirmedMs: 100, askedMs: 7000, usedAt: AT, usedMs: 0 },
    settings: ORIGINAL,
    picks: 2000,
    picksSinceProbe: 4,
    hosts,
    decisions,
  };
}

const PAGE = pageOf([hostOf("idle", 80), hostOf("overloaded", 8080)]);

/** Clocks show local time, wherever the test runs. */
function withoutClocks(lines: readonly string[]): string[] {
  return lines.map((line) => line.replaceAll(/\d\d:\d\d:\d\d/g, "hh:mm:ss"));
}

Deno.test("formatExplanation() gives the next probe when both the count and a host are due", () => {
  const cases = [[0, [21, 3], 10], [8, [21, 3], 3], [8, [0, 21], 2], [50, [0], 0]] as const;
  for (const [picksSinceProbe, picks, expected] of cases) {
    const hosts = picks.map((picksToProbe) => ({ ...hostOf("overloaded", 80), picksToProbe }));
    const page = { ...pageOf([hostOf("idle", 81), ...hosts]), picksSinceProbe };
    const [header] = formatExplanation(page, { color: false });
    assertStringIncludes(header, `next probe after ${expected} more picks`);
  }
});

Deno.test("formatExplanation() lines up the hosts, and says where the module stands", () => {
  assertEquals(withoutClocks(formatExplanation(PAGE, { color: false })).slice(0, 7), [
    "module (1, 2) at hh:mm:ss: 2 hosts, 1 overloaded, next probe after 21 more picks, policy original, " +
    "shares of the last 2,000 picks",
    "route confirmed by dns 100 ms ago, asked again 7 s ago without an answer; last used 0 ms ago; shard 0",
    "",
    "host           state       since     weight  judged by  rate / limit  in a row  ok  failed        window" +
    "  share  probe in",
    "10.0.0.1:80    healthy     hh:mm:ss     100  failures   1.2 % / 10 %    2 / 15   1       2  3.2 s / 15 s" +
    "   50 %         -",
    "10.0.0.1:8080  overloaded  hh:mm:ss     100  successes    0 % / 95 %    0 / 15   1       2  3.2 s / 15 s" +
    "   50 %  21 picks",
    "",
  ]);
});

Deno.test("formatExplanation() leaves out old decisions where there is no room", () => {
  const all = formatExplanation(PAGE, { color: false });
  const some = formatExplanation(PAGE, { color: false, rows: 10 });
  assertEquals([all.length, some.length], [11, 10]);
  assertEquals(some.slice(-2), all.slice(-2));
});

Deno.test("formatExplanation() leaves out healthy hosts where there is no room, and says how many", () => {
  const healthy = Array.from({ length: 30 }, (_, i) => hostOf("idle", 80 + i));
  const page = pageOf([...healthy, hostOf("overloaded", 8080), {
    ...hostOf("idle", 8081),
    spared: true,
  }]);
  const lines = formatExplanation(page, { color: false, rows: 16 });
  assertEquals(lines.length <= 16, true);
  assertMatch(lines[4], /^10.0.0.1:8080 +overloaded/);
  assertMatch(lines[5], /^10.0.0.1:8081 +spared/);
  assertMatch(lines[6], /^10.0.0.1:80 +healthy/);
  assertEquals(lines.slice(9, 12), [
    "… and 27 more healthy hosts",
    "",
    "Decisions, the newest last:",
  ]);
});

Deno.test("formatExplanation() fits 80 columns with the longest of hosts, and says what it leaves out", () => {
  const wide = [hostOf("idle", 65_535), hostOf("overloaded", 65_534)].map((host) => ({
    ...host,
    hostname: "255.255.255.255",
    judged: { ...host.judged!, rate: 0.123, rateLimit: 0.999 },
  }));
  for (const columns of [80, 120]) {
    const lines = formatExplanation(pageOf(wide), { color: false, columns });
    assertEquals(lines.filter((line) => line.length > columns), []);
    const [headings] = lines.filter((line) => line.startsWith("host"));
    const essential = ["host", "state", "rate / limit", "in a row", "share", "probe in"];
    assertEquals(essential.filter((heading) => !headings.includes(heading)), []);
  }
  const narrow = formatExplanation(PAGE, { color: false, columns: 80 });
  assertEquals(withoutClocks(narrow), [
    "module (1, 2) at hh:mm:ss: 2 hosts, 1 overloaded, next probe after 21 more",
    "  picks, policy original, shares of the last 2,000 picks",
    "route confirmed by dns 100 ms ago, asked again 7 s ago without an answer; last",
    "  used 0 ms ago; shard 0",
    "",
    "host           state       since     rate / limit  in a row  share  probe in",
    "10.0.0.1:80    healthy     hh:mm:ss  1.2 % / 10 %    2 / 15   50 %         -",
    "10.0.0.1:8080  overloaded  hh:mm:ss    0 % / 95 %    0 / 15   50 %  21 picks",
    "(not shown for want of room: weight, judged by, ok, failed, window)",
    "",
    "Decisions, the newest last:",
    ...[90, 91, 92].flatMap((port) => [
      `hh:mm:ss 10.0.0.1:${port} turned healthy: overload_timeout 15 s is over; 1 ok and 2`,
      "  failed since it turned overloaded",
    ]),
  ]);
});

Deno.test("formatExplanation() paints states, and nothing when there is no colour", () => {
  const painted = formatExplanation(PAGE, { color: true }).join("\n");
  assertStringIncludes(painted, "\x1b[31moverloaded\x1b[0m");
  assertStringIncludes(painted, "turned \x1b[32mhealthy\x1b[0m: overload_timeout");
  assertEquals(formatExplanation(PAGE, { color: false }).join("\n").includes("\x1b"), false);
});

Deno.test("formatExplanation() says in a line why a host has less than its fair share", () => {
  const usual = {
    latencyMs: 11,
    failureShare: 0.001,
    underWay: 7,
    reportedShare: 1,
    refuses: true,
  };
  const load = { latencyMs: 412, outstanding: 5 };
  const hosts = [
    { fitness: 0.06, flaw: "latency" as const },
    { fitness: 0, flaw: "failures" as const, state: "overloaded" as const, msToProbe: 4000 },
    { fitness: 1 },
    { fitness: 0.29, flaw: "load" as const },
    { fitness: 0.05, flaw: "silence" as const },
    { fitness: 1, proofsOwed: 1 },
  ].map((view, i) => ({
    ...hostOf("idle", 80 + i),
    judged: undefined,
    fairShare: 0.1,
    load,
    ...view,
  }));
  const page = { ...pageOf(hosts), settings: DEFAULT_SETTINGS, picksSinceProbe: undefined, usual };
  const lines = withoutClocks(formatExplanation(page, { color: false }));
  assertStringIncludes(lines[0], "policy lars, shares of the last 2,000 picks, calls are refused");
  assertMatch(lines[3], /ok +failed +latency +under way +fitness +share +probe in$/);
  assertMatch(lines[4], /^10.0.0.1:80 +healthy .* 1 +2 +412 ms +5 +6 % +50 % +-$/);
  assertMatch(lines[5], /^10.0.0.1:81 +overloaded .* 0 % +50 % +4 s$/);
  assertEquals(lines.slice(10, 16), [
    "10.0.0.1:80 gets 0.6 % instead of 10 %: 412 ms against a median of 11 ms",
    "10.0.0.1:81 gets 0 % instead of 10 %: 2 of its last 3 calls failed, against 0.10 % of others",
    "10.0.0.1:83 gets 2.9 % instead of 10 %: 5 calls under way, of 7 at all hosts",
    "10.0.0.1:84 gets 0.5 % instead of 10 %: it does not answer, with 5 calls under way",
    "10.0.0.1:85 is new, and gets 10 % when its first call has gone well",
    "",
  ]);
});

Deno.test("formatModules() says how many modules it leaves out", () => {
  const line = { modid: 1, cmdid: 2, hosts: 3, overloaded: 1 };
  assertEquals(formatModules({ total: 1002, modules: [line] }), [
    "modid  cmdid  hosts  overloaded",
    "    1      2      3           1",
    "and 1,001 modules more",
  ]);
  assertEquals(formatModules({ total: 0, modules: [] }), ["No modules"]);
});
