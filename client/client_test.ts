import {
  assert,
  assertEquals,
  assertGreater,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  encodeRoute,
  GetHostRequest,
  GetHostResponse,
  GetRouteRequest,
  MessageId,
  parseIpv4,
  ReportRequest,
} from "../proto/mod.ts";
import { bodyOf, readBody } from "../testing/proto/plain_message.ts";
import { decodeDatagram, encodeFrame } from "../reactor/frame/frame.ts";
import { AnsweringAgent, type ReportedCall } from "../testing/client/answering_agent.ts";
import { PATIENT_MS, testBoth } from "../testing/client/both_transports.ts";
import { FakeAgent, type FakeRequest } from "../testing/client/fake_agent.ts";
import {
  type CallOptions,
  LarsClient,
  type LarsClientOptions,
  LarsError,
  type LarsErrorCode,
} from "./mod.ts";
import { openNodeTransport } from "./transport/node_transport.ts";

const IP = parseIpv4("192.168.1.177")!;
const HOST = { hostname: "192.168.1.177", port: 8080 };

/** The agent's answer to a pick. */
function hostAnswer(
  request: FakeRequest,
  { retcode = 0, port = HOST.port } = {},
): Uint8Array {
  const host = retcode === 0 ? { ip: IP, port } : undefined;
  return bodyOf(GetHostResponse, { ...readBody(GetHostRequest, request.body), retcode, host });
}

function routeAnswer(request: FakeRequest, ports: number[]): Uint8Array {
  const hosts = ports.map((port) => ({ ip: IP, port, weight: 100 }));
  return encodeRoute({ ...readBody(GetRouteRequest, request.body), hosts });
}

async function assertLarsError(
  call: () => Promise<unknown>,
  code: LarsErrorCode,
): Promise<LarsError> {
  const error = await assertRejects(call, LarsError);
  assertEquals(error.code, code, error.message);
  return error;
}

testBoth("getHost() asks the module's shard and hands out the host", async (make) => {
  await using agent = new FakeAgent();
  await using client = make(agent);
  for (const [modid, cmdid, shard] of [[1, 2, 0], [1000, 1, 2], [2147483647, 2147483647, 2]]) {
    const picked = client.getHost(modid, cmdid);
    const request = await agent.next();
    assertEquals(request.shard, shard);
    assertEquals(request.msgid, MessageId.GetHostRequest);
    const { modid: askedModid, cmdid: askedCmdid } = readBody(GetHostRequest, request.body);
    assertEquals([askedModid, askedCmdid], [modid, cmdid]);
    await request.reply(hostAnswer(request));
    assertEquals(await picked, HOST);
  }
});

testBoth("getHost() and getRoute() throw what the agent answers", async (make) => {
  await using agent = new FakeAgent();
  await using client = make(agent);
  const codes = [[1, "overload"], [3, "no_such_module"], [2, "agent_unreachable"]] as const;
  for (const [retcode, code] of codes) {
    const failed = assertLarsError(() => client.getHost(5, 6), code);
    const request = await agent.next();
    await request.reply(hostAnswer(request, { retcode }));
    assertStringIncludes((await failed).message, "module (5, 6)");
  }
  const failed = assertLarsError(() => client.getRoute(4, 5), "no_such_module");
  const request = await agent.next();
  await request.reply(routeAnswer(request, []));
  assertStringIncludes((await failed).message, "lars routes add 4 5");
});

testBoth("getHost() ignores what is no frame, or comes from another port", async (make) => {
  await using agent = new FakeAgent();
  await using client = make(agent);
  const picked = client.getHost(1, 1);
  const request = await agent.next();
  const whole = encodeFrame(MessageId.GetHostResponse, hostAnswer(request, { port: 1 }));
  await request.replyBytes(new Uint8Array(65_507));
  for (let end = 0; end < whole.length; end++) await request.replyBytes(whole.subarray(0, end));
  await request.replyBytes(whole, (request.shard + 1) % 3);
  await request.reply(hostAnswer(request));
  assertEquals(await picked, HOST);
});

testBoth("getHost() says that the agent is unreachable when there is none", async (make) => {
  const { port } = await stoppedAgent();
  await using client = make({ port }, { timeoutMs: 10 });
  const { message } = await assertLarsError(() => client.getHost(1, 1), "agent_unreachable");
  assertStringIncludes(message, `127.0.0.1:${port + 2}`);
  assertStringIncludes(message, "lars agent");
});

