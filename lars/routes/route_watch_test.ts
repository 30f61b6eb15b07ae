import { assertEquals } from "@std/assert";
import { FakeDns } from "../../testing/agent_peers.ts";
import { Inbox } from "../../testing/inbox.ts";
import { RouteWatch, type WatchedRoute } from "./route_watch.ts";

const MODULE = { modid: 1, cmdid: 2 };
const HOST = { ip: 1, port: 80, weight: 100 };

function watch(port: number) {
  const routes = new Inbox<WatchedRoute>();
  const away = new Inbox<string>();
  const running = new RouteWatch({
    module: MODULE,
    dns: { hostname: "127.0.0.1", port },
    onRoute: (route) => routes.push(route),
    onAway: (reason) => away.push(reason),
  });
  return { running, routes, away };
}

Deno.test("RouteWatch gives the answer and then what is pushed of its module", async () => {
  await using dns = await FakeDns.start();
  dns.set({ ...MODULE, hosts: [HOST] });
  const { running, routes } = watch(dns.port);
  await using _running = running;
  assertEquals(await routes.next(), { kind: "answer", hosts: [HOST] });
  dns.push({ modid: 1, cmdid: 3, hosts: [HOST] });
  dns.push({ ...MODULE, hosts: [] });
  assertEquals(await routes.next(), { kind: "push", hosts: [] });
});

Deno.test("RouteWatch says that dns is away, and asks again when it is back", async () => {
  const dns = await FakeDns.start();
  const { port } = dns;
  const { running, routes, away } = watch(port);
  await using _running = running;
  assertEquals(await routes.next(), { kind: "answer", hosts: [] });
  await dns[Symbol.asyncDispose]();
  assertEquals(await away.next(), "the connection was closed");
  // One attempt may have come while it closed, and was reset.
  await away.until((reason) => reason.includes("refused"));
  await using again = await FakeDns.start(port);
  again.set({ ...MODULE, hosts: [HOST] });
  await routes.until(({ kind, hosts }) => kind === "answer" && hosts.length === 1);
});
