import { assertEquals, assertMatch } from "@std/assert";
import wire from "../../tests/vectors/wire.json" with { type: "json" };
import { decodeDatagram, decodeFrames, FrameStream } from "./frames.ts";
import { loadSchema } from "../../proto/schema.ts";

const schema = loadSchema();
const ALL = Uint8Array.fromHex(wire.vectors.map(({ frame }) => frame).join(""));
const MESSAGES = wire.vectors.map(({ message }) => message);

Deno.test("FrameStream gives every frame whole, wherever it is split", () => {
  const whole = decodeFrames(schema, ALL);
  assertEquals(whole.map(({ message }) => message), MESSAGES);
  for (let split = 1; split < ALL.length; split++) {
    const stream = new FrameStream(schema);
    const frames = [...stream.push(ALL.subarray(0, split)), ...stream.push(ALL.subarray(split))];
    assertEquals(frames, whole);
    assertEquals(stream.end(), undefined);
  }
});

Deno.test("FrameStream finds the next frame when it begins in the midst of one", () => {
  const first = wire.vectors[0].frame.length / 2;
  for (let start = 1; start < first; start++) {
    const stream = new FrameStream(schema, { isInMidst: true });
    const frames = stream.push(ALL.subarray(start));
    assertEquals(frames.slice(1).map(({ message }) => message), MESSAGES.slice(1));
    assertEquals(frames[0].problems, [
      `byte 0: ${first - start} bytes of a frame whose beginning is not there`,
    ]);
  }
});

Deno.test("FrameStream reads no further after a length that cannot be", () => {
  const stream = new FrameStream(schema);
  const frames = [
    ...stream.push(Uint8Array.fromHex("01000000ffffffff")),
    ...stream.push(ALL),
  ];
  assertEquals(frames.length, 1);
  assertMatch(frames[0].problems[0], /^byte 4: msglen must be 0 … 65527: it is -1/);
});

Deno.test("decodeFrames() tells of a frame that is not there in full", () => {
  assertEquals(decodeFrames(schema, ALL.subarray(0, 6))[0].problems, [
    "byte 0: a header must have 8 bytes: there are 6",
  ]);
  const [cut] = decodeFrames(schema, Uint8Array.fromHex("010000000400000008011" + "0"));
  assertEquals(cut.fields, { modid: 1 });
  assertEquals(cut.problems[0], "byte 4: msglen is 4, but only 3 bytes follow");
});

Deno.test("decodeDatagram() holds msglen against the datagram's length", () => {
  const { message, problems } = decodeDatagram(
    schema,
    Uint8Array.fromHex("010000000400000008011001ff"),
  );
  assertEquals(message, "GetRouteRequest");
  assertEquals(problems[0], "byte 4: msglen must be 5, as the datagram has it: it is 4");
  assertMatch(
    decodeDatagram(schema, Uint8Array.fromHex("6300000000000000")).problems[0],
    /no message 99/,
  );
});
