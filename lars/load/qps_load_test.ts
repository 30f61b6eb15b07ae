import { assertGreater, assertGreaterOrEqual } from "@std/assert";
import type { ModuleName } from "../../proto/mod.ts";
import { AnsweringAgent } from "../../testing/client/answering_agent.ts";
import { startQpsLoad } from "./qps_load.ts";

Deno.test("startQpsLoad() picks and reports in a thread per module, and counts what comes", async () => {
  // Modules with an even modid are overloaded.
  const pick = ({ modid }: ModuleName) => modid % 2 === 0 ? 1 : { ip: 0x7f000001, port: 80 };
  await using agent = new AnsweringAgent({ pick });
  const modules = [{ modid: 1, cmdid: 1 }, { modid: 2, cmdid: 1 }];
  const address = { hostname: "127.0.0.1", port: agent.port };
  const load = await startQpsLoad(modules, address);
  {
    await using _running = load;
    await agent.until(() => agent.outcomes.length >= 500);
  }
  assertGreaterOrEqual(load.done, 500);
  assertGreater(load.errors().overload ?? 0, 0);
});
