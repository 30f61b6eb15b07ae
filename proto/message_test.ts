import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { encodeMessage, reusing } from "./message.ts";
import { GetRouteRequest } from "./messages.gen.ts";

function bodyOf(modid: number, cmdid: number): Uint8Array {
  return encodeMessage(Object.assign(new GetRouteRequest(), { modid, cmdid }));
}

Deno.test("reusing() reads each body into the same message, and leaves nothing of the one before", () => {
  const decode = reusing(new GetRouteRequest());
  const first = decode(bodyOf(5, 2), 0, 4);
  assertEquals([first.modid, first.cmdid], [5, 2]);
  const second = decode(bodyOf(0, 7), 0, 2); // a number that is 0 is not on the wire
  assertStrictEquals(second, first);
  assertEquals([second.modid, second.cmdid], [0, 7]);
});

Deno.test("reusing() reads what stands between start and end", () => {
  const bytes = Uint8Array.of(255, ...bodyOf(5, 2), 255);
  const { modid, cmdid } = reusing(new GetRouteRequest())(bytes, 1, bytes.length - 1);
  assertEquals([modid, cmdid], [5, 2]);
  assertThrows(() => reusing(new GetRouteRequest())(bytes, 0, bytes.length), RangeError);
});
