/**
 * Assertions about values. Deep equality is node:assert's, which is a little stricter than the real package's: it tells
 * 0 from -0 and an object without a prototype from a plain one, and it compares the messages of errors.
 *
 * @module
 */

import strict from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { AssertionError, failWith } from "./assertion_error.ts";

/** What counts as false. */
export type Falsy = false | 0 | 0n | "" | null | undefined;

/** Any class, abstract ones too. */
export type AnyConstructor = abstract new (...args: never[]) => unknown;

/** Asserts that `expr` is truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/** Asserts that `expr` is falsy. */
export function assertFalse(expr: unknown, msg = ""): asserts expr is Falsy {
  if (expr) throw new AssertionError(msg);
}

/** Asserts that `actual` and `expected` are deeply equal; the message shows where they differ. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  failWith(
    `Values are not equal\n\n${describeDifference(actual, expected)}`,
    msg,
  );
}

/** Asserts that `actual` and `expected` are not deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!isDeepStrictEqual(actual, expected)) return;
  failWith(`Expected actual: ${Deno.inspect(actual)} not to equal it`, msg);
}

/** Asserts that `actual` and `expected` are the same value, as `Object.is` sees it. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  if (Object.is(actual, expected)) return;
  const [left, right] = [Deno.inspect(actual), Deno.inspect(expected)];
  failWith(
    `Values are not strictly equal\n\n  actual: ${left}\nexpected: ${right}`,
    msg,
  );
}

/**
 * Asserts that two numbers differ by no more than `tolerance`.
 *
 * @default tolerance a ten-millionth of `expected`
 */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  msg?: string,
): void {
  if (Object.is(actual, expected)) return;
  const limit = tolerance ??
    (Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  const delta = Math.abs(expected - actual);
  if (delta <= limit) return;
  failWith(
    `Expected ${actual} to be within ${limit} of ${expected}: it is ${delta} away`,
    msg,
  );
}

/** Asserts that `actual` is an instance of the class `expectedType`. */
export function assertInstanceOf<T extends AnyConstructor>(
  actual: unknown,
  expectedType: T,
  msg?: string,
): asserts actual is InstanceType<T> {
  if (actual instanceof expectedType) return;
  failWith(
    `Expected ${Deno.inspect(actual)} to be an instance of "${expectedType.name}"`,
    msg,
  );
}

/** Asserts that the text `actual` contains `expected`. */
export function assertStringIncludes(
  actual: string,
  expected: string,
  msg?: string,
): void {
  if (actual.includes(expected)) return;
  failWith(`Expected actual: "${actual}" to contain: "${expected}"`, msg);
}

/** Asserts that the text `actual` matches `expected`. */
export function assertMatch(
  actual: string,
  expected: RegExp,
  msg?: string,
): void {
  if (expected.test(actual)) return;
  failWith(`Expected actual: "${actual}" to match: "${expected}"`, msg);
}

/** Asserts that `actual` > `expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  if (actual > expected) return;
  failWith(`Expect ${Deno.inspect(actual)} > ${Deno.inspect(expected)}`, msg);
}

/** Asserts that `actual` ≥ `expected`. */
export function assertGreaterOrEqual<T>(
  actual: T,
  expected: T,
  msg?: string,
): void {
  if (actual >= expected) return;
  failWith(`Expect ${Deno.inspect(actual)} >= ${Deno.inspect(expected)}`, msg);
}

/** Asserts that `actual` < `expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  if (actual < expected) return;
  failWith(`Expect ${Deno.inspect(actual)} < ${Deno.inspect(expected)}`, msg);
}

/** Asserts that `actual` ≤ `expected`. */
export function assertLessOrEqual<T>(
  actual: T,
  expected: T,
  msg?: string,
): void {
  if (actual <= expected) return;
  failWith(`Expect ${Deno.inspect(actual)} <= ${Deno.inspect(expected)}`, msg);
}

function describeDifference(actual: unknown, expected: unknown): string {
  try {
    strict.deepStrictEqual(actual, expected);
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  return `  actual: ${Deno.inspect(actual)}\nexpected: ${Deno.inspect(expected)}`;
}
