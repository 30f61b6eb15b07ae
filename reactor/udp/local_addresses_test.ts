import { assert } from "@std/assert";
import { localAddresses } from "./local_addresses.ts";

Deno.test("localAddresses() gives IPv4 addresses that can be bound, loopback among them", () => {
  const addresses = localAddresses();
  assert(addresses.includes("127.0.0.1"));
  for (const hostname of addresses) {
    Deno.listenDatagram({ transport: "udp", hostname, port: 0 }).close();
  }
});
