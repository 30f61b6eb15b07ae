import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { decodeDatagram, encodeFrame, HEADER_BYTES, MAX_BODY_BYTES } from "./frame.ts";

Deno.test("encodeFrame() writes msgid, length and body, little-endian", () => {
  assertEquals(
    encodeFrame(0x01020304, Uint8Array.of(9, 8)),
    Uint8Array.of(4, 3, 2, 1, 2, 0, 0, 0, 9, 8),
  );
  assertEquals(encodeFrame(-1, new Uint8Array()), Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0));
});

Deno.test("encodeFrame() throws when the body is longer than a frame may hold", () => {
  assertEquals(encodeFrame(1, new Uint8Array(MAX_BODY_BYTES)).length, HEADER_BYTES + 65527);
  assertThrows(
    () => encodeFrame(1, new Uint8Array(MAX_BODY_BYTES + 1)),
    RangeError,
    "at most 65527 bytes: current value is 65528",
  );
});

Deno.test("decodeDatagram() reads what encodeFrame() writes, as a view", () => {
  for (const msgid of [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]) {
    const datagram = encodeFrame(msgid, Uint8Array.of(1, 2, 3));
    const frame = decodeDatagram(datagram);
    assertEquals(frame, { msgid, body: Uint8Array.of(1, 2, 3) });
    assertStrictEquals(frame?.body.buffer, datagram.buffer);
  }
});

Deno.test("decodeDatagram() refuses a datagram of any other length than its header says", () => {
  const datagram = encodeFrame(7, new Uint8Array(5));
  for (let length = 0; length < datagram.length; length++) {
    assertEquals(decodeDatagram(datagram.subarray(0, length)), undefined);
  }
  assertEquals(decodeDatagram(Uint8Array.of(...datagram, 0)), undefined);
});
