/**
 * The route table of dns against the obvious alternative, a Map of frames: one host per module, the worst case for both.
 * The Map is the reference: what matters is how the two compare in one run, not the nanoseconds.
 *
 * @module
 */

import type { RouteRow } from "../sql/mod.ts";
import type { RouteFrame } from "../dns/routes/route_frame.ts";
import { RouteTable } from "../dns/routes/route_table.ts";
import { RouteTableWriter } from "../dns/routes/route_table_writer.ts";
import { ServableRoutes } from "../dns/routes/servable_routes.ts";

const MODULES = 100_000;
const CMDIDS = 100;

function moduleAt(i: number) {
  return { modid: 1 + Math.floor(i / CMDIDS), cmdid: 1 + i % CMDIDS };
}

function readRows(): ServableRoutes {
  const rows: RouteRow[] = Array.from({ length: MODULES }, (_, i) => ({
    id: i + 1,
    ...moduleAt(i),
    ip: 0x0a000000 + i,
    port: 8000,
    weight: 100,
  }));
  const routes = new ServableRoutes();
  routes.add(rows);
  return routes;
}

function pack(frames: Iterable<RouteFrame>): RouteTable {
  const table = RouteTable.create();
  const writer = new RouteTableWriter(table);
  for (const frame of frames) writer.put(frame);
  return table;
}

const routes = readRows();
const frames = [...routes.frames()];
const table = pack(frames);
const writer = new RouteTableWriter(pack(frames));
const map = toMap();
// Asked for in an order that no cache foresees.
const asked = Array.from({ length: 1024 }, (_, i) => moduleAt((i * 7919 * 13) % MODULES));

/** Keeps the compiler from leaving out what it sees that nobody uses. */
function consume(bytes: number): void {
  if (bytes === 0) throw new Error("nothing was found");
}

function toMap(): Map<number, Uint8Array> {
  return new Map(frames.map(({ modid, cmdid, frame }) => [modid * 2 ** 20 + cmdid, frame]));
}

Deno.bench("RouteTable: 1,024 lookups", { group: "lookup" }, () => {
  consume(asked.reduce((bytes, module) => bytes + table.frame(module)!.length, 0));
});

Deno.bench("Map: 1,024 lookups", { group: "lookup", baseline: true }, () => {
  consume(
    asked.reduce((bytes, { modid, cmdid }) => bytes + map.get(modid * 2 ** 20 + cmdid)!.length, 0),
  );
});

Deno.bench(`RouteTable: ${MODULES} modules from their frames`, { group: "pack" }, () => {
  pack(frames);
});

Deno.bench(`Map: ${MODULES} modules from their frames`, { group: "pack", baseline: true }, () => {
  toMap();
});

Deno.bench(`${MODULES} modules from their rows`, { group: "from the database" }, () => {
  pack(readRows().frames());
});

Deno.bench(`change one module of ${MODULES}`, { group: "change" }, () => {
  writer.put(frames[0]);
});

Deno.bench(`compare all ${MODULES} with their frames`, { group: "change" }, () => {
  for (const frame of frames) if (!table.holds(frame)) throw new Error(`${frame.modid} differs`);
});
