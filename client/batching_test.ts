import { assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { type HostAddress, MessageId, type ModuleName, parseIpv4 } from "../proto/mod.ts";
import { AnsweringAgent } from "../testing/client/answering_agent.ts";
import { testBoth } from "../testing/client/both_transports.ts";
import type { LarsClient } from "./mod.ts";

const IP = parseIpv4("10.0.0.1")!;
const HOST = { hostname: "10.0.0.1", port: 80 };

/** Picks port 1, 2, 3, … in turn, for each module. */
function pickInTurn(): (module: ModuleName) => HostAddress {
  const ports = new Map<string, number>();
  return ({ modid, cmdid }) => {
    const key = `${modid}/${cmdid}`;
    const port = (ports.get(key) ?? 0) + 1;
    ports.set(key, port);
    return { ip: IP, port };
  };
}

/** Has the client know the agent, and the agent's answer for these modules. */
async function meet(client: LarsClient, agent: AnsweringAgent, modids: number[]): Promise<void> {
  // Two calls of one turn have it find out what the agent speaks; the next turn's ones are sent accordingly.
  while (agent.countOf(MessageId.GetHostsRequest) === agent.dropped) {
    await Promise.all(
      modids.flatMap((modid) => [client.getHost(modid, 0), client.getHost(modid, 0)]),
    );
  }
  await Promise.all(
    modids.flatMap((modid) => [client.getHost(modid, 0), client.getHost(modid, 0)]),
  );
  agent.msgids.length = agent.bodyBytes.length = 0;
}

testBoth("getHost() calls of one turn travel together, each with its own host", async (make) => {
  await using agent = new AnsweringAgent({ speaksBatches: true, pick: pickInTurn() });
  await using client = make(agent);
  await meet(client, agent, [0, 3]);
  const { port: before } = await client.getHost(0, 0);
  agent.msgids.length = 0;

  const hosts = await Promise.all(Array.from({ length: 100 }, () => client.getHost(0, 0)));
  assertEquals(agent.msgids, [MessageId.GetHostsRequest]);
  assertEquals(hosts.map(({ port }) => port), hosts.map((_, i) => before + 1 + i));

  // Calls for several modules by turns.
  const mixed = await Promise.all(
    Array.from({ length: 100 }, (_, i) => client.getHost(i % 2 * 3, 0)),
  );
  assertEquals(agent.msgids, [MessageId.GetHostsRequest, MessageId.GetHostsRequest]);
  const ofFirst = mixed.filter((_, i) => i % 2 === 0).map(({ port }) => port);
  assertEquals(ofFirst, ofFirst.map((_, i) => before + 101 + i));
});

testBoth("getHost() calls of later reactions in one turn travel with the first", async (make) => {
  await using agent = new AnsweringAgent({ speaksBatches: true, pick: pickInTurn() });
  await using client = make(agent);
  await meet(client, agent, [0]);
  await Promise.all(Array.from({ length: 20 }, async (_, hops) => {
    for (let hop = 0; hop < hops; hop++) await null;
    return client.getHost(0, 0);
  }));
  assertEquals(agent.msgids, [MessageId.GetHostsRequest]);
});

testBoth("getHost() serves 1,000 callers that call and report over and over", async (make) => {
  await using agent = new AnsweringAgent({ speaksBatches: true, pick: pickInTurn() });
  await using client = make(agent);
  const modids = [0, 1, 2, 3];
  await Promise.all(Array.from({ length: 1000 }, async (_, caller) => {
    const modid = modids[caller % modids.length];
    for (let call = 0; call < 5; call++) {
      client.report(modid, 0, await client.getHost(modid, 0), 0);
    }
  }));
  await client.close();
  await agent.until(() => agent.outcomes.length === 5000);
  assertEquals([client.retries, client.droppedReports], [0, 0]);
  for (const bytes of agent.bodyBytes) assertLessOrEqual(bytes + 8, 16_384);
  for (const modid of modids) {
    const ports = agent.outcomes.filter((outcome) => outcome.modid === modid)
      .map(({ host }) => host.port);
    assertEquals(new Set(ports).size, 1250, "each pick's host was reported once");
  }
});

testBoth(
  "getHost() serves 1,000 callers from an agent that drops what it does not know",
  async (make) => {
    await using agent = new AnsweringAgent({ pick: pickInTurn() });
    await using client = make(agent);
    await Promise.all(Array.from({ length: 1000 }, async (_, caller) => {
      for (let call = 0; call < 3; call++) {
        client.report(caller % 4, 0, await client.getHost(caller % 4, 0), 0);
      }
    }));
    await client.close();
    // Reports that travel one by one may be too many for a busy machine's socket: some get lost.
    await agent.until(() => agent.outcomes.length > 0);
    assertEquals(new Set(agent.msgids), new Set([4, 6]));
    assertGreater(agent.dropped, 0, "it was found out");
  },
);

testBoth("report() tells outcomes in the order in which they happened", async (make) => {
  await using agent = new AnsweringAgent({ speaksBatches: true, pick: pickInTurn() });
  await using client = make(agent);
  await meet(client, agent, [0, 3]);
  const expected = [];
  for (let i = 0; i < 2000; i++) {
    const modid = i % 7 === 0 ? 3 : 0;
    const retcode = i % 100 < 50 ? -1 - i : 1; // runs of unequal and of equal ones
    client.report(modid, 0, { hostname: "10.0.0.1", port: 80 + i % 2 }, retcode, { costMs: 1 });
    const host = { ip: IP, port: 80 + i % 2 };
    expected.push({ modid, cmdid: 0, host, retcode, costMs: 1 });
  }
  await client.close();
  await agent.until(() => agent.outcomes.length === 2000);
  assertEquals(agent.outcomes, expected);
  assertEquals(new Set(agent.msgids.filter((id) => id !== 9)), new Set([11]));
  for (const bytes of agent.bodyBytes) assertLessOrEqual(bytes + 8, 16_384);
});

testBoth("report() drops, and counts, what is too much for one turn", async (make) => {
  await using agent = new AnsweringAgent({ speaksBatches: true, pick: pickInTurn() });
  await using client = make(agent);
  await meet(client, agent, [0]);
  for (let i = 0; i < 70_000; i++) client.report(0, 0, HOST, i);
  assertEquals(client.droppedReports, 70_000 - 256 * 256);
});

testBoth(
  "report() takes the host that getHost() handed out, and what looks like it",
  async (make) => {
    await using agent = new AnsweringAgent({ speaksBatches: true, pick: pickInTurn() });
    await using client = make(agent);
    const host = await client.getHost(0, 0);
    client.report(0, 0, host, 0);
    client.report(0, 0, { ...host }, 0);
    host.port = 5; // a host is its caller's own
    client.report(0, 0, host, 0);
    const other = await client.getHost(0, 0);
    client.report(0, 0, other, 0);
    await client.close();
    await agent.until(() => agent.outcomes.length === 4);
    assertEquals(agent.outcomes.map(({ host }) => host.port).sort(), [1, 1, 2, 5]);
  },
);

testBoth("getHost() keeps 50,000 concurrent calls from flooding the agent", async (make) => {
  let picks = 0;
  const pick = () => ({ ip: IP, port: 1 + ++picks % 60_000 });
  await using agent = new AnsweringAgent({ speaksBatches: true, pick });
  await using client = make(agent);
  const hosts = await Promise.all(
    Array.from({ length: 50_000 }, (_, i) => client.getHost(i % 100, 0)),
  );
  assertEquals([hosts.length, client.retries], [50_000, 0]);
});
