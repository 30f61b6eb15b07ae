import { assertEquals } from "@std/assert";
import { parseIpv4 } from "./ipv4.ts";
import { isInNetwork, isLoopback, parseNetwork } from "./network.ts";

Deno.test("parseNetwork() reads networks and single addresses, and nothing else", () => {
  assertEquals(parseNetwork("10.0.0.0/8"), { ip: 0x0a00_0000, size: 2 ** 24 });
  assertEquals(parseNetwork("0.0.0.0/0"), { ip: 0, size: 2 ** 32 });
  assertEquals(parseNetwork("192.168.1.7"), { ip: 0xc0a8_0107, size: 1 });
  for (const text of ["", "10.0.0.0/33", "10.0.0.1/8", "10.0.0/8", "a/8", "10.0.0.0/", "::1/64"]) {
    assertEquals(parseNetwork(text), undefined, text);
  }
});

Deno.test("isInNetwork() takes the first and the last address, and not their neighbours", () => {
  const network = parseNetwork("200.1.16.0/20")!;
  const inside = ["200.1.15.255", "200.1.16.0", "200.1.31.255", "200.1.32.0"]
    .map((text) => isInNetwork(parseIpv4(text)!, network));
  assertEquals(inside, [false, true, true, false]);
  assertEquals(isInNetwork(0xffff_ffff, parseNetwork("0.0.0.0/0")!), true);
});

Deno.test("isLoopback() tells 127.0.0.0/8 from the rest", () => {
  assertEquals(["127.0.0.1", "127.9.9.9", "128.0.0.1", "0.0.0.0", "x"].map(isLoopback), [
    true,
    true,
    false,
    false,
    false,
  ]);
});
