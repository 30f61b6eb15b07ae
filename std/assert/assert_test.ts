import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertFalse,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";

/** Assertions that hold, and the same ones with values for which they do not. */
const pairs: Record<string, { holds: (() => void)[]; fails: (() => void)[] }> = {
  assert: {
    holds: [() => assert(1), () => assert("x")],
    fails: [() => assert(0), () => assert(null)],
  },
  assertFalse: {
    holds: [() => assertFalse(0), () => assertFalse("")],
    fails: [() => assertFalse(1)],
  },
  assertEquals: {
    holds: [
      () => assertEquals({ a: [1, { b: NaN }] }, { a: [1, { b: NaN }] }),
      () =>
        assertEquals(
          new Map([["a", new Set([1])]]),
          new Map([["a", new Set([1])]]),
        ),
      () => assertEquals(new Uint8Array([1, 2]), new Uint8Array([1, 2])),
    ],
    fails: [
      () => assertEquals(1, 2),
      () => assertEquals<unknown>(1, "1"),
      () => assertEquals({ a: undefined }, {}),
      () => assertEquals([1, 2], [2, 1]),
      () => assertEquals(new Uint8Array([1]), new Uint8Array([2])),
    ],
  },
  assertNotEquals: {
    holds: [() => assertNotEquals({ a: 1 }, { a: 2 })],
    fails: [() => assertNotEquals({ a: 1 }, { a: 1 })],
  },
  assertStrictEquals: {
    holds: [() => assertStrictEquals(NaN, NaN)],
    fails: [
      () => assertStrictEquals({}, {}),
      () => assertStrictEquals(0, -0),
    ],
  },
  assertAlmostEquals: {
    holds: [
      () => assertAlmostEquals(0.1 + 0.2, 0.3),
      () => assertAlmostEquals(1, 1.5, 0.5),
      () => assertAlmostEquals(Infinity, Infinity),
    ],
    fails: [
      () => assertAlmostEquals(1, 1.1),
      () => assertAlmostEquals(NaN, 1),
    ],
  },
  assertInstanceOf: {
    holds: [() => assertInstanceOf(new TypeError(), Error)],
    fails: [
      () => assertInstanceOf(new Error(), TypeError),
      () => assertInstanceOf(null, Error),
    ],
  },
  assertStringIncludes: {
    holds: [() => assertStringIncludes("reactor", "act")],
    fails: [() => assertStringIncludes("reactor", "acts")],
  },
  assertMatch: {
    holds: [() => assertMatch("port 80", /\d+/)],
    fails: [() => assertMatch("port", /\d+/)],
  },
  assertGreater: {
    holds: [() => assertGreater(2, 1)],
    fails: [() => assertGreater(1, 1)],
  },
  assertGreaterOrEqual: {
    holds: [() => assertGreaterOrEqual(1, 1)],
    fails: [() => assertGreaterOrEqual(0, 1)],
  },
  assertLess: {
    holds: [() => assertLess(1, 2)],
    fails: [() => assertLess(1, 1)],
  },
  assertLessOrEqual: {
    holds: [() => assertLessOrEqual(1, 1)],
    fails: [() => assertLessOrEqual(2, 1)],
  },
};

// Plain try and catch here: the assertions must not be what judges the assertions.
for (const [symbol, { holds, fails }] of Object.entries(pairs)) {
  Deno.test(`${symbol}() throws AssertionError exactly when it does not hold`, () => {
    for (const holding of holds) holding();
    for (const failing of fails) {
      let thrown: unknown;
      try {
        failing();
      } catch (error) {
        thrown = error;
      }
      if (!(thrown instanceof AssertionError)) {
        throw new Error(`did not fail: ${failing}`);
      }
    }
  });
}

Deno.test("assertEquals() says where the values differ", () => {
  const error = assertThrows(
    () => assertEquals({ port: 1 }, { port: 2 }, "ports"),
    AssertionError,
  );
  assertMatch(error.message, /port: 1/);
  assertMatch(error.message, /port: 2/);
  assertMatch(error.message, /ports/);
});

Deno.test("assertThrows() returns what was thrown", () => {
  const thrown = new TypeError("Cannot read");
  assertStrictEquals(
    assertThrows(
      () => {
        throw thrown;
      },
      TypeError,
      "Cannot",
    ),
    thrown,
  );
  assertStrictEquals(
    assertThrows(() => {
      throw 7;
    }),
    7,
  );
});

Deno.test("assertThrows() fails when nothing, another class or another message is thrown", () => {
  function throwTypeError() {
    throw new TypeError("Cannot read");
  }
  assertThrows(
    () => assertThrows(() => {}),
    AssertionError,
    "Expected function to throw.",
  );
  assertThrows(
    () => assertThrows(() => {}, "why"),
    AssertionError,
    "to throw: why",
  );
  assertThrows(
    () => assertThrows(throwTypeError, RangeError),
    AssertionError,
    '"RangeError"',
  );
  assertThrows(
    () => assertThrows(throwTypeError, TypeError, "write"),
    AssertionError,
    "write",
  );
  assertThrows(
    () =>
      assertThrows(() => {
        throw 7;
      }, Error),
    AssertionError,
    "non-Error",
  );
});

Deno.test("assertRejects() resolves to the reason", async () => {
  const reason = new RangeError("Cannot allocate");
  assertStrictEquals(
    await assertRejects(() => Promise.reject(reason), RangeError, "allocate"),
    reason,
  );
  assertStrictEquals(await assertRejects(() => Promise.reject(7)), 7);
});

Deno.test("assertRejects() fails when the promise resolves, rejects otherwise, or there is none", async () => {
  const failures = [
    () => assertRejects(() => Promise.resolve()),
    () => assertRejects(() => Promise.reject(new Error("a")), TypeError),
    () => assertRejects(() => Promise.reject(new Error("a")), Error, "b"),
    () => assertRejects(() => Promise.reject(7), Error),
    () =>
      assertRejects(() => {
        throw new Error("thrown, not rejected");
      }, Error),
  ];
  for (const failure of failures) await assertRejects(failure, AssertionError);
});
