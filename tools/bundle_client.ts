/**
 * Makes one file of the client, for programs that run on Node or carry it along, and its types beside it:
 * `deno task client FOLDER`.
 *
 * @module
 */

const ROOT = new URL("../", import.meta.url);

/** TypeScript's name for what lets a program write `await using`; programs may target less. */
const DTS_HEAD = '/// <reference lib="esnext.disposable" />\n';

/** Deno finds the types by this, others by their name. */
const JS_HEAD = '// @ts-self-types="./lars.d.mts"\n';

/**
 * Writes lars.mjs and lars.d.mts into a folder, which is made if there is none.
 *
 * @returns The files' paths.
 */
export async function bundleClient(folder: string): Promise<string[]> {
  await Deno.mkdir(folder, { recursive: true });
  const [code, types] = ["lars.mjs", "lars.d.mts"].map((name) => `${folder}/${name}`);
  await runDeno("bundle", "--quiet", "--declaration", "--output", code, entry("client/mod.ts"));
  await Deno.writeTextFile(code, JS_HEAD + await Deno.readTextFile(code));
  await Deno.writeTextFile(types, DTS_HEAD + tidyTypes(await Deno.readTextFile(types)));
  await runDeno("fmt", "--quiet", "--no-config", "--line-width", "100", types);
  return [code, types];
}

/** Declarations that were put together from several files, for those who see but one. */
function tidyTypes(text: string): string {
  const [head, ...rest] = text.split(/(?<=^ \* @module\n \*\/\n)/m);
  const aboutFile = /^\/\*\*\n(?: \*.*\n)*? \* @module\n \*\/\n/gm;
  return (head + rest.join("").replaceAll(aboutFile, ""))
    .replaceAll(/(?<=\{) \/\*\* (.*?) \*\/ /gs, (_, text) => `\n/**\n${unfold(text)}\n */\n`)
    .replaceAll('from "./mod.ts"', 'from "./lars.mjs"');
}

/** What a comment says, a line each again after its lines were joined. */
function unfold(text: string): string {
  const [first, ...rest] = text.split(/(?:^|\s+)\*(?=\s|$)/).map((line) => line.trim());
  const lines = first === "" ? rest : [first, ...rest];
  return lines.map((line) => ` * ${line}`.trimEnd()).join("\n");
}

function entry(path: string): string {
  return new URL(path, ROOT).pathname;
}

async function runDeno(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  throw new Error(`deno ${args.join(" ")} failed:\n${new TextDecoder().decode(stderr)}`);
}

if (import.meta.main) {
  const [folder = "bin"] = Deno.args;
  console.error("Bundling the client and its types, which takes up to half a minute …");
  for (const path of await bundleClient(folder)) console.log(path);
}
