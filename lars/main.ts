/**
 * The entry of the command line `lars`.
 *
 * @module
 */

import { giveUpLibc } from "../reactor/mod.ts";
import { raiseDescriptorLimit } from "../service/mod.ts";
import { runCli } from "./cli.ts";
import { flushOutput, setUpOutput } from "./terminal/output.ts";
import { isRoleName } from "./up/role_task.ts";

if (import.meta.main) {
  setUpOutput();
  if (Deno.build.standalone) {
    raiseDescriptorLimit((message) => console.error(`lars: ${message}`));
    // The roles see to it themselves.
    if (!isRoleName(Deno.args[0])) giveUpLibc();
  }
  const code = await runCli(Deno.args);
  await flushOutput();
  Deno.exit(code);
}
