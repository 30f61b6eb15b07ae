import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { BufferPool, PoolExhaustedError } from "../buffer/buffer_pool.ts";
import { decodeDatagram, encodeFrame, type Frame, MAX_BODY_BYTES, writeHeader } from "./frame.ts";
import { decodeFrames, ProtocolError } from "./frame_decoder.ts";
import { RingBuffer } from "../buffer/ring_buffer.ts";
import { anySeed, type SeededRandom, withSeed } from "../../testing/seeded_random.ts";
import { concat } from "../../testing/concat.ts";

/** Feeds the parts as reads of a socket, each as large as there is room for; returns copies of the frames. */
function decodeAll(ring: RingBuffer, parts: Iterable<Uint8Array>): Frame[] {
  const frames: Frame[] = [];
  for (let part of parts) {
    while (part.length > 0) {
      const space = ring.writable();
      assert(space.length > 0, "no room to read into");
      const bytes = Math.min(space.length, part.length);
      space.set(part.subarray(0, bytes));
      ring.commit(bytes);
      part = part.subarray(bytes);
      decodeFrames(ring, (msgid, body) => void frames.push({ msgid, body: body.slice() }));
    }
  }
  return frames;
}

const FRAMES: Frame[] = [
  { msgid: 1, body: Uint8Array.of(1, 2, 3) },
  { msgid: 0, body: new Uint8Array() },
  { msgid: -2, body: Uint8Array.of(255) },
];
const STREAM = concat(...FRAMES.map(({ msgid, body }) => encodeFrame(msgid, body)));

Deno.test("decodeFrames() finds the frames when the stream is split at any boundary", () => {
  for (let first = 0; first <= STREAM.length; first++) {
    for (let second = first; second <= STREAM.length; second++) {
      const parts = [
        STREAM.subarray(0, first),
        STREAM.subarray(first, second),
        STREAM.subarray(second),
      ];
      assertEquals(decodeAll(new RingBuffer(new BufferPool()), parts), FRAMES);
    }
  }
});

Deno.test("decodeFrames() finds the frames when they come one byte at a time, round the ring", () => {
  const ring = new RingBuffer(new BufferPool());
  const body = Uint8Array.from({ length: 1500 }, (_, i) => i);
  const stream = encodeFrame(5, body);
  for (let round = 0; round < 20; round++) {
    const parts = Array.from(stream, (byte) => Uint8Array.of(byte));
    assertEquals(decodeAll(ring, parts), [{ msgid: 5, body }]);
  }
});

Deno.test("decodeFrames() reads a header that straddles the end of the ring", () => {
  const ring = new RingBuffer(new BufferPool());
  const first = encodeFrame(1, new Uint8Array(4096 - 8 - 3));
  const second = encodeFrame(0x01020304, Uint8Array.of(9));
  const frames = decodeAll(ring, [concat(first, second.subarray(0, 2)), second.subarray(2)]);
  assertEquals(frames[1], { msgid: 0x01020304, body: Uint8Array.of(9) });
});

Deno.test("decodeFrames() throws at an impossible length, after the frames before it", () => {
  for (const bodyBytes of [-1, MAX_BODY_BYTES + 1, 2 ** 31 - 1, -(2 ** 31)]) {
    const header = new Uint8Array(8);
    new DataView(header.buffer).setInt32(4, bodyBytes, true);
    const ring = new RingBuffer(new BufferPool());
    const stream = concat(STREAM, header);
    ring.writable().set(stream);
    ring.commit(stream.length);
    const seen: number[] = [];
    assertThrows(
      () => decodeFrames(ring, (msgid) => void seen.push(msgid)),
      ProtocolError,
      `current value is ${bodyBytes}`,
    );
    assertEquals(seen, [1, 0, -2]);
    assertEquals(ring.capacity, 4096);
  }
});

