/**
 * The corpus that is kept: inputs that decoders once took a way of their own on, good and bad. Every run begins with all of
 * them, and `deno task abuse --keep` adds what it finds.
 *
 * @module
 */

import wire from "../vectors/wire.json" with { type: "json" };

const FILE = new URL("../vectors/abuse_corpus.txt", import.meta.url);

/** Every input: a line of the file in hex, and what the vectors of the wire have. */
export function readCorpus(): Uint8Array[] {
  const lines = Deno.readTextFileSync(FILE).split("\n").filter((line) => line !== "");
  const vectors = wire.vectors.flatMap(({ body, frame }) => [body, frame]);
  return [...new Set([...vectors, ...lines])].map((hex) => Uint8Array.fromHex(hex));
}

/** Adds inputs to those that are kept. */
export function keepInputs(inputs: Iterable<Uint8Array>): void {
  const lines = Deno.readTextFileSync(FILE).split("\n");
  for (const input of inputs) lines.push(input.toHex());
  const kept = [...new Set(lines)].filter((line) => line !== "").sort();
  Deno.writeTextFileSync(FILE, kept.map((line) => `${line}\n`).join(""));
}
