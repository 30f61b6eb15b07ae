import { assertEquals } from "@std/assert";
import { LineWriter, LostLines } from "./line_writer.ts";

/** Somewhere to write to, as good or bad as the test has it. */
class Sink {
  text = "";
  writes = 0;
  failure?: Error;
  /** As much is taken in one write. */
  takes = Infinity;
  #opened = Promise.withResolvers<void>();

  constructor() {
    this.#opened.resolve();
  }

  /** Has writes wait, as a full pipe does. */
  block(): void {
    this.#opened = Promise.withResolvers();
  }

  unblock(): void {
    this.#opened.resolve();
  }

  write = async (bytes: Uint8Array): Promise<number> => {
    this.writes++;
    await this.#opened.promise;
    if (this.failure !== undefined) throw this.failure;
    const taken = bytes.subarray(0, this.takes);
    this.text += new TextDecoder().decode(taken);
    return taken.length;
  };
}

function writerTo(sink: Sink, lost = new LostLines()): { writer: LineWriter; lost: LostLines } {
  const formatLost = (lines: number) => `lost ${lines}`;
  return { writer: new LineWriter({ write: sink.write, formatLost, lost }), lost };
}

Deno.test("LineWriter writes lines in their order, several at a time", async () => {
  const sink = new Sink();
  const { writer } = writerTo(sink);
  for (let i = 0; i < 100; i++) writer.put(String(i));
  await writer.flush(60_000);
  assertEquals(sink.text, Array.from({ length: 100 }, (_, i) => `${i}\n`).join(""));
  assertEquals(sink.writes, 2); // the first at once, the others while it was under way
});

Deno.test("LineWriter keeps whole lines together up to what a pipe takes at once", async () => {
  const sink = new Sink();
  const { writer } = writerTo(sink);
  for (let i = 0; i < 5; i++) writer.put("x".repeat(2000));
  writer.put("y".repeat(10_000));
  await writer.flush(60_000);
  assertEquals(sink.writes, 4); // 1, 2, 2, and the long one
});

Deno.test("LineWriter finishes a line that is taken in pieces", async () => {
  const sink = new Sink();
  sink.takes = 3;
  const { writer, lost } = writerTo(sink);
  writer.put("a long line");
  writer.put("another");
  await writer.flush(60_000);
  assertEquals([sink.text, lost.total], ["a long line\nanother\n", 0]);
});

Deno.test("LineWriter loses what cannot be written, and says how much once it can", async () => {
  const sink = new Sink();
  const { writer, lost } = writerTo(sink);
  sink.failure = new Error("No space left on device");
  for (const line of ["a", "b", "c"]) {
    writer.put(line);
    await writer.flush(60_000);
  }
  assertEquals([sink.text, lost.total], ["", 3]);
  sink.failure = undefined;
  writer.put("d");
  writer.put("e");
  await writer.flush(60_000);
  assertEquals([sink.text, lost.total], ["lost 3\nd\ne\n", 3]);
  writer.put("f");
  await writer.flush(60_000);
  assertEquals(sink.text, "lost 3\nd\ne\nf\n");
});

Deno.test("LineWriter begins a new line after one that was torn", async () => {
  const sink = new Sink();
  const lost = new LostLines();
  let room = 4;
  const writer = new LineWriter({
    write(bytes) {
      if (room === 0) return Promise.reject(new Error("No space left on device"));
      sink.takes = room;
      room -= Math.min(room, bytes.length);
      return sink.write(bytes);
    },
    formatLost: (lines) => `lost ${lines}`,
    lost,
  });
  writer.put("torn apart");
  await writer.flush(60_000);
  assertEquals([sink.text, lost.total], ["torn", 1]);
  room = Infinity;
  writer.put("whole");
  await writer.flush(60_000);
  assertEquals(sink.text, "torn\nlost 1\nwhole\n");
});

Deno.test("LineWriter holds up to 1 MiB for a reader that does not read, and loses the rest", async () => {
  const sink = new Sink();
  sink.block();
  const { writer, lost } = writerTo(sink);
  const line = "x".repeat(1023);
  for (let i = 0; i < 1500; i++) writer.put(line);
  assertEquals(lost.total, 1500 - 1024);
  sink.unblock();
  await writer.flush(60_000);
  assertEquals(sink.text, `${line}\n`.repeat(1024) + "lost 476\n");
  writer.put("more");
  await writer.flush(60_000);
  assertEquals(sink.text.endsWith("lost 476\nmore\n"), true);
});

Deno.test("LineWriter waits for what is busy", async () => {
  const sink = new Sink();
  sink.failure = new Deno.errors.WouldBlock();
  const { writer, lost } = writerTo(sink);
  writer.put("line");
  setTimeout(() => sink.failure = undefined, 0);
  await writer.flush(60_000);
  assertEquals([sink.text, lost.total], ["line\n", 0]);
});

Deno.test("LineWriter.flush() gives up after its time", async () => {
  const sink = new Sink();
  sink.block();
  const { writer } = writerTo(sink);
  writer.put("line");
  await writer.flush(1);
  assertEquals(sink.text, "");
  sink.unblock();
  await writer.flush(60_000);
  assertEquals(sink.text, "line\n");
});

Deno.test("LostLines are told of by one of those who share them", () => {
  const mine = new LostLines();
  const yours = new LostLines(mine.buffer);
  mine.add(2);
  yours.add(1);
  assertEquals([yours.isUntold, mine.takeUntold(), yours.takeUntold()], [true, 3, 0]);
  assertEquals([mine.isUntold, yours.total], [false, 3]);
});
