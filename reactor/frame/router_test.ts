import { assertEquals, assertThrows } from "@std/assert";
import { type BodySpan, Router } from "./router.ts";

Deno.test("dispatch() hands the body and the peer to the handler of the msgid", () => {
  const seen: unknown[] = [];
  const router = new Router<string>()
    .on(1, (body, peer) => seen.push(1, body, peer))
    .on(-2, (body, peer) => seen.push(-2, body, peer));
  const body = Uint8Array.of(5);
  assertEquals(router.dispatch(-2, spanOf(body), "peer"), "handled");
  assertEquals(seen, [-2, body, "peer"]);
  assertEquals(seen[1], body);
});

Deno.test("dispatch() decodes the body when the route says how", () => {
  const seen: number[] = [];
  const router = new Router<void>().on(1, (first) => seen.push(first), {
    decode: (bytes: Uint8Array, start: number) => bytes[start] + 1,
  });
  assertEquals(router.dispatch(1, spanOf(Uint8Array.of(41)), undefined), "handled");
  assertEquals(seen, [42]);
});

Deno.test("dispatch() says what became of a message that cannot be handled", () => {
  const errors: unknown[] = [];
  const failure = new Error("no");
  const router = new Router<void>((error, msgid) => errors.push(error, msgid))
    .on(1, () => {
      throw failure;
    })
    .on(2, () => errors.push("handled a malformed message"), {
      decode: () => {
        throw new RangeError("cut short");
      },
    });
  const empty = new Uint8Array();
  assertEquals(router.dispatch(1, spanOf(empty), undefined), "failed");
  assertEquals(errors, [failure, 1]);
  assertEquals(router.dispatch(2, spanOf(empty), undefined), "malformed");
  assertEquals(router.dispatch(3, spanOf(empty), undefined), "unknown");
  assertEquals(errors, [failure, 1]);
});

Deno.test("Router prints what a handler throws when there is no error hook", () => {
  const { error } = console;
  const printed: unknown[] = [];
  console.error = (...words) => printed.push(...words);
  try {
    const failure = new Error("no");
    const router = new Router<void>().on(1, () => {
      throw failure;
    });
    router.dispatch(1, spanOf(new Uint8Array()), undefined);
    assertEquals(printed, ["The handler of msgid 1 threw:", failure]);
  } finally {
    console.error = error;
  }
});

Deno.test("on() refuses a msgid that has a handler", () => {
  const router = new Router<void>().on(7, () => {});
  assertThrows(() => router.on(7, () => {}), Error, "Cannot register msgid 7 twice");
});

/** A body that stands in the middle of other bytes. */
function spanOf(body: Uint8Array): BodySpan {
  return { bytes: Uint8Array.of(99, ...body, 98), start: 1, end: 1 + body.length };
}
