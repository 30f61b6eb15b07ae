import { assertEquals } from "@std/assert";
import { NO_HOST } from "./policy.ts";
import { Envoy } from "./envoy.ts";

const SWEEP_MS = 10_000;

/** A route of so many hosts, since 0 ms. */
function envoyOf(count: number): Envoy {
  const envoy = new Envoy();
  setRoute(envoy, Array.from({ length: count }, (_, host) => host));
  return envoy;
}

function setRoute(envoy: Envoy, hosts: readonly number[], nowMs = 0): void {
  envoy.update(hosts.map((host) => ({ host, weight: 100 })), nowMs);
}

function report(
  envoy: Envoy,
  { host, failed, times }: { host: number; failed: boolean; times: number },
  nowMs = 0,
): void {
  for (let i = 0; i < times; i++) envoy.report({ host, failed, latencyMs: 1 }, nowMs);
}

/** So many failures in a row. */
function fail(envoy: Envoy, host: number, { times = 5, nowMs = 0 } = {}): void {
  report(envoy, { host, failed: true, times }, nowMs);
}

/** Of so many calls a share goes well; never five failures in a row, as the first of every four goes well. */
function mix(envoy: Envoy, host: number, { calls, good }: { calls: number; good: number }): void {
  for (let i = 0; i < calls; i++) {
    report(envoy, { host, failed: i % 4 >= good * 4, times: 1 });
  }
}

function outOf(envoy: Envoy, count: number): number[] {
  return Array.from({ length: count }, (_, host) => host).filter((host) => envoy.isOut(host));
}

function choose(envoy: Envoy, times: number, nowMs = 0): number[] {
  return Array.from({ length: times }, () => envoy.choose(nowMs));
}

Deno.test("Envoy.choose() gives every host in turn, and none when there is none", () => {
  assertEquals(choose(envoyOf(3), 7), [0, 1, 2, 0, 1, 2, 0]);
  assertEquals(envoyOf(0).choose(0), NO_HOST);
});

Deno.test("Envoy ejects a host after five failures in a row", () => {
  const envoy = envoyOf(3);
  fail(envoy, 1, { times: 4 });
  assertEquals([outOf(envoy, 3), envoy.transitions], [[], 0]);
  fail(envoy, 1, { times: 1 });
  assertEquals([outOf(envoy, 3), envoy.transitions], [[1], 1]);
  assertEquals(choose(envoy, 4), [0, 2, 0, 2]);
  fail(envoy, 1, { times: 10 });
  assertEquals([outOf(envoy, 3), envoy.transitions], [[1], 1]);
});

Deno.test("Envoy ejects a host once, whatever comes of the calls that were under way", () => {
  const envoy = envoyOf(20);
  fail(envoy, 1);
  report(envoy, { host: 1, failed: false, times: 1 });
  fail(envoy, 1);
  assertEquals([outOf(envoy, 20), envoy.transitions], [[1], 1]);
  envoy.choose(30_000);
  assertEquals([outOf(envoy, 20), envoy.transitions], [[], 2]);
});

Deno.test("Envoy ejects no host whose failures a success parts", () => {
  const envoy = envoyOf(3);
  for (let i = 0; i < 10; i++) {
    fail(envoy, 1, { times: 4 });
    report(envoy, { host: 1, failed: false, times: 1 });
  }
  assertEquals(outOf(envoy, 3), []);
});

Deno.test("Envoy lets a host back at the first sweep after 30 s", () => {
  const envoy = envoyOf(3);
  fail(envoy, 1, { nowMs: 1000 });
  assertEquals(choose(envoy, 3, 39_999).includes(1), false);
  assertEquals([outOf(envoy, 3), envoy.transitions], [[1], 1]);
  assertEquals(choose(envoy, 3, 40_000).includes(1), true);
  assertEquals([outOf(envoy, 3), envoy.transitions], [[], 2]);
});

Deno.test("Envoy sweeps with a report as with a pick", () => {
  const envoy = envoyOf(3);
  fail(envoy, 1);
  report(envoy, { host: 0, failed: false, times: 1 }, 30_000);
  assertEquals(outOf(envoy, 3), []);
});

/** Ejects host 1 at a sweep, and gives how many sweeps later it is back. */
function sweepsOut(envoy: Envoy, fromMs: number): number {
  fail(envoy, 1, { nowMs: fromMs });
  let sweeps = 0;
  while (envoy.isOut(1)) envoy.choose(fromMs + ++sweeps * SWEEP_MS);
  return sweeps;
}

Deno.test("Envoy ejects a host for 30 s longer every further time, up to 300 s", () => {
  const envoy = envoyOf(3);
  let nowMs = 0;
  const seconds = Array.from({ length: 12 }, () => {
    const sweeps = sweepsOut(envoy, nowMs);
    nowMs += sweeps * SWEEP_MS;
    return sweeps * SWEEP_MS / 1000;
  });
  assertEquals(seconds, [30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300]);
});

