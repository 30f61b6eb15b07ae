/**
 * How this command line is typed on this machine, for texts that tell what to type next.
 *
 * @module
 */

import { basename } from "node:path";

/** The binary; or `deno task lars`, or with the script before it that finds the Deno which `make` brought. */
export function ownCommand(): string {
  if (Deno.build.standalone) return basename(Deno.execPath());
  const brought = new URL("../.deno/", import.meta.url).pathname;
  return Deno.execPath().startsWith(brought) ? "tools/deno.sh task lars" : "deno task lars";
}
