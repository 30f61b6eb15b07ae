import { assertEquals, assertLess, assertStrictEquals } from "@std/assert";
import { Queue } from "./queue.ts";
import { HostState } from "./host_state.ts";

function queueOf(count: number): { queue: Queue<HostState>; hosts: HostState[] } {
  const queue = new Queue<HostState>();
  const hosts = Array.from({ length: count }, (_, ip) => new HostState({ ip, port: 1, weight: 1 }));
  for (const { place } of hosts) queue.push(place);
  return { queue, hosts };
}

function idsOf(queue: Queue<HostState>): number[] {
  return Array.from(queue, ({ ip }) => ip);
}

Deno.test("Queue holds nothing when new", () => {
  const queue = new Queue<HostState>();
  assertEquals([queue.size, queue.head, queue.take(), idsOf(queue)], [0, undefined, undefined, []]);
});

Deno.test("Queue.push() puts hosts at the tail", () => {
  const { queue, hosts } = queueOf(3);
  assertEquals(idsOf(queue), [0, 1, 2]);
  assertEquals(queue.size, 3);
  assertStrictEquals(queue.head, hosts[0]);
});

Deno.test("Queue.take() moves the head to the tail", () => {
  const { queue } = queueOf(3);
  assertEquals([1, 2, 3, 4].map(() => queue.take()?.ip), [0, 1, 2, 0]);
  assertEquals(idsOf(queue), [1, 2, 0]);
  assertEquals(queue.size, 3);
});

Deno.test("Queue.take() returns the only host every time", () => {
  const { queue } = queueOf(1);
  assertEquals([queue.take()?.ip, queue.take()?.ip, queue.size], [0, 0, 1]);
});

for (
  const { where, removed, left } of [
    { where: "the head", removed: [0], left: [1, 2, 3] },
    { where: "the middle", removed: [1], left: [0, 2, 3] },
    { where: "the tail", removed: [3], left: [0, 1, 2] },
    { where: "two neighbours", removed: [2, 1], left: [0, 3] },
    { where: "everywhere", removed: [1, 0, 3, 2], left: [] },
  ]
) {
  Deno.test(`Queue.remove() takes out ${where} and keeps the others in order`, () => {
    const { queue, hosts } = queueOf(4);
    for (const id of removed) queue.remove(hosts[id].place);
    assertEquals(idsOf(queue), left);
    assertEquals(queue.size, left.length);
    assertEquals(queue.head?.ip, left[0]);

    for (const id of removed) queue.push(hosts[id].place);
    assertEquals(idsOf(queue), [...left, ...removed]);
  });
}

Deno.test("Queue.push() and take() keep order rising from head to tail", () => {
  const { queue } = queueOf(4);
  queue.take();
  queue.take();
  const orders = Array.from(queue, ({ place }) => place.order);
  for (let at = 1; at < orders.length; at++) assertLess(orders[at - 1], orders[at]);
});
