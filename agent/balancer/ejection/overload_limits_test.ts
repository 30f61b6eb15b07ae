import { assertEquals } from "@std/assert";
import { EvenPicks, isPanic, isTooMany, mayOverload } from "./overload_limits.ts";

for (
  const { hosts, overloaded, maxPercent, may } of [
    { hosts: 10, overloaded: 0, maxPercent: 0, may: true }, // one always may
    { hosts: 1, overloaded: 0, maxPercent: 50, may: true },
    { hosts: 10, overloaded: 1, maxPercent: 0, may: false },
    { hosts: 10, overloaded: 4, maxPercent: 50, may: true },
    { hosts: 10, overloaded: 5, maxPercent: 50, may: false },
    { hosts: 3, overloaded: 1, maxPercent: 50, may: false },
    { hosts: 3, overloaded: 2, maxPercent: 100, may: true },
  ]
) {
  Deno.test(`mayOverload() is ${may} with ${overloaded} of ${hosts} out and a limit of ${maxPercent} %`, () => {
    assertEquals(mayOverload({ hosts, overloaded }, maxPercent), may);
  });
}

for (
  const { hosts, overloaded, maxPercent, tooMany } of [
    { hosts: 5, overloaded: 1, maxPercent: 0, tooMany: false }, // one always may
    { hosts: 5, overloaded: 2, maxPercent: 0, tooMany: true },
    { hosts: 4, overloaded: 2, maxPercent: 50, tooMany: false },
    { hosts: 4, overloaded: 3, maxPercent: 50, tooMany: true },
    { hosts: 4, overloaded: 4, maxPercent: 100, tooMany: false },
  ]
) {
  Deno.test(`isTooMany() is ${tooMany} with ${overloaded} of ${hosts} out and a limit of ${maxPercent} %`, () => {
    assertEquals(isTooMany({ hosts, overloaded }, maxPercent), tooMany);
  });
}

for (
  const { hosts, overloaded, panicPercent, panic } of [
    { hosts: 10, overloaded: 10, panicPercent: 0, panic: false }, // off
    { hosts: 10, overloaded: 5, panicPercent: 50, panic: false },
    { hosts: 10, overloaded: 6, panicPercent: 50, panic: true },
    { hosts: 10, overloaded: 10, panicPercent: 100, panic: false },
    { hosts: 0, overloaded: 0, panicPercent: 50, panic: false },
  ]
) {
  Deno.test(`isPanic() is ${panic} with ${overloaded} of ${hosts} out and a limit of ${panicPercent} %`, () => {
    assertEquals(isPanic({ hosts, overloaded }, panicPercent), panic);
  });
}

function overloadedPicks(
  picks: EvenPicks,
  counts: { hosts: number; overloaded: number },
  n: number,
) {
  return Array.from({ length: n }, () => picks.isOverloadedNext(counts)).filter(Boolean).length;
}

Deno.test("EvenPicks gives overloaded hosts their part of any picks within one", () => {
  for (const [hosts, overloaded] of [[10, 6], [3, 2], [7, 7], [100, 51]]) {
    const picks = new EvenPicks();
    let sum = 0;
    for (let n = 1; n <= 300; n++) {
      sum += overloadedPicks(picks, { hosts, overloaded }, 1);
      assertEquals(sum, Math.floor(n * overloaded / hosts), `${overloaded} of ${hosts}, pick ${n}`);
    }
  }
});

Deno.test("EvenPicks owes nothing for hosts that have left", () => {
  const picks = new EvenPicks();
  overloadedPicks(picks, { hosts: 1000, overloaded: 999 }, 1);
  assertEquals(overloadedPicks(picks, { hosts: 4, overloaded: 2 }, 10), 5);
});