testBoth("getRoute() hands out all hosts, and calls in flight share the answer", async (make) => {
  await using agent = new FakeAgent();
  await using client = make(agent);
  const calls = [client.getRoute(1, 1), client.getRoute(1, 1), client.getRoute(1, 2)];
  const requests = [await agent.next(), await agent.next()];
  requests.sort((a, b) => a.shard - b.shard);
  assertEquals(requests.map(({ shard }) => shard), [0, 2]);
  assertEquals(requests.map(({ msgid }) => msgid), [7, 7]);
  await requests[0].reply(routeAnswer(requests[0], [3]));
  await requests[1].reply(routeAnswer(requests[1], [1, 2]));
  const ports = (await Promise.all(calls)).map((hosts) => hosts.map(({ port }) => port));
  assertEquals(ports, [[1, 2], [1, 2], [3]]);
  assertEquals((await calls[2])[0].hostname, HOST.hostname);
  assertEquals(agent.untaken, 0);
});

testBoth("register() asks until the route is there", async (make) => {
  await using agent = new FakeAgent();
  await using client = make(agent);
  const registered = client.register(1, 1, { timeoutMs: PATIENT_MS });
  for (let tries = 0; tries < 6; tries++) {
    const request = await agent.next();
    await request.reply(routeAnswer(request, tries < 5 ? [] : [8080]));
  }
  await registered;
});

