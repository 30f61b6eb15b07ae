/**
 * How this command line is typed on this machine, for texts that tell what to type next.
 *
 * @module
 */

/** `deno task lars`, or with the script before it that finds the Deno which `make` brought. */
export function ownCommand(): string {
  const brought = new URL("../.deno/", import.meta.url).pathname;
  return Deno.execPath().startsWith(brought) ? "tools/deno.sh task lars" : "deno task lars";
}
