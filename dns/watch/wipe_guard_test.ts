import { assertEquals } from "@std/assert";
import type { HostAddress } from "../../proto/mod.ts";
import { RouteLoss } from "./route_loss.ts";
import { type GuardedRead, type GuardSettings, WipeGuard } from "./wipe_guard.ts";

const SETTINGS: GuardSettings = { percent: 50, confirmations: 6, intervalMs: 10_000 };

/** How many hosts each module has, by modid. */
type Hosts = Readonly<Record<number, number>>;

const SERVED: Hosts = { 1: 10, 2: 10, 3: 4, 4: 1, 5: 1 };

function hostsOf(count = 0): HostAddress[] {
  return Array.from({ length: count }, (_, i) => ({ ip: 0x0a000001 + i, port: 80 }));
}

function countOf(hosts: Hosts) {
  const counts = Object.values(hosts).filter((count) => count > 0);
  return { modules: counts.length, hosts: counts.reduce((sum, count) => sum + count, 0) };
}

/** A read that finds so many hosts, `sec` seconds after the first. */
function readOf(
  next: Hosts,
  { served = SERVED, announced, sec = 0, acceptedId = 0 }: {
    served?: Hosts;
    announced?: readonly number[] | "unknown";
    sec?: number;
    acceptedId?: number;
  } = {},
): GuardedRead {
  const loss = new RouteLoss();
  for (const modid of new Set([...Object.keys(served), ...Object.keys(next)].map(Number))) {
    if (announced !== "unknown" && announced?.includes(modid)) continue;
    loss.add({ modid, cmdid: 1 }, { served: hostsOf(served[modid]), next: hostsOf(next[modid]) });
  }
  return {
    loss,
    knowsAnnounced: announced !== "unknown",
    served: countOf(served),
    next: countOf(next),
    acceptedId,
    atMs: sec * 1000,
  };
}

for (
  const { name, next, served, announced, verdict } of [
    { name: "nothing is lost", next: SERVED, verdict: "apply" },
    { name: "hosts come", next: { ...SERVED, 3: 9, 6: 9 }, verdict: "apply" },
    { name: "half of the hosts go", next: { ...SERVED, 1: 1, 2: 6 }, verdict: "apply" },
    {
      name: "more than half of the hosts go",
      next: { ...SERVED, 1: 1, 2: 5 },
      verdict: "hold all",
    },
    { name: "more than half of the modules go", next: { 1: 10, 2: 10 }, verdict: "hold all" },
    { name: "all go", next: {}, verdict: "hold all" },
    { name: "all of a module of ten goes", next: { ...SERVED, 1: 0 }, verdict: "hold modules" },
    { name: "all of a module of four goes", next: { ...SERVED, 3: 0 }, verdict: "apply" },
    { name: "most of a module of ten goes", next: { ...SERVED, 1: 1 }, verdict: "apply" },
    {
      name: "fewer than five hosts are all there were",
      served: { 1: 2, 2: 2 },
      next: {},
      verdict: "apply",
    },
    {
      name: "five hosts are all there were",
      served: { 1: 3, 2: 2 },
      next: {},
      verdict: "hold all",
    },
    {
      name: "all that goes is announced",
      next: { 3: 4 },
      announced: [1, 2, 4, 5],
      verdict: "apply",
    },
    {
      name: "a module's going is announced",
      next: { ...SERVED, 1: 0 },
      announced: [1],
      verdict: "apply",
    },
    {
      name: "another's is not",
      next: { 2: 0, 4: 1, 5: 1 },
      announced: [1, 3],
      verdict: "hold modules",
    },
    {
      name: "a module goes, and whether that was announced is unknown",
      next: { ...SERVED, 1: 0 },
      announced: "unknown",
      verdict: "apply",
    },
    {
      name: "most goes, and whether that was announced is unknown",
      next: { 1: 10 },
      announced: "unknown",
      verdict: "hold all",
    },
    { name: "other modules take their place", next: { 11: 10, 12: 10 }, verdict: "hold all" },
  ] as const
) {
  Deno.test(`WipeGuard.judge() says "${verdict}" when ${name}`, () => {
    const guard = new WipeGuard(SETTINGS);
    assertEquals(guard.judge(readOf(next, { served, announced })), verdict);
    assertEquals(guard.held === undefined, verdict === "apply");
  });
}

