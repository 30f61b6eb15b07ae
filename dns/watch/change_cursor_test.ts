import { assertEquals } from "@std/assert";
import type { RouteChangeRow } from "../../sql/mod.ts";
import { ChangeCursor, type Move } from "./change_cursor.ts";

/** A RouteChange and RouteVersion to move a cursor along. */
class Changes {
  rows: RouteChangeRow[] = [];
  version = 100;
  nowMs = 0;
  readonly cursor = new ChangeCursor();

  add(id: number, { modid = id, version = ++this.version } = {}): void {
    this.rows.push({ id, modid, cmdid: 0, version });
    this.rows.sort((a, b) => a.id - b.id);
    this.version = version;
  }

  /** What one poll learns: "?" for a move that is not explained, and the modids named. */
  poll(): string {
    const position = { version: this.version, changeId: this.rows.at(-1)?.id ?? 0 };
    const ranges = this.cursor.rangesTo(position);
    const rows = this.rows.filter(({ id }) =>
      ranges.some(({ from, to }) => from <= id && id <= to!)
    );
    return describe(this.cursor.moveTo(position, { rows, nowMs: this.nowMs }));
  }
}

function describe({ isExplained, modules }: Move): string {
  return [...isExplained ? [] : ["?"], ...modules.map(({ modid }) => modid)].join(" ");
}

/** Changes that a cursor has followed up to id 10. */
function followed(): Changes {
  const changes = new Changes();
  for (let id = 1; id <= 10; id++) changes.add(id);
  assertEquals(changes.poll(), "?");
  return changes;
}

Deno.test("ChangeCursor knows nothing at the first poll, so everything must be read", () => {
  assertEquals(new Changes().poll(), "?");
  assertEquals(followed().poll(), "");
});

Deno.test("ChangeCursor asks for nothing when nothing moved and nothing is missing", () => {
  const changes = followed();
  assertEquals(changes.cursor.rangesTo({ version: changes.version, changeId: 10 }), []);
});

Deno.test("ChangeCursor names the modules of new rows, also two of one second", () => {
  const changes = followed();
  changes.add(11);
  changes.add(12, { version: changes.version });
  assertEquals(changes.poll(), "11 12");
  changes.add(13, { version: changes.version });
  assertEquals(changes.poll(), "13");
  assertEquals(changes.poll(), "");
});

Deno.test("ChangeCursor finds rows that appear below ids it has seen", () => {
  const changes = followed();
  changes.add(12);
  changes.add(15);
  assertEquals(changes.poll(), "12 15");
  changes.nowMs = 30_000;
  changes.add(13, { version: changes.version });
  assertEquals(changes.poll(), "13");
  changes.add(14, { version: changes.version });
  changes.add(11, { version: changes.version });
  assertEquals(changes.poll(), "11 14");
  assertEquals(changes.cursor.rangesTo({ version: changes.version, changeId: 15 }), []);
});

Deno.test("ChangeCursor polls a missing row for a minute", () => {
  const changes = followed();
  changes.add(12);
  changes.poll();
  changes.nowMs = 59_999;
  changes.poll();
  assertEquals(changes.cursor.rangesTo({ version: changes.version, changeId: 12 }), [{
    from: 11,
    to: 11,
  }]);
  changes.nowMs = 60_000;
  changes.poll();
  assertEquals(changes.cursor.rangesTo({ version: changes.version, changeId: 12 }), []);
});

Deno.test("ChangeCursor polls rows missing below where it began", () => {
  const changes = new Changes();
  changes.add(3);
  changes.add(5);
  changes.poll();
  changes.add(4, { version: changes.version });
  assertEquals(changes.poll(), "4");
});

Deno.test("ChangeCursor bounds what it remembers to be missing", () => {
  const changes = followed();
  for (let id = 12; id <= 3000; id += 2) {
    changes.add(id);
    if (id % 500 === 0) changes.poll();
  }
  const ranges = changes.cursor.rangesTo({ version: changes.version, changeId: 3000 });
  assertEquals([ranges.length, ranges[0].from, ranges.at(-1)!.from], [1000, 1001, 2999]);
});

Deno.test("ChangeCursor follows ids that rise by threes, and finds what other nodes commit late", () => {
  const changes = followed();
  for (const id of [13, 16, 19]) changes.add(id);
  assertEquals(changes.poll(), "13 16 19");
  changes.add(22);
  changes.add(14); // given out by a node that had not seen the later ones
  assertEquals(changes.poll(), "14 22");
  changes.add(21);
  assertEquals(changes.poll(), "21");
});

Deno.test("ChangeCursor does not explain a version that moved alone", () => {
  const changes = followed();
  changes.version++;
  assertEquals(changes.poll(), "?");
  assertEquals(changes.poll(), "");
});

Deno.test("ChangeCursor does not explain a version that moved on beyond what rows name", () => {
  const changes = followed();
  changes.add(11);
  changes.version++;
  assertEquals(changes.poll(), "? 11");
});

Deno.test("ChangeCursor explains a version that follows its row a poll later", () => {
  const changes = followed();
  const version = changes.version;
  changes.add(11, { version: 500 });
  changes.version = version;
  assertEquals(changes.poll(), "11");
  changes.version = 500;
  assertEquals(changes.poll(), "");
});

Deno.test("ChangeCursor does not explain rows that were deleted before it saw them", () => {
  const changes = followed();
  const position = { version: changes.version, changeId: 11 };
  assertEquals(changes.cursor.rangesTo(position), [{ from: 11, to: 11 }]);
  assertEquals(describe(changes.cursor.moveTo(position, { rows: [], nowMs: 0 })), "?");
});

Deno.test("ChangeCursor begins anew when ids go back, and follows from there", () => {
  const changes = followed();
  changes.rows = [];
  assertEquals(changes.poll(), "?");
  changes.add(1);
  assertEquals(changes.poll(), "1");
  changes.add(2);
  assertEquals(changes.poll(), "2");
});

Deno.test("ChangeCursor does not follow a very long step", () => {
  const changes = followed();
  changes.add(1010);
  assertEquals(changes.poll(), "1010");
  changes.add(5_000_000);
  assertEquals(changes.poll(), "?");
  changes.add(5_000_001);
  assertEquals(changes.poll(), "5000001");
});

Deno.test("ChangeCursor.prune() allows what was seen a minute ago and is an hour old, never the last row", () => {
  const changes = new Changes();
  const prune = () => changes.cursor.prune({ nowMs: changes.nowMs, nowSec: 10_000 });
  assertEquals(prune(), undefined);
  changes.add(7);
  changes.poll();
  assertEquals(prune(), undefined);
  changes.nowMs = 59_999;
  assertEquals(prune(), undefined);
  changes.nowMs = 60_000;
  assertEquals(prune(), { id: 6, beforeVersion: 6400 });
  changes.add(9);
  changes.poll();
  assertEquals(prune(), undefined);
  changes.nowMs = 120_000;
  assertEquals(prune(), { id: 7, beforeVersion: 6400 });
});

Deno.test("ChangeCursor.prune() spares rows newly seen when ids went back", () => {
  const changes = followed();
  changes.cursor.prune({ nowMs: 0, nowSec: 10_000 });
  changes.rows = [];
  changes.add(5);
  changes.nowMs = 60_000;
  changes.poll();
  assertEquals(changes.cursor.prune({ nowMs: 60_000, nowSec: 10_000 }), undefined);
});
