import { assertEquals, assertRejects } from "@std/assert";
import { FakeAgent } from "../client/fake_agent.ts";
import { LarsClient, LarsError } from "../client/mod.ts";
import { encodeRoute } from "../proto/mod.ts";
import { waitForRoute } from "./patience.ts";

const MODULE = { modid: 1, cmdid: 2 };
const HOST = { ip: 1, port: 80, weight: 100 };

/** Answers questions for the route: with none so many times, and then once with one, if wanted. */
async function answer(agent: FakeAgent, { none, one }: { none: number; one: boolean }) {
  for (let asked = 0; asked < none + Number(one); asked++) {
    const hosts = asked < none ? [] : [HOST];
    await (await agent.next()).reply(encodeRoute({ ...MODULE, hosts }));
  }
}

Deno.test("waitForRoute() resolves when a route comes, after more tries than register() makes", async () => {
  await using agent = new FakeAgent();
  await using client = new LarsClient({ port: agent.port });
  await Promise.all([answer(agent, { none: 4, one: true }), waitForRoute(client, MODULE, 60_000)]);
});

Deno.test("waitForRoute() rejects when none comes", async () => {
  await using agent = new FakeAgent();
  await using client = new LarsClient({ port: agent.port });
  const answering = answer(agent, { none: 3, one: false });
  const { code } = await assertRejects(() => waitForRoute(client, MODULE, 1), LarsError);
  assertEquals(code, "no_such_module");
  await answering;
});
