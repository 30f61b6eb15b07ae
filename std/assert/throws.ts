/**
 * Assertions about code that throws or rejects. They hand back what was thrown.
 *
 * @module
 */

import { failWith } from "./assertion_error.ts";

/** A class of errors. */
export type ErrorConstructorOf<E extends Error> = abstract new (
  ...args: never[]
) => E;

/** Asserts that `fn` throws, and returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Asserts that `fn` throws an `ErrorClass` whose message contains `msgIncludes`, and returns it. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorConstructorOf<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  ...expected: Expected
): unknown {
  const expectation = readExpectation(expected);
  try {
    fn();
  } catch (error) {
    checkError(error, expectation);
    return error;
  }
  failWith("Expected function to throw", expectation.msg);
}

/** Asserts that the promise that `fn` returns rejects, and resolves to the reason. */
export function assertRejects(
  fn: () => PromiseLike<unknown>,
  msg?: string,
): Promise<unknown>;
/**
 * Asserts that the promise that `fn` returns rejects with an `ErrorClass` whose message contains `msgIncludes`, and
 * resolves to it.
 */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorConstructorOf<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  ...expected: Expected
): Promise<unknown> {
  const expectation = readExpectation(expected);
  const promise = callForPromise(fn, expectation.msg);
  try {
    await promise;
  } catch (error) {
    checkError(error, expectation);
    return error;
  }
  failWith("Expected function to reject", expectation.msg);
}

type Expected = [
  errorClassOrMsg?: ErrorConstructorOf<Error> | string,
  msgIncludes?: string,
  msg?: string,
];

interface Expectation {
  ErrorClass?: ErrorConstructorOf<Error>;
  msgIncludes?: string;
  msg?: string;
}

function readExpectation(
  [errorClassOrMsg, msgIncludes, msg]: Expected,
): Expectation {
  if (typeof errorClassOrMsg === "string") return { msg: errorClassOrMsg };
  return { ErrorClass: errorClassOrMsg, msgIncludes, msg };
}

/** A function that throws where it should have returned a promise has not rejected. */
function callForPromise(
  fn: () => PromiseLike<unknown>,
  msg?: string,
): PromiseLike<unknown> {
  let promise;
  try {
    promise = fn();
  } catch {
    promise = undefined;
  }
  if (typeof promise?.then !== "function") {
    failWith("Function throws when expected to reject", msg);
  }
  return promise;
}

/** Without an error class anything may be thrown, and the message is not looked at. */
function checkError(
  error: unknown,
  { ErrorClass, msgIncludes, msg }: Expectation,
): void {
  if (ErrorClass === undefined) return;
  if (!(error instanceof Error)) failWith("A non-Error object was thrown", msg);
  const name = error.constructor.name;
  if (!(error instanceof ErrorClass)) {
    failWith(
      `Expected error to be instance of "${ErrorClass.name}", but was "${name}"`,
      msg,
    );
  }
  if (msgIncludes && !error.message.includes(msgIncludes)) {
    const [wanted, got] = [
      JSON.stringify(msgIncludes),
      JSON.stringify(error.message),
    ];
    failWith(
      `Expected error message to include ${wanted}, but got ${got}`,
      msg,
    );
  }
}
