/**
 * The command: `deno task abuse [--inputs 10000000] [--names 1000000] [--seed N] [--keep]`, which `make abuse` runs.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { Native } from "../../bench/harness/native.ts";
import { anySeed } from "../../testing/seeded_random.ts";
import { keepInputs, readCorpus } from "./corpus.ts";
import { DECODERS } from "./decoders.ts";
import {
  FLOOD_KINDS,
  type FloodKind,
  type FloodResult,
  FloodTrial,
  type Kept,
} from "./flood_trial.ts";
import { fuzz } from "./fuzz.ts";

const USAGE = `Usage: deno task abuse [--inputs 10000000] [--names 1000000] [--seed N] [--keep]

Feeds every decoder bad input, floods an agent, and says what gave way: exit code 1. --keep adds the inputs that were
refused in a way of their own to tests/vectors/abuse_corpus.txt.`;

/** A program is to keep this share of what it gets undisturbed, under a flood of half of what the shard bears. */
const LEAST_KEPT = 0.8;

/** Under any flood an agent's memory grows by no more. */
const MEMORY_BYTES = 200 * 2 ** 20;

/** Of what a shard bears: what a program must get along with, and what may take everything while it lasts. */
const SHARES = [0.5, 2];

let failures = 0;

function check(what: string, isGood: boolean): void {
  console.log(`${isGood ? "  " : "! "}${what}`);
  if (!isGood) failures++;
}

function fuzzAll({ inputs, seed, keep }: { inputs: number; seed: number; keep: boolean }): void {
  const corpus = readCorpus();
  console.log(`${inputs} inputs each, of a corpus of ${corpus.length}, seed ${seed}`);
  for (const decoder of DECODERS) {
    const startMs = performance.now();
    try {
      const { refused, taken, found } = fuzz(decoder, { seed, inputs, corpus });
      if (keep) keepInputs(found);
      const sec = Math.round((performance.now() - startMs) / 1000);
      check(`${decoder.name}: ${refused} refused, ${taken} taken, in ${sec} s`, true);
    } catch (error) {
      check(String(error), false);
    }
  }
}

async function floodAll({ names }: { names: number }): Promise<void> {
  const native = await Native.build(new AbortController().signal);
  await using trial = await FloodTrial.start(native);
  const base = await trial.undisturbed();
  const capacity = await trial.capacity();
  console.log(
    `1,000 picks a second beside floods: undisturbed ${
      percent(base.share)
    } are answered at once; the ` +
      `shard answers ${Math.round(capacity)} a second at most`,
  );
  for (const kind of FLOOD_KINDS) {
    for (const share of SHARES) {
      const rate = Math.round(capacity * share);
      const seconds = kind === "names" && share < 1 ? Math.ceil(names / rate) : 3;
      judge(await trial.flood(kind, { rate, seconds }), { kind, share, base });
    }
  }
  console.log(`dns was asked ${await trial.asked()} times in all`);
}

function judge(
  { rate, sent, during, after, counted, grownBytes }: FloodResult,
  { kind, share, base }: { kind: FloodKind; share: number; base: Kept },
): void {
  const isBearable = share < 1;
  const least = base.share * LEAST_KEPT;
  const isWell = after.share >= least && after.failed === 0 && grownBytes < MEMORY_BYTES;
  check(
    `${sent} ${kind}, ${Math.round(rate)}/s: ${
      percent(during.share)
    } kept, ${during.failed} failed; ` +
      `1 s later ${
        percent(after.share)
      }, ${after.failed} failed; ${counted} turned away and counted; ` +
      `${Math.round(grownBytes / 2 ** 20)} MiB more`,
    isWell && (!isBearable || during.share >= least),
  );
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

if (import.meta.main) {
  const { inputs, names, seed, keep, help, _: words, ...others } = parseArgs(Deno.args, {
    string: ["inputs", "names", "seed"],
    boolean: ["keep", "help"],
    default: { inputs: "10000000", names: "1000000", seed: String(anySeed()) },
  });
  const isKnown = [inputs, names, seed].every((word) => /^\d{1,10}$/.test(word));
  if (help || !isKnown || words.length > 0 || Object.keys(others).length > 0) {
    console.log(USAGE);
    Deno.exit(help ? 0 : 2);
  }
  await floodAll({ names: Number(names) });
  fuzzAll({ inputs: Number(inputs), seed: Number(seed), keep });
  console.log(failures === 0 ? "Nothing gave way" : `${failures} gave way: marked by !`);
  Deno.exitCode = failures === 0 ? 0 : 1;
}
