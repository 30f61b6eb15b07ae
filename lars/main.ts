/**
 * The entry of the command line `lars`.
 *
 * @module
 */

import { giveUpLibc } from "../reactor/mod.ts";
import { raiseDescriptorLimit } from "../service/mod.ts";
import { runCli } from "./cli/cli.ts";
import { COMMAND_GROUPS } from "./commands/mod.ts";
import { flushOutput, setUpOutput } from "./terminal/output.ts";
import { isRoleName } from "./up/role_task.ts";

if (import.meta.main) {
  setUpOutput();
  if (Deno.build.standalone) {
    raiseDescriptorLimit((message) => console.error(`lars: ${message}`));
    // The roles see to it themselves.
    if (!isRoleName(Deno.args[0])) giveUpLibc();
  }
  const code = await runCli(Deno.args, COMMAND_GROUPS);
  await flushOutput();
  Deno.exit(code);
}
