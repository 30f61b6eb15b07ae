import { assertEquals } from "@std/assert";
import type { RouteRow } from "../../sql/mod.ts";
import { ServableRoutes } from "./servable_routes.ts";
import { UnservableLog } from "./unservable_log.ts";

function routesWithBad(...ids: number[]): ServableRoutes {
  const routes = new ServableRoutes();
  routes.add(ids.map((id): RouteRow => ({ id, modid: 1, cmdid: 1, ip: 1, port: 0, weight: 100 })));
  return routes;
}

Deno.test("UnservableLog names a row once for as long as it stays bad", () => {
  const named: number[] = [];
  const log = new UnservableLog(({ id }) => named.push(id));
  log.replace(routesWithBad(1, 2));
  log.replace(routesWithBad(1, 2));
  log.add(routesWithBad(2, 3));
  log.replace(routesWithBad(1, 2, 3));
  assertEquals(named, [1, 2, 3]);
});

Deno.test("UnservableLog names a row again when it was mended in between", () => {
  const named: number[] = [];
  const log = new UnservableLog(({ id }) => named.push(id));
  log.replace(routesWithBad(1));
  log.replace(routesWithBad());
  log.replace(routesWithBad(1));
  assertEquals(named, [1, 1]);
});
