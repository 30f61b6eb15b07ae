import { assertEquals } from "@std/assert";
import type { CallStatus } from "../../sql/mod.ts";
import { toRows } from "../../testing/reporter/row_fixture.ts";
import { KeyBudget, StatusBuffer } from "./status_buffer.ts";
import { toStatuses } from "./status_row.ts";

function status(part: Partial<CallStatus> = {}): CallStatus {
  const base = { modid: 1, cmdid: 2, ip: 3, port: 4, caller: 5, succ: 0, err: 0, overload: false };
  return { ...base, tsSec: 1000, ...part };
}

/** A buffer that takes and gives statuses as objects. */
function newBuffer(maxKeys = 10) {
  const buffer = new StatusBuffer(new KeyBudget(maxKeys));
  return {
    get size() {
      return buffer.size;
    },
    put: (status: CallStatus) => buffer.put(toRows(status), 0),
    remove: (status: CallStatus) => buffer.remove(toRows(status), 0),
    defer: (status: CallStatus) => buffer.defer(toRows(status), 0),
    oldest: (limit: number) => toStatuses(buffer.oldest(limit)),
    take: (limit: number) => toStatuses(buffer.take(limit)),
  };
}

Deno.test("StatusBuffer.put() keeps the newest, and one from a clock set back by more than 60 s", () => {
  const cases: [number, boolean][] = [
    [1001, true],
    [1000, true],
    [999, false],
    [940, false],
    [939, true],
    [1, true],
  ];
  for (const [tsSec, isNewest] of cases) {
    const buffer = newBuffer();
    const earlier = status({ tsSec: 1000, succ: 1 });
    const later = status({ tsSec, succ: 2 });
    assertEquals(buffer.put(earlier), "held");
    assertEquals(buffer.put(later), isNewest ? "replaced" : "outdated", `${tsSec}`);
    assertEquals(buffer.oldest(10), [isNewest ? later : earlier]);
  }
});

Deno.test("StatusBuffer.put() tells rows apart by each part of their key", () => {
  const buffer = newBuffer();
  const statuses = [
    status(),
    status({ modid: 9 }),
    status({ cmdid: 9 }),
    status({ ip: 9 }),
    status({ port: 9 }),
    status({ caller: 9 }),
    status({ modid: 12, cmdid: 2 }),
    status({ modid: 1, cmdid: 22 }),
  ];
  for (const each of statuses) assertEquals(buffer.put(each), "held");
  assertEquals(buffer.oldest(10), statuses);
});

Deno.test("StatusBuffer.put() refuses new keys, and no others, when the budget is spent", () => {
  const buffer = newBuffer(2);
  buffer.put(status({ ip: 1 }));
  buffer.put(status({ ip: 2 }));
  assertEquals(buffer.put(status({ ip: 3 })), "refused");
  assertEquals(buffer.put(status({ ip: 2, succ: 7 })), "replaced");
  buffer.remove(status({ ip: 1, succ: 7 })); // another report: the one held stays
  assertEquals(buffer.put(status({ ip: 3 })), "refused");
  buffer.remove(buffer.oldest(1)[0]);
  assertEquals(buffer.put(status({ ip: 3 })), "held");
});

Deno.test("StatusBuffer.remove() leaves what arrived meanwhile, at the end of the order", () => {
  const buffer = newBuffer();
  const written = status({ ip: 1 });
  buffer.put(written);
  buffer.put(status({ ip: 2 }));
  const newer = status({ ip: 1, tsSec: 1001 });
  buffer.put(newer);
  buffer.remove(written);
  assertEquals(buffer.oldest(10), [status({ ip: 2 }), newer]);
  assertEquals(buffer.size, 2);
});

Deno.test("StatusBuffer.oldest() gives what has waited longest and takes nothing out", () => {
  const buffer = newBuffer();
  for (const ip of [1, 2, 3]) buffer.put(status({ ip }));
  buffer.put(status({ ip: 1, tsSec: 1001 }));
  assertEquals(buffer.oldest(2).map(({ ip }) => ip), [1, 2]);
  assertEquals(buffer.oldest(0), []);
  assertEquals(buffer.size, 3);
});

Deno.test("StatusBuffer.take() takes out what has waited longest, and makes room", () => {
  const buffer = newBuffer(3);
  for (const ip of [1, 2, 3]) buffer.put(status({ ip }));
  assertEquals(buffer.take(2).map(({ ip }) => ip), [1, 2]);
  assertEquals(buffer.oldest(10).map(({ ip }) => ip), [3]);
  assertEquals([4, 5, 6].map((ip) => buffer.put(status({ ip }))), ["held", "held", "refused"]);
  assertEquals(buffer.take(10).map(({ ip }) => ip), [3, 4, 5]);
});

Deno.test("StatusBuffer.defer() puts a row at the end of the order", () => {
  const buffer = newBuffer();
  const first = status({ ip: 1 });
  for (const each of [first, status({ ip: 2 })]) buffer.put(each);
  buffer.defer(first);
  assertEquals(buffer.oldest(10).map(({ ip }) => ip), [2, 1]);
  buffer.defer(status({ ip: 3 }));
  assertEquals(buffer.size, 2);
});
