import { assertEquals } from "@std/assert";
import { Hostnames } from "./hostnames.ts";

Deno.test("Hostnames agrees with itself, the first time and later", () => {
  const hostnames = new Hostnames();
  for (let round = 0; round < 2; round++) {
    for (const [hostname, ip] of [["192.168.1.177", 0xc0a801b1], ["0.0.0.0", 0]] as const) {
      assertEquals(hostnames.hostnameOf(ip), hostname);
      assertEquals(hostnames.ipOf(hostname), ip);
    }
  }
});

Deno.test("Hostnames.ipOf() is undefined when it is not a dotted address", () => {
  const hostnames = new Hostnames();
  for (
    const hostname of ["localhost", "1.2.3", "", 1, undefined, null, { toString: () => "1.2.3.4" }]
  ) {
    assertEquals(hostnames.ipOf(hostname), undefined);
  }
});

Deno.test("Hostnames stays right when more addresses come than it remembers", () => {
  const hostnames = new Hostnames();
  for (let ip = 0; ip < 200_000; ip += 1) {
    assertEquals(hostnames.ipOf(hostnames.hostnameOf(ip)), ip);
  }
});
