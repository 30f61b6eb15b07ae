import { assertEquals, assertGreater } from "@std/assert";
import { decodeRoute, type Host } from "../../proto/mod.ts";
import { decodeDatagram, HEADER_BYTES, MAX_BODY_BYTES } from "../../reactor/mod.ts";
import { encodeEmptyRouteFrame, encodeRouteFrame, isSameFrame } from "./route_frame.ts";

const module = { modid: 1, cmdid: 1 };

Deno.test("encodeRouteFrame() writes the bytes of the protocol", () => {
  const { frame, hostCount } = encodeRouteFrame(module, [{
    ip: 0xc0a801b1,
    port: 7777,
    weight: 100,
  }]);
  assertEquals(hostCount, 1);
  assertEquals(
    Array.from(frame, (byte) => byte.toString(16).padStart(2, "0")).join(""),
    "0200000014000000" + "080110011a0e08b183a085fcffffffff0110e13c",
  );
});

Deno.test("encodeRouteFrame() writes a weight only when it is not the ordinary one", () => {
  const plain = encodeRouteFrame(module, [{ ip: 1, port: 1, weight: 100 }]);
  const heavy = encodeRouteFrame(module, [{ ip: 1, port: 1, weight: 101 }]);
  assertEquals(heavy.frame.length, plain.frame.length + 2);
});

Deno.test("encodeRouteFrame() keeps the first hosts when not all fit", () => {
  const hosts: Host[] = Array.from(
    { length: 5000 },
    (_, i) => ({ ip: 0xc0000000 + i, port: 1 + i, weight: 100 }),
  );
  const { frame, hostCount } = encodeRouteFrame(module, hosts);
  const route = decodeRoute(decodeDatagram(frame)!.body);
  assertEquals(route.hosts, hosts.slice(0, hostCount));
  // One more would not have fitted: a host of these takes 16 bytes.
  assertGreater(frame.length - HEADER_BYTES + 16, MAX_BODY_BYTES);
});

Deno.test("encodeRouteFrame() fills a frame to its last byte and no further", () => {
  // The ids take 4 bytes; hosts with such addresses take 16 with a port from 128 on, 15 below, 3 more with a weight.
  const hosts: Host[] = Array.from(
    { length: 4095 },
    (_, i) => ({ ip: 0xc0000000 + i, port: 200 + i, weight: 100 }),
  );
  hosts[0].weight = 1000;
  const full = encodeRouteFrame(module, hosts);
  assertEquals([full.frame.length - HEADER_BYTES, full.hostCount], [MAX_BODY_BYTES, 4095]);
  assertEquals(encodeRouteFrame(module, [...hosts, hosts[9]]).hostCount, 4095);
  hosts[1].weight = 10;
  assertEquals(encodeRouteFrame(module, hosts).hostCount, 4094);
});

Deno.test("encodeEmptyRouteFrame() echoes ids that no module can have", () => {
  const { frame, hostCount } = encodeEmptyRouteFrame({ modid: -1, cmdid: -2147483648 });
  assertEquals(hostCount, 0);
  assertEquals(decodeRoute(decodeDatagram(frame)!.body), {
    modid: -1,
    cmdid: -2147483648,
    hosts: [],
  });
});

Deno.test("isSameFrame() compares length and every byte", () => {
  assertEquals(isSameFrame(Uint8Array.of(1, 2), Uint8Array.of(1, 2)), true);
  assertEquals(isSameFrame(Uint8Array.of(1, 2), Uint8Array.of(1, 3)), false);
  assertEquals(isSameFrame(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3)), false);
});