Deno.test("WipeGuard.judge() applies what the sixth read in a row confirms", () => {
  const guard = new WipeGuard(SETTINGS);
  const next = { 1: 10 };
  const verdicts = [0, 10, 20, 30, 40].map((sec) => guard.judge(readOf(next, { sec })));
  assertEquals(new Set(verdicts), new Set(["hold all"]));
  assertEquals(guard.held, {
    isAll: true,
    modules: 4,
    hosts: 16,
    served: { modules: 5, hosts: 26 },
    next: { modules: 1, hosts: 10 },
    reads: 5,
    confirmations: 6,
  });
  assertEquals(guard.judge(readOf(next, { sec: 50 })), "apply");
  assertEquals([guard.held, guard.lastEnd], [undefined, "confirmed by further reads"]);
});

Deno.test("WipeGuard.judge() counts no read that follows sooner than reads do", () => {
  const guard = new WipeGuard(SETTINGS);
  for (let sec = 0; sec < 50; sec++) {
    assertEquals(guard.judge(readOf({ 1: 10 }, { sec })), "hold all");
  }
  assertEquals(guard.judge(readOf({ 1: 10 }, { sec: 50 })), "apply");
});

Deno.test("WipeGuard.judge() counts anew when the loss is another one", () => {
  const guard = new WipeGuard(SETTINGS);
  for (const sec of [0, 10, 20, 30, 40]) guard.judge(readOf({ 1: 10 }, { sec }));
  guard.judge(readOf({ 2: 10 }, { sec: 50 }));
  assertEquals(guard.held?.reads, 1);
  guard.judge(readOf({ 2: 10, 7: 3 }, { sec: 60 })); // what comes besides is no other loss
  assertEquals(guard.held?.reads, 2);
});

Deno.test("WipeGuard.judge() counts what is lost of held modules, whatever becomes of others", () => {
  const guard = new WipeGuard(SETTINGS);
  for (const sec of [0, 10, 20]) {
    guard.judge(readOf({ ...SERVED, 1: 0, 2: 10 - sec / 10 }, { sec }));
  }
  assertEquals(guard.held?.reads, 3);
});

for (
  const { name, served, next } of [
    { name: "nothing is left", served: SERVED, next: {} },
    {
      name: "less than a tenth of the hosts is left",
      served: { 1: 100, 2: 1 },
      next: { 1: 9, 2: 1 },
    },
    {
      name: "less than a tenth of the modules is left",
      served: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [i, i === 0 ? 100 : 1])),
      next: { 0: 100 },
    },
  ]
) {
  Deno.test(`WipeGuard.judge() takes no number of reads for a confirmation when ${name}`, () => {
    const guard = new WipeGuard(SETTINGS);
    for (let sec = 0; sec < 1000; sec += 10) {
      assertEquals(guard.judge(readOf(next, { served, sec })), "hold all");
    }
    assertEquals([guard.held?.reads, guard.held?.confirmations], [100, undefined]);
    assertEquals(guard.judge(readOf(next, { served, sec: 1000, acceptedId: 1 })), "apply");
    assertEquals(guard.lastEnd, "accepted by an operator");
  });
}

Deno.test("WipeGuard.judge() takes no number of reads for a confirmation once nothing was left", () => {
  const guard = new WipeGuard(SETTINGS);
  guard.judge(readOf({}));
  for (let sec = 10; sec < 200; sec += 10) {
    assertEquals(guard.judge(readOf({ 1: 10 }, { sec })), "hold all");
  }
  guard.judge(readOf(SERVED, { sec: 200 }));
  for (let sec = 210; sec < 260; sec += 10) guard.judge(readOf({ 1: 10 }, { sec }));
  assertEquals(guard.judge(readOf({ 1: 10 }, { sec: 260 })), "apply");
});

