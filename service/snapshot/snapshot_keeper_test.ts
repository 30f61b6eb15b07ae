import { assertEquals } from "@std/assert";
import { Counters } from "../../reactor/mod.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { messageOf } from "../observe/log_format.ts";
import { setLogSink } from "../observe/logger.ts";
import { SNAPSHOT_COUNTERS } from "./snapshot_counter.ts";
import { SnapshotKeeper } from "./snapshot_keeper.ts";

/** A keeper whose disk takes as long as it is told to, or takes nothing. */
function keeping() {
  const clock = new VirtualClock();
  const counters = new Counters(SNAPSHOT_COUNTERS);
  const disk = {
    path: "test.snapshot",
    writeMs: 0,
    failure: undefined as Error | undefined,
    /** When what was written, ms and content. */
    writes: [] as [number, number][],
    confirmedAtMs: [] as number[],
    async write([content]: readonly Uint8Array[]): Promise<number> {
      disk.writes.push([clock.nowMs(), content[0]]);
      if (disk.writeMs > 0) await clock.sleep(disk.writeMs);
      if (disk.failure !== undefined) throw disk.failure;
      return content.length;
    },
    confirm(): Promise<void> {
      disk.confirmedAtMs.push(clock.nowMs());
      return disk.failure === undefined ? Promise.resolve() : Promise.reject(disk.failure);
    },
  };
  let content = 0;
  const keeper = new SnapshotKeeper({
    file: disk,
    counters,
    clock,
    collect: () => [Uint8Array.of(content)],
  });
  function change(): void {
    content++;
    keeper.changed();
  }
  return { clock, counters, disk, keeper, change };
}

Deno.test("SnapshotKeeper writes what changes at once, and then once a second", async () => {
  const { clock, counters, disk, change } = keeping();
  await clock.advance(5000);
  assertEquals(disk.writes, []);
  for (let i = 0; i < 25; i++) {
    change();
    await clock.advance(100);
  }
  await clock.advance(5000);
  assertEquals(disk.writes, [[5000, 1], [6000, 10], [7000, 20], [8000, 25]]);
  assertEquals([counters.get("writes"), counters.get("bytes")], [4, 1]);
});

Deno.test("SnapshotKeeper writes for a twentieth of the time", async () => {
  const { clock, counters, disk, change } = keeping();
  disk.writeMs = 300;
  for (let i = 0; i < 150; i++) {
    change();
    await clock.advance(100);
  }
  assertEquals(disk.writes.map(([atMs]) => atMs), [0, 6000, 12_000]);
  assertEquals(counters.get("writeMs"), 300);
});

Deno.test("SnapshotKeeper writes what changed while it wrote", async () => {
  const { clock, disk, keeper, change } = keeping();
  disk.writeMs = 40;
  change();
  await clock.advance(20);
  change();
  await clock.advance(2000);
  assertEquals(disk.writes, [[0, 1], [1000, 2]]);
  await keeper.stop();
  assertEquals(disk.writes.length, 2);
});

Deno.test("SnapshotKeeper says once that it cannot write, and once that it can again", async () => {
  const lines: string[] = [];
  const sink = setLogSink((record) => lines.push(messageOf(record)));
  try {
    const { clock, counters, disk, change } = keeping();
    disk.failure = new Error("No space left on device");
    change();
    await clock.advance(25_000);
    assertEquals(disk.writes.map(([atMs]) => atMs), [0, 10_000, 20_000]);
    disk.failure = undefined;
    await clock.advance(10_000);
    assertEquals([counters.get("writeFailures"), counters.get("writes")], [3, 1]);
  } finally {
    setLogSink(sink);
  }
  assertEquals(lines, [
    "Snapshot test.snapshot cannot be written, the next start would be without: No space left on device",
    "Snapshot test.snapshot is written again",
  ]);
});

Deno.test("SnapshotKeeper confirms now and then what does not change", async () => {
  const { clock, disk, keeper, change } = keeping();
  keeper.confirmed(); // nothing is written yet
  change();
  for (let sec = 0; sec < 25; sec++) {
    await clock.advance(1000);
    keeper.confirmed();
  }
  assertEquals([disk.writes.length, disk.confirmedAtMs], [1, [10_000, 20_000]]);
  disk.failure = new Error("No such file or directory"); // somebody has removed it
  await clock.advance(10_000);
  keeper.confirmed();
  disk.failure = undefined;
  await clock.advance(1000);
  assertEquals(disk.writes.length, 2);
});

Deno.test("SnapshotKeeper.stop() writes what has changed", async () => {
  const { clock, disk, keeper, change } = keeping();
  change();
  await clock.advance(0);
  change();
  await keeper.stop();
  assertEquals(disk.writes, [[0, 1], [0, 2]]);
  assertEquals(clock.timers, 0);
});
