import { assertEquals, assertThrows } from "@std/assert";
import { SeededRandom } from "../../testing/seeded_random.ts";
import { encodeRouteFrame, type RouteFrame } from "./route_frame.ts";
import { RouteTable } from "./route_table.ts";
import { RouteTableWriter } from "./route_table_writer.ts";

function route(modid: number, { hosts, port = 80 }: { hosts: number; port?: number }): RouteFrame {
  return encodeRouteFrame(
    { modid, cmdid: 1 },
    Array.from({ length: hosts }, (_, i) => ({ ip: 0x0a000000 + i, port, weight: 100 })),
  );
}

function megabytes({ buffer }: RouteTable): number {
  return buffer.byteLength / 1e6;
}

Deno.test("RouteTableWriter agrees with a plain map, also where another one takes over", () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0];
  const random = new SeededRandom(seed);
  const table = RouteTable.create();
  const reader = new RouteTable(table.buffer);
  const expected = new Map<number, RouteFrame>();
  let writer = new RouteTableWriter(table);
  for (let n = 0; n < 60_000; n++) {
    // Few of many hosts, and some without any.
    const each = route(random.below(12_000), {
      hosts: random.below(4) * random.below(10) ** 2,
      port: 1 + random.below(3),
    });
    writer.put(each);
    if (each.hostCount > 0) expected.set(each.modid, each);
    else expected.delete(each.modid);
    reader.release(0);
    if (n % 20_000 !== 19_999) continue;
    writer = new RouteTableWriter(table);
    const hosts = [...expected.values()].reduce((sum, { hostCount }) => sum + hostCount, 0);
    assertEquals([reader.moduleCount, reader.hostCount], [expected.size, hosts], `seed ${seed}`);
    for (let modid = 0; modid < 12_000; modid++) {
      const frame = reader.frame({ modid, cmdid: 1 });
      assertEquals(frame, expected.get(modid)?.frame, `seed ${seed}, module ${modid}`);
    }
  }
});

Deno.test("RouteTableWriter.put() takes no more memory however often routes change", () => {
  const table = RouteTable.create();
  const writer = new RouteTableWriter(table);
  for (let modid = 0; modid < 10_000; modid++) writer.put(route(modid, { hosts: 10 }));
  const before = megabytes(table);
  for (let n = 0; n < 100_000; n++) {
    writer.put(route(n * 7919 % 10_000, { hosts: 10, port: 1 + n % 60_000 }));
    table.release(0);
  }
  assertEquals(megabytes(table) <= 1.5 * before + 1.5, true, `${before} → ${megabytes(table)} MB`);
});

Deno.test("RouteTableWriter.put() takes no more memory for names that come and go", () => {
  const table = RouteTable.create();
  const writer = new RouteTableWriter(table);
  const hosts = 1;
  for (let modid = 0; modid < 100_000; modid++) {
    writer.put(route(modid, { hosts }));
    writer.put(route(modid, { hosts: 0 }));
    table.release(0);
  }
  assertEquals([table.moduleCount, megabytes(table) < 3], [0, true], `${megabytes(table)} MB`);
});

Deno.test("RouteTableWriter.put() leaves what a reader has found as it is until that lets go of it", () => {
  const table = RouteTable.create();
  const writer = new RouteTableWriter(table);
  table.release(0);
  const found = [1, 2, 3].map((modid) => {
    writer.put(route(modid, { hosts: 10 }));
    return table.frame({ modid, cmdid: 1 })!;
  });
  const before = found.map((frame) => frame.slice());
  for (let n = 0; n < 20_000; n++) {
    writer.put(route(1 + n % 3, { hosts: 10, port: 100 + n }));
    table.release(1); // another one
  }
  assertEquals(found, before);
  const grown = megabytes(table);
  for (let n = 0; n < 20_000; n++) {
    table.release(0);
    writer.put(route(1 + n % 3, { hosts: 10, port: 100 + n }));
    table.release(1);
  }
  assertEquals(megabytes(table), grown);
});

Deno.test("RouteTableWriter.put() writes no more once another writer has taken over", () => {
  const table = RouteTable.create();
  const writer = new RouteTableWriter(table);
  writer.put(route(1, { hosts: 1 }));
  new RouteTableWriter(table);
  assertThrows(() => writer.put(route(1, { hosts: 2 })), Error, "another writer");
  assertEquals(table.hostCount, 1);
});
