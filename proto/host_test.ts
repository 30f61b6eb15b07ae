import { assertEquals, assertThrows } from "@std/assert";
import { decodeRoute, encodeRoute, encodeRouteRequest, type Route } from "./host.ts";
import { decodeMessage, MAX_BATCH_FRAME_BYTES } from "./message.ts";
import { GetRouteRequest } from "./messages.gen.ts";

Deno.test("decodeRoute() gives back what encodeRoute() was given, in its order", () => {
  const route: Route = {
    modid: 5,
    cmdid: 2,
    hosts: [
      { ip: 0xc0a801b1, port: 80, weight: 100 }, // above 127.255.255.255: a negative int32 on the wire
      { ip: 0x0a000001, port: 65_535, weight: 1 },
    ],
  };
  assertEquals(decodeRoute(encodeRoute(route)), route);
  assertEquals(decodeRoute(encodeRoute({ ...route, hosts: [] })), { ...route, hosts: [] });
});

Deno.test("decodeRoute() gives routes of their own: the next one changes none before it", () => {
  const first = decodeRoute(
    encodeRoute({ modid: 1, cmdid: 1, hosts: [{ ip: 1, port: 1, weight: 7 }] }),
  );
  decodeRoute(encodeRoute({ modid: 2, cmdid: 2, hosts: [{ ip: 2, port: 2, weight: 8 }] }));
  assertEquals(first, { modid: 1, cmdid: 1, hosts: [{ ip: 1, port: 1, weight: 7 }] });
});

Deno.test("encodeRoute() takes more hosts than the longest frame holds", () => {
  const hosts = Array.from({ length: 10_000 }, (_, i) => ({ ip: i, port: 9000, weight: 50 }));
  const body = encodeRoute({ modid: 1, cmdid: 1, hosts });
  assertEquals(body.length > 4 * MAX_BATCH_FRAME_BYTES, true);
  assertEquals(decodeRoute(body).hosts, hosts);
});

Deno.test("decodeRoute() throws when the body is cut off", () => {
  const body = encodeRoute({ modid: 1, cmdid: 1, hosts: [{ ip: 1, port: 80, weight: 100 }] });
  assertThrows(() => decodeRoute(body.subarray(0, body.length - 1)), RangeError);
});

Deno.test("encodeRouteRequest() names the module", () => {
  const { modid, cmdid } = decodeMessage(
    new GetRouteRequest(),
    encodeRouteRequest({ modid: 70_000, cmdid: 12 }),
  );
  assertEquals([modid, cmdid], [70_000, 12]);
});
