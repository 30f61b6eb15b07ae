import { assertEquals } from "@std/assert";
import { Queue } from "../host/queue.ts";
import { HostState } from "../host/host_state.ts";
import { OverloadAges } from "./overload_ages.ts";

function hostsOf(count: number): HostState[] {
  return Array.from({ length: count }, (_, ip) => new HostState({ ip, port: 1, weight: 1 }));
}

function idsOf(hosts: HostState[]): number[] {
  return hosts.map(({ ip }) => ip);
}

Deno.test("OverloadAges has none due when empty", () => {
  const ages = new OverloadAges();
  assertEquals([ages.hasDue(1e9, 0), ages.takeDue(1e9, 0)], [false, []]);
});

Deno.test("OverloadAges.takeDue() lets go of those of that age, the oldest first, once", () => {
  const ages = new OverloadAges();
  const hosts = hostsOf(3);
  for (const [index, host] of hosts.entries()) ages.join(host, index * 1000);
  assertEquals([ages.hasDue(4999, 5000), ages.hasDue(5000, 5000)], [false, true]);
  assertEquals(idsOf(ages.takeDue(6000, 5000)), [0, 1]);
  assertEquals(idsOf(ages.takeDue(6000, 5000)), []);
  assertEquals(idsOf(ages.takeDue(7000, 5000)), [2]);
});

Deno.test("OverloadAges.takeDue() has equals in the order of the overloaded queue", () => {
  const [ages, queue, hosts] = [new OverloadAges(), new Queue<HostState>(), hostsOf(3)];
  for (const host of hosts) {
    queue.push(host.place);
    ages.join(host, 0);
  }
  queue.take();
  assertEquals(idsOf(ages.takeDue(5000, 5000)), [1, 2, 0]);
});

Deno.test("OverloadAges.leave() forgets a host, and leaves one alone that is not there", () => {
  const ages = new OverloadAges();
  const [here, gone, stranger] = hostsOf(3);
  ages.join(here, 0);
  ages.join(gone, 0);
  ages.leave(gone);
  ages.leave(stranger);
  assertEquals(idsOf(ages.takeDue(5000, 5000)), [0]);
});
