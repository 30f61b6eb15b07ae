import { assertEquals, assertRejects } from "@std/assert";
import { isCallersDoing, unlessAborted } from "./fault.ts";
import { LarsError } from "./lars_error.ts";

const ABORT = new DOMException("gone", "AbortError");
const TIMEOUT = new DOMException("slow", "TimeoutError");

Deno.test("isCallersDoing() tells the caller's aborts from what may be the host's fault", () => {
  const cases: [unknown, boolean][] = [
    [ABORT, true],
    [Object.assign(new Error("Node's own"), { name: "AbortError" }), true],
    [new LarsError("overload", "another module's"), true],
    [TIMEOUT, false],
    // As node:http and node:events do with a signal of AbortSignal.timeout().
    [Object.assign(new Error("Node's", { cause: TIMEOUT }), { name: "AbortError" }), false],
    [new TypeError("fetch failed"), false],
    [new Error("AbortError"), false],
    ["AbortError", false],
    [undefined, false],
    [null, false],
  ];
  for (const [error, expected] of cases) assertEquals(isCallersDoing(error), expected, `${error}`);
});

Deno.test("isCallersDoing() takes whatever is thrown after the caller's signal for its doing", () => {
  const reasons: [unknown, boolean][] = [[undefined, true], [new Error("user left"), true], [
    TIMEOUT,
    false,
  ]];
  for (const [reason, expected] of reasons) {
    for (const error of [new Error("Canceled"), ABORT]) {
      assertEquals(isCallersDoing(error, AbortSignal.abort(reason)), expected, `${reason}`);
    }
  }
  assertEquals(isCallersDoing(new Error(), new AbortController().signal), false);
});

Deno.test("unlessAborted() gives what the promise gives, or throws the signal's reason", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  assertEquals(await unlessAborted(Promise.resolve(1), signal), 1);
  await assertRejects(() => unlessAborted(Promise.reject(new TypeError("no")), signal), TypeError);
  const given = unlessAborted(new Promise(() => {}), signal);
  controller.abort(new Error("user left"));
  await assertRejects(() => given, Error, "user left");
  await assertRejects(
    () => unlessAborted(Promise.reject(new TypeError("unheard")), signal),
    Error,
    "user left",
  );
});
