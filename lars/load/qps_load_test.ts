import { assertGreater, assertGreaterOrEqual } from "@std/assert";
import { FakeAgent } from "../../testing/client/fake_agent.ts";
import { GetHostRequest, GetHostResponse, MessageId } from "../../proto/mod.ts";
import { bodyOf, readBody } from "../../testing/proto/plain_message.ts";
import { inTime } from "../../testing/until.ts";
import { startQpsLoad } from "./qps_load.ts";

Deno.test("startQpsLoad() picks and reports in a thread per module, and counts what comes", async () => {
  const host = { ip: 0x7f000001, port: 80 };
  const reported = Promise.withResolvers<void>();
  let reports = 0;
  await using agent = new FakeAgent(undefined, {
    // Modules with an even modid are overloaded.
    async onRequest(request) {
      if (request.msgid === MessageId.GetHostRequest) {
        const pick = readBody(GetHostRequest, request.body);
        const retcode = pick.modid % 2 === 0 ? 1 : 0;
        await request.reply(bodyOf(GetHostResponse, { ...pick, retcode, host }));
      } else if (++reports === 500) {
        reported.resolve();
      }
    },
  });
  const modules = [{ modid: 1, cmdid: 1 }, { modid: 2, cmdid: 1 }];
  const address = { hostname: "127.0.0.1", port: agent.port };
  const load = await startQpsLoad(modules, address);
  {
    await using _running = load;
    await inTime("500 reports", reported.promise);
  }
  assertGreaterOrEqual(load.done, 500);
  assertGreater(load.errors().overload ?? 0, 0);
});
