/**
 * The entry of the command line `lars`.
 *
 * @module
 */

import { raiseDescriptorLimit } from "../service/mod.ts";
import { runCli } from "./cli.ts";

if (import.meta.main) {
  if (Deno.build.standalone) raiseDescriptorLimit((message) => console.error(`lars: ${message}`));
  Deno.exit(await runCli(Deno.args));
}
