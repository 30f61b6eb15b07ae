import { assertEquals } from "@std/assert";
import { withSeed } from "../../testing/seeded_random.ts";
import { type Piece, TcpStream } from "./tcp_stream.ts";

const DATA = Uint8Array.from({ length: 1000 }, (_, i) => i & 255);

function joined(pieces: readonly Piece[]): number[] {
  return pieces.flatMap((piece) => "bytes" in piece ? [...piece.bytes] : [-piece.missing]);
}

Deno.test("TcpStream puts segments in order that come early, twice, or overlap, across the wrap of numbers", () => {
  withSeed(7, (random) => {
    for (let round = 0; round < 200; round++) {
      const base = random.pick([0, 0xffff_ff00, 0x7fff_fff0]);
      const stream = new TcpStream();
      stream.open(base);
      const segments = Array.from({ length: 40 }, () => {
        const at = random.below(DATA.length);
        return { at, bytes: DATA.subarray(at, at + 1 + random.below(100)) };
      });
      for (let at = 0; at < DATA.length; at += 50) {
        segments.splice(random.below(segments.length + 1), 0, {
          at,
          bytes: DATA.subarray(at, at + 50),
        });
      }
      const pieces = segments.flatMap(({ at, bytes }) => stream.push((base + 1 + at) >>> 0, bytes));
      assertEquals(joined([...pieces, ...stream.end()]), [...DATA]);
    }
  });
});

Deno.test("TcpStream says what is missing when no more comes", () => {
  const stream = new TcpStream();
  assertEquals(joined(stream.push(100, DATA.subarray(0, 3))), [0, 1, 2]);
  assertEquals(stream.push(110, DATA.subarray(10, 12)), []);
  assertEquals(joined(stream.end()), [-7, 10, 11]);
});

Deno.test("TcpStream waits for what is missing only so long", () => {
  const stream = new TcpStream();
  stream.open(0);
  const segment = new Uint8Array(1 << 16);
  let pieces: Piece[] = [];
  for (let i = 1; pieces.length === 0; i++) pieces = stream.push(1 + i * segment.length, segment);
  assertEquals(pieces[0], { missing: segment.length });
});
