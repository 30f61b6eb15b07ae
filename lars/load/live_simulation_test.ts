import { assertEquals } from "@std/assert";
import { FakeAgent } from "../../testing/client/fake_agent.ts";
import { LarsClient } from "../../client/mod.ts";
import {
  GetHostRequest,
  GetHostResponse,
  MessageId,
  ReportRequest,
  RetCode,
} from "../../proto/mod.ts";
import { bodyOf, readBody } from "../../testing/proto/plain_message.ts";
import { simulate, type SimulationOptions } from "./live_simulation.ts";

const MODULE = { modid: 1, cmdid: 2 };

/** Answers picks with these hosts' ports in rotation, 0 being overload; resolves with the retcodes of the reports. */
async function playAgent(agent: FakeAgent, ports: readonly number[]): Promise<number[]> {
  const retcodes: number[] = [];
  for (const port of ports) {
    const pick = await agent.next();
    assertEquals(pick.msgid, MessageId.GetHostRequest);
    const retcode = port === 0 ? RetCode.Overload : RetCode.Success;
    const host = port === 0 ? undefined : { ip: 0x7f00_0001, port };
    const { seq } = readBody(GetHostRequest, pick.body);
    await pick.reply(bodyOf(GetHostResponse, { seq, ...MODULE, retcode, host }));
    if (port === 0) continue;
    const report = await agent.next();
    assertEquals(report.msgid, MessageId.ReportRequest);
    retcodes.push(readBody(ReportRequest, report.body).retcode);
  }
  return retcodes;
}

function options(part: Partial<SimulationOptions>): SimulationOptions {
  const { signal } = new AbortController();
  return {
    module: MODULE,
    errorShare: 0,
    count: 1,
    intervalMs: 0,
    random: () => 0,
    signal,
    ...part,
  };
}

Deno.test("simulate() reports the failures that the random numbers name, and counts by host", async () => {
  await using agent = new FakeAgent();
  await using client = new LarsClient({ port: agent.port });
  const numbers = [0.1, 0.9, 0.2, 0.19999];
  const [retcodes, result] = await Promise.all([
    playAgent(agent, [80, 81, 0, 80, 80, 0]),
    simulate(client, options({ errorShare: 0.2, count: 6, random: () => numbers.shift()! })),
  ]);
  assertEquals(retcodes, [2, 0, 0, 2]);
  assertEquals(result, {
    tried: 6,
    hosts: [
      { hostname: "127.0.0.1", port: 80, picks: 3, ok: 1, failed: 2 },
      { hostname: "127.0.0.1", port: 81, picks: 1, ok: 1, failed: 0 },
    ],
    errors: { overload: 2 },
  });
});

Deno.test("simulate() waits between picks, and ends when told to", async () => {
  await using agent = new FakeAgent();
  await using client = new LarsClient({ port: agent.port });
  const controller = new AbortController();
  const simulating = simulate(
    client,
    options({ count: Infinity, intervalMs: 1_000_000, signal: controller.signal }),
  );
  await playAgent(agent, [80]);
  controller.abort();
  assertEquals((await simulating).tried, 1);
});
