import { assertEquals, assertLessOrEqual } from "@std/assert";
import { Balancer, ORIGINAL } from "../balancer/mod.ts";
import {
  HOST_WORDS,
  MAX_SECTION_HOSTS,
  packStatuses,
  readStatuses,
  type StatusSource,
} from "./status_words.ts";

/** A module with so many hosts, the first of which are overloaded. */
function moduleOf(modid: number, hosts: number, { overloaded = 0 } = {}): StatusSource {
  const balancer = new Balancer({ ...ORIGINAL, continErrLimit: 1 });
  const route = Array.from({ length: hosts }, (_, ip) => ({ ip, port: 80, weight: 100 }));
  balancer.update(route, 0);
  for (let ip = 0; ip < overloaded; ip++) balancer.report({ ip, port: 80, retcode: 1 }, 0);
  return { modid, cmdid: 9, balancer };
}

/** What all messages say: of each section its module, time, first host and the addresses. */
function sectionsOf(modules: StatusSource[]) {
  const messages = [...packStatuses(modules, 1000)];
  return messages.map((message) =>
    [...readStatuses(message)].map(({ modid, cmdid, tsSec, from, hosts }) => ({
      name: [modid, cmdid, tsSec],
      from,
      ips: Array.from({ length: hosts.length / HOST_WORDS }, (_, i) => hosts[i * HOST_WORDS]),
    }))
  );
}

Deno.test("packStatuses() packs every host, the idle ones first, then the overloaded ones", () => {
  const module = moduleOf(7, 4, { overloaded: 2 });
  const [[{ name, from, ips }]] = sectionsOf([module]);
  assertEquals([name, from, ips], [[7, 9, 1000], 0, [2, 3, 0, 1]]);
  const [message] = packStatuses([module], 1000);
  const [{ hosts }] = readStatuses(message);
  assertEquals([...hosts], [
    ...[2, 80, 0, 0, 0],
    ...[3, 80, 0, 0, 0],
    ...[0, 80, 0, 0, 1],
    ...[1, 80, 0, 0, 1],
  ]);
});

Deno.test("packStatuses() bounds a message by its hosts, and keeps a module that fits whole", () => {
  const sections = sectionsOf([1, 2, 3, 4].map((modid) => moduleOf(modid, 600)));
  assertEquals(sections.map((message) => message.map(({ name: [modid] }) => modid)), [[1, 2], [
    3,
    4,
  ]]);
  assertEquals(sections.flat().every(({ from, ips }) => from === 0 && ips.length === 600), true);
});

Deno.test("packStatuses() splits a module of very many hosts, also one of 100,000", () => {
  const sections = sectionsOf([moduleOf(1, 1), moduleOf(2, 100_000), moduleOf(3, 1)]);
  for (const message of sections) {
    const hosts = message.reduce((sum, { ips }) => sum + ips.length, 0);
    assertLessOrEqual(hosts, MAX_SECTION_HOSTS);
  }
  const parts = sections.flat().filter(({ name: [modid] }) => modid === 2);
  assertEquals(parts.map(({ from }) => from), parts.map((_, i) => i * MAX_SECTION_HOSTS));
  assertEquals(parts.flatMap(({ ips }) => ips), [...Array(100_000).keys()]);
});

Deno.test("packStatuses() says how many modules and hosts it packed", () => {
  const messages = packStatuses([moduleOf(1, 2), moduleOf(2, 3)], 0);
  messages.next();
  assertEquals(messages.next(), { done: true, value: { modules: 2, hosts: 5 } });
});

Deno.test("packStatuses() packs nothing of nothing", () => {
  assertEquals(sectionsOf([]), []);
  assertEquals(sectionsOf([moduleOf(1, 0)]), []);
});
