import { assert, assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import {
  encodeMessage,
  GetHostRequest,
  GetHostResponse,
  GetHostsRequest,
  GetHostsResponse,
  type HostAddress,
  MessageId,
  type ModuleName,
  parseIpv4,
  RetCode,
} from "../proto/mod.ts";
import { bodyOf, fill, readBody } from "../testing/proto/plain_message.ts";
import { encodeFrame } from "../reactor/frame/frame.ts";
import { AnsweringAgent } from "../testing/client/answering_agent.ts";
import { PATIENT_MS, testBoth } from "../testing/client/both_transports.ts";
import { FakeAgent, type FakeRequest } from "../testing/client/fake_agent.ts";
import { LarsClient, LarsError } from "./mod.ts";

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

testBoth(
  "getHost() does not wait to find out that an agent drops what it does not know",
  async (make) => {
    await using agent = new AnsweringAgent({ pick: pickInTurn() });
    // A try that timed out would be one of the test.
    await using client = make(agent);
    for (let turn = 0; turn < 5; turn++) {
      await Promise.all([client.getHost(0, 0), client.getHost(0, 0)]);
    }
    assertEquals([client.retries, agent.dropped], [0, 1]);
  },
);

testBoth("getHost() asks one by one when there is one call a turn", async (make) => {
  await using agent = new AnsweringAgent({ speaksBatches: true, pick: pickInTurn() });
  await using client = make(agent);
  for (let turn = 0; turn < 5; turn++) client.report(0, 0, await client.getHost(0, 0), 0);
  await client.close();
  await agent.until(() => agent.outcomes.length === 5);
  assertEquals(new Set(agent.msgids), new Set([4, 6]));
});

testBoth("getHost() throws overload for those whom no host was left for", async (make) => {
  let left = Infinity;
  const pick = () => left-- > 0 ? { ip: IP, port: 80 } : RetCode.Overload;
  await using agent = new AnsweringAgent({ speaksBatches: true, pick });
  await using client = make(agent);
  await meet(client, agent, [0]);
  left = 7;
  const calls = await Promise.allSettled(Array.from({ length: 20 }, () => client.getHost(0, 0)));
  assertEquals(agent.msgids, [MessageId.GetHostsRequest]);
  assertEquals(calls.map(({ status }) => status === "fulfilled"), calls.map((_, i) => i < 7));
  for (const call of calls.slice(7)) assertRejected(call, "overload");
});

testBoth(
  "getHost() of a module that the agent has not answered for holds nobody up",
  async (make) => {
    const withheld: FakeRequest[] = [];
    const isLost = (request: FakeRequest) => {
      const isIt = request.msgid === MessageId.GetHostRequest &&
        readBody(GetHostRequest, request.body).modid === 3;
      if (isIt) withheld.push(request);
      return isIt;
    };
    await using agent = new AnsweringAgent({ speaksBatches: true, pick: pickInTurn(), isLost });
    await using client = make(agent);
    await meet(client, agent, [0]);
    const held = Array.from({ length: 5 }, () => client.getHost(3, 0));
    await Promise.all(Array.from({ length: 5 }, () => client.getHost(0, 0)));
    for (const { body, reply } of withheld) {
      const retcode = RetCode.NoExist;
      await reply(bodyOf(GetHostResponse, { ...readBody(GetHostRequest, body), retcode }));
    }
    for (const call of await Promise.allSettled(held)) assertRejected(call, "no_such_module");

    // One without a route may have to wait for it anew.
    const again = client.getHost(3, 0).catch(() => {});
    await Promise.all([client.getHost(0, 0), client.getHost(0, 0)]);
    await client.close();
    await again;
  },
);

testBoth("getHost() asks again, one by one, when a batch was lost", async (make) => {
  let losses = 0;
  let isLossy = false;
  const isLost = ({ msgid }: FakeRequest) => {
    const isIt = isLossy && msgid === MessageId.GetHostsRequest && losses === 0;
    if (isIt) losses++;
    return isIt;
  };
  await using agent = new AnsweringAgent({ speaksBatches: true, pick: pickInTurn(), isLost });
  await using client = make(agent, { timeoutMs: 2000 });
  await meet(client, agent, [0]);
  isLossy = true;
  const hosts = await Promise.all(Array.from({ length: 30 }, () => client.getHost(0, 0)));
  assertEquals(new Set(hosts.map(({ port }) => port)).size, 30);
  assertEquals([losses, client.retries], [1, 30]);
});

testBoth("getHost() takes a batch's answer that comes late", async (make) => {
  const fake = new FakeAgent(0, { speaksBatches: true });
  await using agent = fake;
  await using client = make(agent, { timeoutMs: 250, patienceMs: PATIENT_MS });
  const { request, picked } = await askBatch(client, agent);
  // The next datagrams are tries anew, which stay unanswered.
  while ((await agent.next()).msgid !== MessageId.GetHostRequest);
  await request.reply(batchAnswer(request));
  for (const host of await Promise.all(picked)) assertEquals(host, HOST);
});

testBoth("getHost() ignores what is not the batch's answer", async (make) => {
  await using agent = new FakeAgent(0, { speaksBatches: true });
  await using client = make(agent);
  const { request, picked } = await askBatch(client, agent);
  const right = batchAnswer(request);
  const whole = encodeFrame(MessageId.GetHostsResponse, right);
  for (let length = 0; length < whole.length; length++) {
    await request.replyBytes(whole.subarray(0, length));
  }
  for (let length = 1; length < right.length; length++) {
    const cut = encodeFrame(MessageId.GetHostsResponse, right.subarray(0, right.length - length));
    await request.replyBytes(cut);
  }
  await request.reply(batchAnswer(request, (answer) => answer.seq++));
  await request.reply(batchAnswer(request, (answer) => answer.modules.clear()));
  await request.reply(batchAnswer(request, (answer) => answer.modules.at(0).modid = 3));
  await request.reply(batchAnswer(request, (answer) => answer.modules.at(0).cmdid = 3));
  await request.reply(batchAnswer(request, (answer) => answer.modules.add().clear()));
  await request.reply(batchAnswer(request, () => {}, 1), 1);
  await request.reply(
    batchAnswer(request, (answer) => { // more than asked
      answer.modules.at(0).ips.push(IP);
      answer.modules.at(0).ports.push(99);
    }),
  );
  await request.reply(right);
  for (const host of await Promise.all(picked)) assertEquals(host, HOST);
});

testBoth("getHost() and report() go on when an older agent takes the place", async (make) => {
  const { port, client } = await (async () => {
    await using agent = new AnsweringAgent({ speaksBatches: true, pick: pickInTurn() });
    const client = make(agent, { timeoutMs: 2000, patienceMs: PATIENT_MS });
    await meet(client, agent, [0]);
    return { port: agent.port, client };
  })();
  await using agent = new AnsweringAgent({ port, pick: pickInTurn() });
  await using _ = client;
  await Promise.all(Array.from({ length: 30 }, () => client.getHost(0, 0)));
  assertLessOrEqual(client.retries, 30, "each call waited for one time-out at most");
  for (let i = 0; i < 30; i++) client.report(0, 0, HOST, i);
  await client.close();
  await agent.until(() => agent.outcomes.length === 30);
  assertEquals(agent.outcomes.map(({ retcode }) => retcode).sort(), numbers(30).sort());
});

testBoth(
  "getHost() calls travel together again when a newer agent takes the place",
  async (make) => {
    const { port, client } = await (async () => {
      await using agent = new AnsweringAgent({ pick: pickInTurn() });
      const client = make(agent, { timeoutMs: 100, patienceMs: PATIENT_MS });
      for (let turn = 0; turn < 3; turn++) {
        await Promise.all([client.getHost(0, 0), client.getHost(0, 0)]);
      }
      return { port: agent.port, client };
    })();
    await using _ = client;
    const called = [client.getHost(0, 0), client.getHost(0, 0)];
    {
      // What was asked is lost: now the client cannot know whom it will meet.
      await using silent = new FakeAgent(port);
      for (let lost = 0; lost < 4; lost++) await silent.next();
    }
    await using agent = new AnsweringAgent({ port, speaksBatches: true, pick: pickInTurn() });
    await Promise.all(called);
    await meet(client, agent, [0]);
    await Promise.all(Array.from({ length: 30 }, () => client.getHost(0, 0)));
    assertEquals(agent.msgids, [MessageId.GetHostsRequest]);
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

testBoth("report() counts runs of equal outcomes", async (make) => {
  await using agent = new AnsweringAgent({ speaksBatches: true, pick: pickInTurn() });
  await using client = make(agent);
  await meet(client, agent, [0]);
  for (let i = 0; i < 100_000; i++) client.report(0, 0, HOST, 0);
  await client.close();
  await agent.until(() => agent.outcomes.length === 100_000);
  assertEquals(agent.countOf(MessageId.ReportBatchRequest), 1);
  assertLessOrEqual(Math.max(...agent.bodyBytes), 40);
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

testBoth(
  "getHost() fails for all of 10,000 callers at once when there is no agent",
  async (make) => {
    let port;
    {
      await using agent = new FakeAgent();
      port = agent.port;
    }
    await using client = make({ port }, { timeoutMs: 50 });
    const calls = await Promise.allSettled(
      Array.from({ length: 10_000 }, (_, i) => client.getHost(i % 100, 0)),
    );
    for (const call of calls) assertRejected(call, "agent_unreachable");
    assertLessOrEqual(client.retries, 64 * 3, "those that were still waiting went with the first");
  },
);

/** Has a client send a batch of two calls to an agent that a test plays by hand. */
async function askBatch(client: LarsClient, agent: FakeAgent) {
  const first = [client.getHost(0, 0), client.getHost(0, 0)];
  // The probe and the two questions, in any order.
  for (let i = 0; i < 3; i++) {
    const request = await agent.next();
    if (request.msgid === MessageId.GetHostsRequest) {
      await request.reply(batchAnswer(request));
      continue;
    }
    const question = readBody(GetHostRequest, request.body);
    const host = { ip: IP, port: 80 };
    await request.reply(bodyOf(GetHostResponse, { ...question, retcode: 0, host }));
  }
  await Promise.all(first);
  const picked = [client.getHost(0, 0), client.getHost(0, 0)];
  const request = await agent.next();
  assertEquals(request.msgid, MessageId.GetHostsRequest);
  return { request, picked };
}

/** The answer to a question for hosts; a change makes it a wrong one. */
function batchAnswer(
  { body }: FakeRequest,
  change: (answer: GetHostsResponse) => void = () => {},
  port = HOST.port,
): Uint8Array {
  const { seq, picks } = readBody(GetHostsRequest, body);
  const answer = new GetHostsResponse();
  const modules = picks.map(({ modid, cmdid, count }) => (
    { modid, cmdid, ips: Array(count).fill(IP), ports: Array(count).fill(port) }
  ));
  fill(answer, { seq, modules });
  change(answer);
  return encodeMessage(answer);
}

function assertRejected(call: PromiseSettledResult<unknown>, code: string): void {
  assert(call.status === "rejected" && call.reason instanceof LarsError);
  assertEquals(call.reason.code, code);
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
