import { assertGreater, assertGreaterOrEqual } from "@std/assert";
import { FakeAgent } from "../../client/fake_agent.ts";
import { decodeGetHostRequest, encodeGetHostResponse, MessageId } from "../../proto/mod.ts";
import { startQpsLoad } from "./qps_load.ts";

/** Answers picks until so many reports have come, and goes on; modules with an even modid are overloaded. */
async function answerUntil(agent: FakeAgent, reports: number): Promise<void> {
  const host = { ip: 0x7f000001, port: 80 };
  const { promise, resolve } = Promise.withResolvers<void>();
  void (async () => {
    for (;;) {
      const request = await agent.next();
      if (request.msgid === MessageId.GetHostRequest) {
        const pick = decodeGetHostRequest(request.body);
        const retcode = pick.modid % 2 === 0 ? 1 : 0;
        await request.reply(encodeGetHostResponse({ ...pick, retcode, host }));
      } else if (--reports === 0) {
        resolve();
      }
    }
  })();
  await promise;
}

Deno.test("startQpsLoad() picks and reports in a thread per module, and counts what comes", async () => {
  await using agent = new FakeAgent();
  const modules = [{ modid: 1, cmdid: 1 }, { modid: 2, cmdid: 1 }];
  const address = { hostname: "127.0.0.1", port: agent.port };
  const load = await startQpsLoad(modules, address);
  {
    await using _running = load;
    await answerUntil(agent, 500);
  }
  assertGreaterOrEqual(load.done, 500);
  assertGreater(load.errors().overload ?? 0, 0);
});
