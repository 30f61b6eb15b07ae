import { assertEquals } from "@std/assert";
import { NO_HOST } from "./policy.ts";
import { RoundRobin } from "./round_robin.ts";

function choose(policy: RoundRobin, times: number): number[] {
  return Array.from({ length: times }, () => policy.choose());
}

function setRoute(policy: RoundRobin, hosts: readonly number[]): void {
  policy.update(hosts.map((host) => ({ host, weight: 100 })));
}

Deno.test("RoundRobin.choose() gives every host in turn", () => {
  const policy = new RoundRobin();
  setRoute(policy, [3, 1, 4]);
  assertEquals(choose(policy, 7), [3, 1, 4, 3, 1, 4, 3]);
});

Deno.test("RoundRobin.choose() gives none when there is no host", () => {
  const policy = new RoundRobin();
  assertEquals(policy.choose(), NO_HOST);
  setRoute(policy, [1]);
  setRoute(policy, []);
  assertEquals(policy.choose(), NO_HOST);
});

Deno.test("RoundRobin.update() goes on in the new route, from its beginning when that is shorter", () => {
  const policy = new RoundRobin();
  setRoute(policy, [0, 1, 2]);
  choose(policy, 2);
  setRoute(policy, [0, 1, 2, 3]);
  assertEquals(choose(policy, 2), [2, 3]);
  setRoute(policy, [0, 1]);
  assertEquals(choose(policy, 3), [0, 1, 0]);
});

Deno.test("RoundRobin keeps no host out, whatever happens", () => {
  const policy = new RoundRobin();
  setRoute(policy, [0, 1]);
  for (let i = 0; i < 100; i++) policy.report();
  assertEquals([policy.isOut(), policy.transitions, choose(policy, 4)], [false, 0, [0, 1, 0, 1]]);
});
