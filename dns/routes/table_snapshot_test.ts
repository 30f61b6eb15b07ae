import { assertEquals, assertThrows } from "@std/assert";
import { encodeRouteFrame } from "./route_frame.ts";
import { RouteTable, RouteTableBuilder } from "./route_table.ts";
import { decodeTableSnapshot, encodeTableSnapshot } from "./table_snapshot.ts";

const AGREEMENT = { atSec: 1_700_000_000.5, changeId: 2 ** 40, acceptedId: 3 };

function contentOf(hosts: number): Uint8Array<ArrayBuffer> {
  const builder = new RouteTableBuilder();
  for (let modid = 1; modid <= hosts; modid++) {
    const host = { ip: modid, port: 80, weight: 100 };
    builder.add(encodeRouteFrame({ modid, cmdid: 1 }, [host]));
  }
  const table = builder.build().buffer;
  return new Uint8Array(
    encodeTableSnapshot({ table, agreement: AGREEMENT }).flatMap((part) => [...part]),
  );
}

Deno.test("decodeTableSnapshot() gives the table and the agreement that were encoded", () => {
  for (const hosts of [0, 1, 50]) {
    const { table, agreement } = decodeTableSnapshot(contentOf(hosts));
    const { moduleCount, hostCount } = new RouteTable(table);
    assertEquals([moduleCount, hostCount, agreement], [hosts, hosts, AGREEMENT]);
  }
});

Deno.test("decodeTableSnapshot() throws when a part is missing", () => {
  const content = contentOf(50);
  for (const bytes of [0, 8, 24, 25, content.length - 1]) {
    assertThrows(() => decodeTableSnapshot(content.slice(0, bytes)), RangeError);
  }
});
