import { assertEquals, assertGreater, assertThrows } from "@std/assert";
import { anySeed } from "../../testing/seeded_random.ts";
import { readCorpus } from "./corpus.ts";
import { DECODERS } from "./decoders.ts";
import { fuzz, FuzzError } from "./fuzz.ts";

/** `make abuse` tries ten million. */
const INPUTS = 20_000;

const corpus = readCorpus();

for (const decoder of DECODERS) {
  Deno.test(`bad input has ${decoder.name} refused, and does nothing else to its decoder`, () => {
    const { refused, taken } = fuzz(decoder, { seed: anySeed(), inputs: INPUTS, corpus });
    assertEquals(refused + taken, INPUTS);
    assertGreater(taken, 0);
  });
}

Deno.test("fuzz() finds a decoder that throws what it may not, and one that remembers", () => {
  const options = { seed: 1, inputs: 1_000, corpus };
  const breaks = {
    name: "breaks",
    decode(bytes: Uint8Array) {
      if (bytes[0] === 0xff) throw new TypeError("undefined is no function");
    },
  };
  assertThrows(() => fuzz(breaks, options), FuzzError, "undefined is no function");
  let isSpoilt = false;
  let left = corpus.length * 2;
  const remembers = {
    name: "remembers",
    decode(bytes: Uint8Array) {
      if (left-- <= 0) isSpoilt ||= bytes.length > 100;
      if (isSpoilt) throw new RangeError("Cannot read a message as an earlier one was bad");
    },
  };
  assertThrows(() => fuzz(remembers, options), FuzzError, "refused what it took before");
});
