/**
 * What a command prints, where that cannot be printed. Owns the two ways of it: most commands are for their output, and
 * end when nobody takes it; one that runs others, such as `up`, goes on and loses it. Commands print by `console`.
 *
 * @module
 */

import { LineWriter, writeText } from "../../service/observe/line_writer.ts";
import { ExitCode } from "../../service/mod.ts";

/** What a shell gives for a program that was ended by SIGPIPE, as most are whose reader has ended. */
const READER_GONE = 141;

/** As long is waited for what is printed last, ms. */
const FLUSH_MS = 500;

/** Where to print. */
type Stream = "stdout" | "stderr";

/** Where text goes that must not hold up the command. */
let background: Record<Stream, LineWriter> | undefined;

/**
 * Has console print as a command is to: Deno's own goes on for a reader that has ended, and throws when a disk is full or a
 * terminal gone.
 */
export function setUpOutput(): void {
  const to = (stream: Stream) => (...values: unknown[]) => print(`${textOf(values)}\n`, stream);
  const [out, error] = [to("stdout"), to("stderr")];
  Object.assign(console, { log: out, info: out, debug: out, warn: error, error });
}

/** From now on what is printed never ends the command nor holds it up: what cannot be written is lost, and counted. */
export function outliveOutput(): void {
  background ??= { stdout: backgroundOf(Deno.stdout), stderr: backgroundOf(Deno.stderr) };
}

/** Prints a text as it is. */
export function print(text: string, stream: Stream = "stdout"): void {
  if (background !== undefined) return background[stream].putText(text);
  const failure = writeText(Deno[stream], text);
  // Whoever does not take complaints is not told of that either.
  if (failure === undefined || stream === "stderr") return;
  if (failure.isReaderGone) Deno.exit(READER_GONE);
  writeText(Deno.stderr, `lars: Cannot print: ${failure.error.message}\n`);
  Deno.exit(ExitCode.failed);
}

/** Writes a text in pieces to standard output, as fast as its reader takes it. */
export function printPieces(pieces: Iterable<string>): void {
  let text = "";
  for (const piece of pieces) {
    text += piece;
    if (text.length < 65_536) continue;
    print(text);
    text = "";
  }
  print(text);
}

/** Waits a little until all is printed, or lost. */
export async function flushOutput(): Promise<void> {
  if (background === undefined) return;
  await Promise.all(Object.values(background).map((writer) => writer.flush(FLUSH_MS)));
}

function backgroundOf(stream: { write(bytes: Uint8Array): Promise<number> }): LineWriter {
  return new LineWriter({
    write: (bytes) => stream.write(bytes),
    formatLost: (lines) => `lars: ${lines} lines could not be printed and are lost`,
  });
}

function textOf(values: readonly unknown[]): string {
  return values.map((value) => typeof value === "string" ? value : Deno.inspect(value)).join(" ");
}
