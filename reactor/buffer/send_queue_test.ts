import { assertEquals, assertLessOrEqual, assertThrows } from "@std/assert";
import { BufferPool, PoolExhaustedError } from "./buffer_pool.ts";
import { HEADER_BYTES, MAX_BODY_BYTES, readInt32, writeHeader } from "../frame/frame.ts";
import { SendQueue } from "./send_queue.ts";
import { anySeed, withSeed } from "../../testing/seeded_random.ts";
import { concat } from "../../testing/concat.ts";

Deno.test("SendQueue gives back what was pushed, in order, however it is cut", () => {
  withSeed(anySeed(), (random) => {
    const pool = new BufferPool();
    const queue = new SendQueue(pool);
    const pushed: Uint8Array[] = [];
    const sent: Uint8Array[] = [];
    let waiting = 0;
    for (let step = 0; step < 500; step++) {
      const frame = random.bytes(random.below(random.below(10) === 0 ? 70_000 : 300));
      queue.push(frame);
      pushed.push(frame.slice());
      waiting += frame.length;
      frame.fill(0); // the queue holds a copy
      for (let writes = random.below(4); writes > 0; writes--) {
        const span = queue.peek();
        if (span === undefined) break;
        const bytes = 1 + random.below(span.length);
        sent.push(span.slice(0, bytes));
        queue.consume(bytes);
        waiting -= bytes;
      }
      assertEquals(queue.bytes, waiting);
    }
    for (let span = queue.peek(); span; span = queue.peek()) {
      sent.push(span.slice());
      queue.consume(span.length);
    }
    assertEquals(concat(...sent), concat(...pushed));
    assertEquals([queue.bytes, pool.lentBytes], [0, 0]);
  });
});

Deno.test("SendQueue never splits a frame: what peek() shows is whole frames, 64 KiB at most", () => {
  withSeed(anySeed(), (random) => {
    const queue = new SendQueue(new BufferPool());
    for (let round = 0; round < 50; round++) {
      let pushed = 0;
      for (let frames = 1 + random.below(60); frames > 0; frames--) {
        const most = random.below(4) === 0 ? MAX_BODY_BYTES : 3000;
        const body = new Uint8Array(random.below(most + 1));
        const header = new Uint8Array(HEADER_BYTES);
        writeHeader(header, { msgid: 1, bodyBytes: body.length });
        queue.push(header, body);
        pushed++;
      }
      for (let span = queue.peek(); span; span = queue.peek()) {
        assertLessOrEqual(span.length, 64 << 10);
        let at = 0;
        for (; at < span.length; pushed--) at += HEADER_BYTES + readInt32(span, at + 4);
        assertEquals(at, span.length);
        queue.consume(span.length);
      }
      assertEquals(pushed, 0);
    }
  });
});

Deno.test("peek() shows small frames as one span, and a span stays while more is pushed", () => {
  const queue = new SendQueue(new BufferPool());
  queue.push(Uint8Array.of(1, 2));
  const span = queue.peek();
  queue.push(Uint8Array.of(3));
  queue.push(new Uint8Array(200_000));
  assertEquals(span, Uint8Array.of(1, 2));
  assertEquals(queue.peek()?.subarray(0, 3), Uint8Array.of(1, 2, 3));
});

Deno.test("SendQueue holds no memory while it is empty", () => {
  const pool = new BufferPool();
  const queue = new SendQueue(pool);
  assertEquals(queue.peek(), undefined);
  queue.push(new Uint8Array());
  assertEquals([queue.peek(), pool.lentBytes], [undefined, 0]);
  queue.push(new Uint8Array(300_000));
  queue.clear();
  assertEquals([queue.bytes, queue.peek(), pool.lentBytes], [0, undefined, 0]);
});

Deno.test("push() throws when there is no memory", () => {
  const queue = new SendQueue(new BufferPool({ maxBytes: 64 << 10 }));
  queue.push(new Uint8Array(60_000));
  assertThrows(() => queue.push(new Uint8Array(60_000)), PoolExhaustedError);
});