Deno.test("register() throws no_such_module when there is no route in time", async () => {
  let asked = 0;
  await using client = new LarsClient({
    openTransport: ({ onDatagram }) => ({
      send(datagram, port) {
        asked++;
        const { body } = decodeDatagram(datagram)!;
        const answer = encodeRoute({ ...readBody(GetRouteRequest, body), hosts: [] });
        onDatagram(encodeFrame(MessageId.ApiGetRouteResponse, answer), port);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    }),
  });
  await assertLarsError(() => client.register(1, 1, { timeoutMs: 200 }), "no_such_module");
  assertGreater(asked, 0);
});

testBoth("register() waits no longer for an answer than it was told to", async (make) => {
  await using agent = new FakeAgent();
  await using client = make(agent, { timeoutMs: PATIENT_MS });
  const { message } = await assertLarsError(
    () => client.register(1, 1, { timeoutMs: 5 }),
    "agent_unreachable",
  );
  assertStringIncludes(message, "no answer within 5 ms");
});

testBoth("report() tells host, outcome and cost", async (make) => {
  await using agent = new FakeAgent();
  await using client = make(agent);
  const outcomes = [{ retcode: 0, costMs: undefined }, { retcode: -7, costMs: 12.6 }];
  for (const { retcode, costMs } of outcomes) {
    client.report(1, 1, HOST, retcode, { costMs });
    const { shard, msgid, body } = await agent.next();
    assertEquals([shard, msgid], [2, MessageId.ReportRequest]);
    const host = { ip: IP, port: HOST.port, weight: 100 };
    const told = { modid: 1, cmdid: 1, host, retcode, costMs: costMs === undefined ? 0 : 13 };
    assertEquals(readBody(ReportRequest, body), told);
  }
});

testBoth(
  "report() takes a cost that cannot be for not measured, and never throws for it",
  async (make) => {
    await using agent = new AnsweringAgent({ pick: () => 1 });
    const client = make(agent);
    const costs: [unknown, number][] = [
      [-1, 0],
      [-Infinity, 0],
      [NaN, 0],
      [0, 0],
      [null, 0],
      ["slow", 0],
      [0.2, 1],
      [1.4, 1],
      [1e12, 0xffff_ffff],
      [Infinity, 0xffff_ffff],
    ];
    costs.forEach(([costMs], i) => client.report(1, 1, HOST, i, { costMs: costMs as number }));
    await client.close();
    await agent.until(() => agent.outcomes.length === costs.length);
    const told = inOrder(agent.outcomes, "retcode").map(({ costMs }) => costMs);
    assertEquals(told, costs.map(([, wire]) => wire));
  },
);

testBoth("getHost() is answered by an agent of 0.0.0.0, which is this machine's", async (make) => {
  await using agent = new AnsweringAgent({ pick: () => ({ ip: IP, port: HOST.port }) });
  await using client = make(agent, { hostname: "0.0.0.0" });
  assertEquals(await client.getHost(1, 1), HOST);
});

Deno.test("getHost() asks through another socket when the agent stays silent to the first", async () => {
  await using agent = new AnsweringAgent({ pick: () => ({ ip: IP, port: HOST.port }) });
  let opened = 0;
  await using client = new LarsClient({
    port: agent.port,
    timeoutMs: 20,
    openTransport(options) {
      // As though what stands between had forgotten it: nothing comes back.
      if (++opened > 1) return openNodeTransport(options);
      return openNodeTransport({ ...options, onDatagram() {} });
    },
  });
  for (;;) {
    try {
      assertEquals(await client.getHost(1, 1), HOST);
      break;
    } catch (error) {
      assertEquals((error as LarsError).code, "agent_unreachable");
    }
  }
  assertEquals([opened, client.replacedSockets], [2, 1]);
});

testBoth("call() hands the host to fn, reports success and hands back its value", async (make) => {
  await using agent = new FakeAgent();
  await using client = make(agent);
  const called = client.call(1, 1, ({ hostname, port }) => Promise.resolve(`${hostname}:${port}`));
  const request = await agent.next();
  await request.reply(hostAnswer(request));
  assertEquals(await called, "192.168.1.177:8080");
  const { retcode, costMs, host } = readBody(ReportRequest, (await agent.next()).body);
  assertEquals({ retcode, host }, { retcode: 0, host: { ip: IP, port: 8080, weight: 100 } });
  assert(Number.isInteger(costMs) && costMs >= 0);
});

testBoth("call() reports failure and throws fn's error when fn threw", async (make) => {
  await using agent = new FakeAgent();
  await using client = make(agent);
  const failed = assertRejects(
    () => client.call(1, 1, () => Promise.reject(new TypeError("refused"))),
    TypeError,
    "refused",
  );
  const request = await agent.next();
  await request.reply(hostAnswer(request));
  await failed;
  assertEquals(readBody(ReportRequest, (await agent.next()).body).retcode, 2);
});

testBoth("call() reports what the host answered, and not what its caller did", async (make) => {
  await using agent = new AnsweringAgent({ pick: () => ({ ip: IP, port: HOST.port }) });
  await using client = make(agent, { isFailure: (error) => !(error instanceof RangeError) });
  const left = new AbortController();
  const refused = new TypeError("refused");
  const errors: unknown[] = [];
  const calls: [() => unknown, CallOptions<unknown>, number | "not reported"][] = [
    [() => fail(new DOMException("gone", "AbortError")), {}, "not reported"],
    [() => fail(new LarsError("overload", "another module")), {}, "not reported"],
    [() => fail(new DOMException("slow", "TimeoutError")), {}, 2],
    [() => fail(new RangeError("no such order")), {}, 0],
    [() => fail(new RangeError("no such order")), { isFailure: () => true }, 2],
    [() => fail(new TypeError("refused")), { isFailure: () => false }, 0],
    [() => Promise.reject(undefined), {}, 2],
    [() => fail(refused), { isFailure: () => fail(new Error("a judge's own")) }, 2],
    [() => ({ status: 404 }), { isFailedResult }, 0],
    [() => ({ status: 503 }), { isFailedResult }, 2],
    [() => ({ status: 503 }), {}, 0],
    [
      () => {
        left.abort(new Error("user left"));
        return fail(new TypeError("terminated"));
      },
      { signal: left.signal },
      "not reported",
    ],
  ];
  for (const [cmdid, [fn, options]] of calls.entries()) {
    await client.call(1, cmdid, fn, options).catch((error) => errors.push(error));
  }
  assert(errors.includes(refused), "the error is hidden by its judge's");
  await client.close();
  const expected = calls
    .map(([, , retcode], cmdid) => ({ cmdid, retcode }))
    .filter(({ retcode }) => retcode !== "not reported");
  await agent.until(() => agent.outcomes.length >= expected.length);
  const outcomes = inOrder(agent.outcomes, "cmdid");
  assertEquals(outcomes.map(({ cmdid, retcode }) => ({ cmdid, retcode })), expected);

  function fail(error: unknown): never {
    throw error;
  }
  function isFailedResult(result: unknown): boolean {
    return (result as { status: number }).status >= 500;
  }
});

testBoth("call() gives up waiting for a host when its signal is aborted", async (make) => {
  await using agent = new FakeAgent();
  await using client = make(agent);
  const controller = new AbortController();
  let calls = 0;
  const called = client.call(1, 1, () => calls++, { signal: controller.signal });
  const request = await agent.next();
  controller.abort(new RangeError("user left"));
  await assertRejects(() => called, RangeError, "user left");
  await request.reply(hostAnswer(request));
  await assertRejects(
    () => client.call(1, 1, () => calls++, { signal: controller.signal }),
    RangeError,
  );
  // Had the second one asked, its request would come first.
  const picked = client.getHost(1, 2);
  const next = await agent.next();
  assertEquals(readBody(GetHostRequest, next.body).cmdid, 2);
  await next.reply(hostAnswer(next));
  await picked;
  assertEquals([calls, agent.untaken], [0, 0]);
});

testBoth("call() asks for no host when it could not be judged", async (make) => {
  await using agent = new FakeAgent();
  await using client = make(agent);
  const no = "no function" as unknown as () => boolean;
  for (
    const call of [
      () => client.call(1, 1, no),
      () => client.call(1, 1, () => 1, { isFailure: no }),
      () => client.call(1, 1, () => 1, { isFailedResult: no }),
    ]
  ) await assertLarsError(call, "bad_argument");
  assertEquals(agent.untaken, 0);
});

testBoth("call() neither calls nor reports when there is no host", async (make) => {
  await using agent = new FakeAgent();
  await using client = make(agent);
  let calls = 0;
  const failed = assertLarsError(() => client.call(1, 1, () => void calls++), "overload");
  const request = await agent.next();
  await request.reply(hostAnswer(request, { retcode: 1 }));
  await failed;
  assertEquals([calls, agent.untaken], [0, 0]);
});

testBoth("call() hands back fn's value when the client was closed meanwhile", async (make) => {
  await using agent = new FakeAgent();
  await using client = make(agent);
  const called = client.call(1, 1, async () => {
    await client.close();
    return "done";
  });
  const request = await agent.next();
  await request.reply(hostAnswer(request));
  assertEquals(await called, "done");
});

testBoth("close() rejects what is pending and what comes after", async (make) => {
  await using agent = new FakeAgent();
  const client = make(agent);
  const failed = Promise.all([
    assertLarsError(() => client.getHost(1, 1), "closed"),
    assertLarsError(() => client.getRoute(1, 1), "closed"),
    assertLarsError(() => client.register(1, 2), "closed"),
  ]);
  await client.close();
  for (const { message } of await failed) assertStringIncludes(message, "closed");
  await assertLarsError(() => client.getHost(1, 1), "closed");
  assertEquals(assertThrows(() => client.report(1, 1, HOST, 0), LarsError).code, "closed");
  await client.close();
});

testBoth("close() sends what was reported", async (make) => {
  await using agent = new FakeAgent();
  const client = make(agent);
  for (let i = 0; i < 10; i++) client.report(1, 1, HOST, i);
  await client.close();
  const retcodes: number[] = [];
  while (retcodes.length < 10) {
    retcodes.push(readBody(ReportRequest, (await agent.next()).body).retcode);
  }
  assertEquals(retcodes.sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("LarsClient throws bad_argument when an argument is not what it must be", async () => {
  await using client = new LarsClient({ port: 1 });
  const modules = [[-1, 0], [0, 2147483648], [1.5, 0], [NaN, 0]];
  for (const [modid, cmdid] of modules) {
    await assertLarsError(() => client.getHost(modid, cmdid), "bad_argument");
    await assertLarsError(() => client.getRoute(modid, cmdid), "bad_argument");
    await assertLarsError(() => client.register(modid, cmdid), "bad_argument");
  }
  for (const timeoutMs of [0, -1, NaN, Infinity, "1" as unknown as number]) {
    await assertLarsError(() => client.register(1, 1, { timeoutMs }), "bad_argument");
  }
  const hosts = [{ hostname: "localhost", port: 1 }, { hostname: "::1", port: 1 }, {
    ...HOST,
    port: 0,
  }, { ...HOST, port: 65536 }];
  for (const host of hosts) assertBadArgument(() => client.report(1, 1, host, 0));
  for (const retcode of [0.5, 2 ** 31, NaN]) {
    assertBadArgument(() => client.report(1, 1, HOST, retcode));
  }
});

Deno.test("LarsClient throws bad_argument when an option is not what it must be", () => {
  const mistakes: LarsClientOptions[] = [
    { hostname: "localhost" },
    { port: 0 },
    { port: 65534 },
    { timeoutMs: 0 },
    { timeoutMs: Infinity },
    { timeoutMs: "100" as unknown as number },
    { hostname: 127 as unknown as string },
    { isFailure: true as unknown as () => boolean },
    { tries: 0 },
    { tries: 1.5 },
    { totalTimeoutMs: -1 },
    { totalTimeoutMs: Infinity },
    { patienceMs: -1 },
    { token: "with a blank" },
    { token: "x".repeat(256) },
    { patienceMs: Infinity },
  ];
  for (const options of mistakes) assertBadArgument(() => new LarsClient(options));
  const text = { port: "8888" as unknown as number };
  assertThrows(() => new LarsClient(text), LarsError, 'current value is "8888"');
});

function assertBadArgument(run: () => unknown): void {
  assertEquals(assertThrows(run, LarsError).code, "bad_argument");
}

/** Datagrams may overtake each other: outcomes in the order of what tells them apart. */
function inOrder(
  outcomes: readonly ReportedCall[],
  by: "cmdid" | "retcode",
): readonly ReportedCall[] {
  return outcomes.toSorted((a, b) => a[by] - b[by]);
}

/** The port of an agent that is no more. */
async function stoppedAgent(): Promise<{ port: number }> {
  await using agent = new FakeAgent();
  return { port: agent.port };
}
