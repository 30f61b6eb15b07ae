import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { HostState } from "./host_state.ts";
import { HostTable, isPort } from "./host_table.ts";

function hostAt(ip: number, port = 80): HostState {
  return new HostState({ ip, port, weight: 100 });
}

Deno.test("HostTable finds nothing when new", () => {
  const table = new HostTable();
  assertEquals([table.size, table.get({ ip: 0, port: 0 }), [...table]], [0, undefined, []]);
});

Deno.test("HostTable.get() finds hosts by both address and port, also those beyond 2^31", () => {
  const table = new HostTable();
  const hosts = [hostAt(0, 0), hostAt(0xffff_ffff, 0xffff), hostAt(0x8000_0000, 80), hostAt(1, 80)];
  for (const host of hosts) table.add(host);
  for (const host of hosts) assertStrictEquals(table.get(host), host);
  for (const [ip, port] of [[0, 1], [0xffff_ffff, 0], [1, 81], [2, 80], [1, -1], [1, 65616]]) {
    assertEquals(table.get({ ip, port }), undefined, `${ip}:${port}`);
  }
});

Deno.test("HostTable takes a signed address as the same bits unsigned", () => {
  const table = new HostTable();
  const host = hostAt(0xc0a8_0101);
  table.add(host);
  assertStrictEquals(table.get({ ip: 0xc0a8_0101 | 0, port: 80 }), host);
});

Deno.test("HostTable keeps hosts in the order in which they came, as it grows and shrinks", () => {
  const table = new HostTable();
  const hosts = Array.from({ length: 1000 }, (_, i) => hostAt(0x0a00_0000 + i * 256, i));
  for (const host of hosts) table.add(host);
  assertEquals(table.size, 1000);
  for (const host of hosts) assertStrictEquals(table.get(host), host);

  table.keep(({ port }) => port % 100 === 7);
  const kept = hosts.filter(({ port }) => port % 100 === 7);
  assertEquals(Array.from(table, ({ port }) => port), kept.map(({ port }) => port));
  for (const host of hosts) {
    assertStrictEquals(table.get(host), kept.includes(host) ? host : undefined);
  }
});

Deno.test("HostTable.keep() of all and of none", () => {
  const table = new HostTable();
  for (const ip of [1, 2, 3]) table.add(hostAt(ip));
  table.keep(() => true);
  assertEquals(Array.from(table, ({ ip }) => ip), [1, 2, 3]);
  table.keep(() => false);
  assertEquals([table.size, table.get({ ip: 1, port: 80 })], [0, undefined]);
  table.add(hostAt(4));
  assertEquals(table.get({ ip: 4, port: 80 })?.ip, 4);
});

Deno.test("HostTable does as a Map does, whatever comes and goes", () => {
  const address = fc.record({
    ip: fc.constantFrom(0, 1, 256, 65536, 0xffff_ffff),
    port: fc.nat(9),
  });
  const adds = fc.uniqueArray(address, {
    selector: ({ ip, port }) => `${ip}:${port}`,
    maxLength: 50,
  });
  const property = fc.property(adds, fc.nat(9), fc.nat(49), (addresses, goes, from) => {
    const table = new HostTable();
    const map = new Map<string, HostState>();
    function add(added: typeof addresses): void {
      for (const { ip, port } of added) {
        const host = hostAt(ip, port);
        table.add(host);
        map.set(`${ip}:${port}`, host);
      }
    }
    add(addresses.slice(0, from));
    table.keep(({ port }) => port !== goes);
    for (const [key, { port }] of map) if (port === goes) map.delete(key);
    add(addresses.slice(from));
    assertEquals(table.size, map.size);
    for (const { ip, port } of addresses) {
      assertStrictEquals(table.get({ ip, port }), map.get(`${ip}:${port}`));
    }
  });
  fc.assert(property, { seed: 1, numRuns: 2000 });
});

Deno.test("isPort() takes 0 to 65535", () => {
  assertEquals([-1, 0, 65535, 65536, NaN].map(isPort), [false, true, true, false, false]);
});