Deno.test("WipeGuard.judge() takes a table of other hosts, and as many, when reads confirm it", () => {
  const guard = new WipeGuard(SETTINGS);
  const verdicts = [0, 10, 20, 30, 40, 50].map((sec) =>
    guard.judge(readOf({ 11: 10, 12: 10, 13: 4, 14: 1, 15: 1 }, { sec }))
  );
  assertEquals(verdicts, [...Array(5).fill("hold all"), "apply"]);
});

Deno.test("WipeGuard.judge() ends a hold when the routes are back", () => {
  const guard = new WipeGuard(SETTINGS);
  guard.judge(readOf({}));
  assertEquals(guard.judge(readOf(SERVED, { sec: 10 })), "apply");
  assertEquals([guard.held, guard.lastEnd], [undefined, "the routes are back"]);
});

Deno.test("WipeGuard.judge() lets an acceptance count once, and for what had been lost by then alone", () => {
  const guard = new WipeGuard(SETTINGS);
  // Whoever accepted before this guard was there did not mean this.
  assertEquals(guard.judge(readOf({}, { acceptedId: 3 })), "hold all");
  assertEquals(guard.judge(readOf({}, { acceptedId: 4 })), "apply");
  assertEquals(guard.judge(readOf({}, { acceptedId: 4 })), "hold all");
  guard.judge(readOf(SERVED, { acceptedId: 5 })); // nothing to accept
  assertEquals(guard.judge(readOf({}, { acceptedId: 5 })), "hold all");
});

Deno.test("WipeGuard.judge() heeds an acceptance in a database whose ids began anew", () => {
  const guard = new WipeGuard(SETTINGS, 7);
  assertEquals(guard.judge(readOf({}, { acceptedId: 2 })), "hold all");
  assertEquals(guard.judge(readOf({}, { acceptedId: 3 })), "apply");
});

Deno.test("WipeGuard.judge() heeds what was accepted since what is served was found right", () => {
  assertEquals(new WipeGuard(SETTINGS, 3).judge(readOf({}, { acceptedId: 4 })), "apply");
  assertEquals(new WipeGuard(SETTINGS, 4).judge(readOf({}, { acceptedId: 4 })), "hold all");
});

Deno.test("WipeGuard.reload() has the next read judged by other settings", () => {
  const guard = new WipeGuard(SETTINGS);
  guard.reload({ ...SETTINGS, percent: 90 });
  assertEquals(guard.judge(readOf({ ...SERVED, 1: 1, 2: 1 })), "apply");
  guard.reload({ ...SETTINGS, percent: 100 });
  assertEquals(guard.judge(readOf({})), "apply");
});

Deno.test("RouteLoss.add() counts hosts by their address, whatever their order and weight", () => {
  const loss = new RouteLoss();
  const [a, b, c] = hostsOf(3).map((host, i) => ({ ...host, weight: i }));
  loss.add({ modid: 1, cmdid: 1 }, { served: [a, b], next: [{ ...b, weight: 7 }, a, c] });
  assertEquals([loss.hosts, loss.gainedHosts, loss.digest], [0, 1, 0]);
  loss.add({ modid: 1, cmdid: 2 }, { served: [a, b], next: [{ ...a, port: 81 }, b] });
  assertEquals([loss.hosts, loss.gainedHosts, loss.modules], [1, 2, 0]);
});

Deno.test("RouteLoss.digest tells losses apart, not the order in which they were counted", () => {
  function digestOf(...modids: number[]): number {
    const loss = new RouteLoss();
    for (const modid of modids) {
      loss.add({ modid, cmdid: 1 }, { served: hostsOf(modid), next: [] });
    }
    return loss.digest;
  }
  assertEquals(digestOf(1, 2, 3), digestOf(3, 1, 2));
  assertEquals(new Set([digestOf(1), digestOf(2), digestOf(1, 2), digestOf(3)]).size, 4);
});