Deno.test("Envoy forgets one ejection with every sweep that the host stays in", () => {
  const envoy = envoyOf(3);
  assertEquals(sweepsOut(envoy, 0), 3);
  assertEquals(sweepsOut(envoy, 30_000), 6);
  assertEquals(sweepsOut(envoy, 90_000), 9);
  // Back at 180 s; three ejections, of which two are forgotten.
  for (const nowMs of [190_000, 200_000]) envoy.choose(nowMs);
  assertEquals(sweepsOut(envoy, 200_000), 6);
  for (let sweep = 0; sweep < 10; sweep++) envoy.choose(270_000 + sweep * SWEEP_MS);
  assertEquals(sweepsOut(envoy, 360_000), 3);
});

Deno.test("Envoy ejects a tenth of the hosts at most", () => {
  const envoy = envoyOf(20);
  for (const host of [4, 9, 14]) fail(envoy, host);
  assertEquals(outOf(envoy, 20), [4, 9]);
});

Deno.test("Envoy may always eject one host, and another one once that is back", () => {
  const envoy = envoyOf(3);
  fail(envoy, 0);
  fail(envoy, 1);
  assertEquals(outOf(envoy, 3), [0]);
  envoy.choose(30_000);
  fail(envoy, 1, { times: 4, nowMs: 30_000 });
  assertEquals(outOf(envoy, 3), []);
  fail(envoy, 1, { times: 1, nowMs: 30_000 });
  assertEquals(outOf(envoy, 3), [1]);
});

for (
  const { what, hosts, bad, calls = 100, out } of [
    {
      what: "ejects a host whose success rate is 1.9 deviations low",
      hosts: 5,
      bad: [3],
      out: [3],
    },
    { what: "does not judge success rates of 99 calls", hosts: 5, bad: [3], calls: 99, out: [] },
    // 2 of 9 are √(7 / 2) = 1.87 deviations low; 2 of 10 are 2, of whom a tenth may go.
    {
      what: "keeps two hosts of nine that are 1.87 deviations low",
      hosts: 9,
      bad: [3, 4],
      out: [],
    },
    { what: "ejects of two hosts that are 2 deviations low one", hosts: 10, bad: [3, 4], out: [3] },
  ]
) {
  Deno.test(`Envoy ${what}`, () => {
    const envoy = envoyOf(hosts);
    for (let host = 0; host < hosts; host++) {
      mix(envoy, host, { calls, good: bad.includes(host) ? 0.5 : 1 });
    }
    envoy.choose(SWEEP_MS - 1);
    assertEquals(outOf(envoy, hosts), []);
    envoy.choose(SWEEP_MS);
    assertEquals(outOf(envoy, hosts), out);
  });
}

Deno.test("Envoy judges success rates by the calls since the last sweep", () => {
  const envoy = envoyOf(5);
  for (const nowMs of [SWEEP_MS, 2 * SWEEP_MS]) {
    for (let host = 0; host < 5; host++) {
      mix(envoy, host, { calls: 99, good: host === 3 ? 0.5 : 1 });
    }
    envoy.choose(nowMs);
  }
  assertEquals(outOf(envoy, 5), []);
});

Deno.test("Envoy keeps off an ejected host while half of the hosts are left", () => {
  const envoy = envoyOf(2);
  fail(envoy, 0);
  assertEquals(choose(envoy, 3), [1, 1, 1]);
});

Deno.test("Envoy panics and takes every host when less than half of them are left", () => {
  const envoy = envoyOf(20);
  for (const host of [4, 9]) fail(envoy, host);
  setRoute(envoy, [4, 9, 14]);
  assertEquals(choose(envoy, 6), [4, 9, 14, 4, 9, 14]);
  assertEquals(outOf(envoy, 20), [4, 9]);
  setRoute(envoy, [4, 9, 14, 15]);
  assertEquals(new Set(choose(envoy, 8)), new Set([14, 15]));
});

Deno.test("Envoy calls the only host though it is ejected", () => {
  const envoy = envoyOf(1);
  fail(envoy, 0);
  assertEquals([outOf(envoy, 1), choose(envoy, 2)], [[0], [0, 0]]);
});

Deno.test("Envoy forgets a host that leaves the route, and hears no more of it", () => {
  const envoy = envoyOf(3);
  fail(envoy, 1);
  setRoute(envoy, [0, 2]);
  assertEquals([outOf(envoy, 3), choose(envoy, 2)], [[], [0, 2]]);
  fail(envoy, 1);
  setRoute(envoy, [0, 1, 2]);
  assertEquals(outOf(envoy, 3), []);
  fail(envoy, 2);
  assertEquals(outOf(envoy, 3), [2]);
});
