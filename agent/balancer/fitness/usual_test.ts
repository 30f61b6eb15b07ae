import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { costOf, logCost, Usual } from "./usual.ts";

const A = { cost: logCost(10), fitness: 1 };
const B = { cost: logCost(10), fitness: 1 };

Deno.test("logCost() and costOf() are each other's reverse, and bounded", () => {
  for (const ms of [0.5, 1, 10, 600_000]) assertAlmostEquals(costOf(logCost(ms)), ms, 1e-6);
  assertEquals(logCost(2 ** 32), logCost(600_000));
  assertEquals([logCost(0), logCost(-1), logCost(NaN)].map(Number.isNaN), [true, true, true]);
});

Deno.test("Usual counts failures of hosts that fail alone for nothing", () => {
  const usual = new Usual();
  for (let n = 0; n < 50; n++) usual.failed(A);
  assertLess(usual.failureShare, 0.001);
  for (let n = 0; n < 50; n++) usual.failed(n % 2 === 0 ? A : B);
  assert(usual.failureShare > 0.5);
});

Deno.test("Usual remembers that some calls always fail, and what fails now", () => {
  const usual = new Usual();
  for (let n = 0; n < 4000; n++) {
    if (n % 100 < 2) usual.failed(n % 2 === 0 ? A : B);
    else usual.succeeded(A, A.cost, 10);
  }
  assertAlmostEquals(usual.failureShare, 0.02, 0.005);
});

Deno.test("Usual takes the middle of the hosts, which few that are far off do not move", () => {
  const usual = new Usual();
  const slow = { cost: logCost(2000), fitness: 1 };
  for (let n = 0; n < 1000; n++) {
    const host = n % 5 === 0 ? slow : A;
    usual.succeeded(host, host.cost, 10);
  }
  assertLess(costOf(usual.cost), 25);
  assert(usual.spread > 0);
});

Deno.test("Usual knows the tail of good calls", () => {
  const usual = new Usual();
  for (let n = 0; n < 20_000; n++) {
    const costMs = n % 50 === 0 ? 100 : 10;
    usual.succeeded(A, logCost(costMs), costMs);
  }
  assert(usual.tailMs > 60 && usual.tailMs <= 100, `${usual.tailMs}`);
});

Deno.test("Usual.reportedShare() falls when picks are not reported on", () => {
  const usual = new Usual();
  for (let n = 0; n < 1000; n++) {
    usual.picked(n * 10);
    usual.succeeded(A, A.cost, 10);
  }
  usual.picked(10_000);
  assert(usual.reportedShare(1) > 0.98);
  for (let n = 0; n < 1000; n++) usual.picked(10_000 + n * 10);
  let share = 1;
  for (let n = 0; n < 8; n++) {
    usual.picked(20_000 + n * 10);
    share = usual.reportedShare(1000);
  }
  assertLess(share, 0.5);
});

for (
  const { gapMs, picks, clockMs } of [
    { gapMs: 10, picks: 100, clockMs: 1000 },
    { gapMs: 1000, picks: 10, clockMs: 1200 },
    { gapMs: 60_000, picks: 1, clockMs: 1300 },
  ]
) {
  Deno.test(`Usual.clockMs goes on by ${clockMs} ms in ${picks} picks every ${gapMs} ms`, () => {
    const usual = new Usual();
    for (let n = 0; n <= picks; n++) usual.picked(n * gapMs);
    assertAlmostEquals(usual.clockMs, clockMs, 1e-6);
  });
}
