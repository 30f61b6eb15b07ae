/**
 * Looks the packages of deno.lock up among the known vulnerabilities of npm's registry: `deno task audit`. Ends with 0
 * where there is none, 1 where there are some, and 2 where nobody could be asked, which says nothing of the packages.
 *
 * @module
 */

import { reasonOf } from "./compile.ts";

/** What came of asking. */
export interface Audit {
  /** The exit code. */
  code: 0 | 1 | 2;
  /** What to tell. */
  text: string;
}

/** Reads what `deno audit` said. */
export function readAudit(
  { success, stdout, stderr }: { success: boolean; stdout: string; stderr: string },
): Audit {
  if (success) return { code: 0, text: `${stdout.trim() || "No known vulnerabilities found"}` };
  const failure = stderr.trim();
  if (!failure.startsWith("error:")) return { code: 1, text: `${stdout}${failure}`.trim() };
  const url = /\((https?:\/\/[^/)]+)/.exec(failure)?.[1] ?? "the registry";
  return {
    code: 2,
    text:
      `Cannot audit as ${url} does not answer (${
        reasonOf(failure)
      }): nothing is known of the packages. Run it where ` +
      "that can be reached; DENO_CERT names the authority of a proxy on the way, and .npmrc another registry",
  };
}

if (import.meta.main) {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["audit"],
    cwd: new URL("../", import.meta.url),
    env: { NO_COLOR: "1" },
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  const { code, text } = readAudit({ success, stdout: out, stderr: err });
  (code === 0 ? console.log : console.error)(text);
  Deno.exit(code);
}