Deno.test("decodeFrames() makes room for the largest frame, and no more", () => {
  const ring = new RingBuffer(new BufferPool());
  const body = Uint8Array.from({ length: MAX_BODY_BYTES }, (_, i) => i * 7);
  const frames = decodeAll(ring, [STREAM, encodeFrame(3, body), STREAM]);
  assertEquals(frames, [...FRAMES, { msgid: 3, body }, ...FRAMES]);
  assertEquals(ring.capacity, 64 << 10);
});

Deno.test("decodeFrames() throws when there is no memory for the frame that has begun", () => {
  const ring = new RingBuffer(new BufferPool({ maxBytes: 4096 }));
  writeHeader(ring.writable(), { msgid: 1, bodyBytes: 5000 });
  ring.commit(8);
  assertThrows(() => decodeFrames(ring, () => {}), PoolExhaustedError);
});

Deno.test("decodeFrames() hands out views of the ring", () => {
  const ring = new RingBuffer(new BufferPool());
  const memory = ring.writable().buffer;
  ring.writable().set(STREAM);
  ring.commit(STREAM.length);
  assertEquals(
    decodeFrames(ring, (_msgid, body) => assertStrictEquals(body.buffer, memory)),
    true,
  );
  assertEquals(ring.copies, 0);
});

Deno.test("decodeFrames() leaves the rest in the ring when the handler does not go on", () => {
  const ring = new RingBuffer(new BufferPool());
  ring.writable().set(STREAM);
  ring.commit(STREAM.length);
  const seen: number[] = [];
  const goesOn = decodeFrames(ring, (msgid) => {
    seen.push(msgid);
    return seen.length < 2;
  });
  assertEquals([goesOn, seen], [false, [1, 0]]);
  assertEquals(decodeFrames(ring, (msgid) => void seen.push(msgid)), true);
  assertEquals([seen, ring.size], [[1, 0, -2], 0]);
});

/** A frame that is right, cut short, has a wrong length, or is no frame at all. */
function somewhatAFrame(random: SeededRandom): Uint8Array {
  const frame = encodeFrame(random.below(2 ** 32), random.bytes(random.below(40)));
  switch (random.below(8)) {
    case 0:
      return frame.subarray(0, random.below(frame.length));
    case 1:
      frame[random.below(frame.length)] ^= 1 << random.below(8);
      return frame;
    case 2:
      return random.bytes(random.below(50));
    case 3:
      frame[4 + random.below(2)] = random.below(256);
      return frame;
    default:
      return frame;
  }
}

Deno.test("decodeFrames() takes 100,000 random frames without a crash or growth", () => {
  withSeed(anySeed(), (random) => {
    const pool = new BufferPool({ maxBytes: 72 << 10 }); // one ring, and a resize of it
    let ring = new RingBuffer(pool);
    let handled = 0;
    let refused = 0;
    for (let i = 0; i < 100_000; i++) {
      if (i % 20 === 0) renew(); // a new peer, as garbage swallows what comes after it
      let bytes = somewhatAFrame(random);
      try {
        while (bytes.length > 0) {
          const space = ring.writable();
          assert(space.length > 0, "no room to read into");
          const part = bytes.subarray(0, space.length);
          space.set(part);
          ring.commit(part.length);
          bytes = bytes.subarray(part.length);
          decodeFrames(ring, (_msgid, body) => {
            assert(body.length <= MAX_BODY_BYTES);
            handled++;
          });
        }
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        refused++;
        renew();
      }
    }
    assert(handled > 10_000 && refused > 5000, `handled ${handled}, refused ${refused}`);
    ring.release();
    assertEquals(pool.lentBytes, 0);

    function renew(): void {
      ring.release();
      ring = new RingBuffer(pool);
    }
  });
});

Deno.test("decodeDatagram() takes 100,000 random datagrams without a crash", () => {
  withSeed(anySeed(), (random) => {
    let read = 0;
    for (let i = 0; i < 100_000; i++) {
      const datagram = somewhatAFrame(random);
      const frame = decodeDatagram(datagram);
      if (frame === undefined) continue;
      read++;
      assertEquals(frame.body.length, datagram.length - 8);
    }
    assert(read > 10_000, `read ${read}`);
  });
});
