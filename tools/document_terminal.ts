/**
 * Makes the README's pictures of what a terminal shows: `deno task pictures`. The demo runs on a terminal of its own, in
 * a folder of its own, and half-way through its failure `explain` is asked why. Needs `script`, of util-linux.
 *
 * @module
 */

import { terminalSvg } from "./terminal_svg.ts";

/** Where the pictures are. */
const PICTURES = new URL("../docs/pictures/", import.meta.url);
const ROOT = new URL("../", import.meta.url).pathname;

/** The second of the demo that is shown: a backend fails from second 10 to 30. */
const SHOWN_SECOND = 24;

/** How a frame of the live table begins: back to its first line, and away with what is below. */
// deno-lint-ignore no-control-regex -- an escape sequence begins with the control character ESC
const FRAME_START = /\x1b\[\d+A\x1b\[J/;

/** Runs a command of `lars` on a terminal of so many columns. */
function onTerminal(
  command: string,
  { columns, folder, signal }: { columns: number; folder: string; signal?: AbortSignal },
): Deno.ChildProcess {
  const lars =
    `'${Deno.execPath()}' run --allow-all --config '${ROOT}deno.json' '${ROOT}lars/main.ts'`;
  const shell = `stty cols ${columns} rows 50; exec ${lars} ${command}`;
  return new Deno.Command("script", {
    args: ["--quiet", "--flush", "--return", "--command", shell, "/dev/null"],
    cwd: folder,
    signal,
    stdin: "null",
    stdout: "piped",
  }).spawn();
}

/** The output up to where `isEnough` says so; all of it when that never comes. */
async function readUntil(
  stream: ReadableStream<Uint8Array>,
  isEnough: (text: string) => boolean,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream.values({ preventCancel: true })) {
    text += decoder.decode(chunk, { stream: true });
    if (isEnough(text)) break;
  }
  return text;
}

async function draw(name: string, command: string, lines: readonly string[]): Promise<void> {
  const shown = [`\x1b[2m$ ${command}\x1b[0m`, ...lines];
  await Deno.writeTextFile(new URL(name, PICTURES), terminalSvg(shown, { label: command }));
}

/** A frame's lines without those that stand empty at its end. */
function linesOf(text: string): string[] {
  return text.replaceAll("\r", "").trimEnd().split("\n");
}

if (import.meta.main) {
  await Deno.mkdir(PICTURES, { recursive: true });
  const folder = await Deno.makeTempDir({ prefix: "lars_pictures_" });
  console.log(`Running the demo for ${SHOWN_SECOND} seconds …`);
  const stop = new AbortController();
  const demo = onTerminal("up --demo", { columns: 100, folder, signal: stop.signal });
  try {
    const shown = new RegExp(`second ${SHOWN_SECOND}:`);
    const output = await readUntil(
      demo.stdout,
      (text) => shown.test(text.split(FRAME_START).slice(0, -1).at(-1) ?? ""),
    );
    const frame = output.split(FRAME_START).find((frame) => shown.test(frame));
    if (frame === undefined) throw new Error(`The demo ended early:\n${output}`);
    const admin = / --agent-admin (\S+)/.exec(output)?.[0] ?? "";
    const explain = onTerminal(`explain 1000 1${admin}`, { columns: 116, folder });
    const explained = linesOf(await readUntil(explain.stdout, () => false));
    await draw("demo.svg", "make run", linesOf(frame));
    await draw("explain.svg", "deno task lars explain 1000 1", explained.slice(0, 34));
  } finally {
    stop.abort();
    await demo.stdout.cancel();
    await demo.status;
    await Deno.remove(folder, { recursive: true });
  }
  console.log("Wrote docs/pictures/demo.svg and docs/pictures/explain.svg");
}
