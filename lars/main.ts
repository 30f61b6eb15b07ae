/**
 * The entry of the command line `lars`.
 *
 * @module
 */

import { runCli } from "./cli.ts";

if (import.meta.main) Deno.exit(await runCli(Deno.args));
