import { assertEquals, assertThrows } from "@std/assert";
import { encodeRouteFrame } from "./route_frame.ts";
import { concat } from "../../testing/concat.ts";
import { RouteTable } from "./route_table.ts";
import { RouteTableWriter } from "./route_table_writer.ts";
import { decodeTableSnapshot, encodeTableSnapshot } from "./table_snapshot.ts";

const AGREEMENT = { atSec: 1_700_000_000.5, changeId: 2 ** 40, acceptedId: 3 };

async function contentOf(hosts: number): Promise<Uint8Array<ArrayBuffer>> {
  const table = RouteTable.create();
  const writer = new RouteTableWriter(table);
  for (let modid = 1; modid <= hosts; modid++) {
    const host = { ip: modid, port: 80, weight: 100 };
    writer.put(encodeRouteFrame({ modid, cmdid: 1 }, [host]));
  }
  return concat(...await encodeTableSnapshot({ table, agreement: AGREEMENT }));
}

Deno.test("decodeTableSnapshot() gives the table and the agreement that were encoded", async () => {
  for (const hosts of [0, 1, 50]) {
    const { table, agreement } = decodeTableSnapshot(await contentOf(hosts));
    assertEquals([table.moduleCount, table.hostCount, agreement], [hosts, hosts, AGREEMENT]);
  }
});

Deno.test("decodeTableSnapshot() throws when a part is missing", async () => {
  const content = await contentOf(50);
  for (const bytes of [0, 8, 25, content.length - 1]) {
    assertThrows(() => decodeTableSnapshot(content.slice(0, bytes)), RangeError);
  }
});
