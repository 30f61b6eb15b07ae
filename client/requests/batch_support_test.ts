import { assertEquals } from "@std/assert";
import { BatchSupport } from "./batch_support.ts";

Deno.test("BatchSupport is known when a probe is answered, and confirmed once a second", () => {
  const support = new BatchSupport(100);
  assertEquals(support.isKnown, false);
  assertEquals(support.probe(0), true);
  assertEquals(support.probe(99), false, "one at a time");
  support.confirm(99);
  assertEquals(support.isKnown, true);
  assertEquals(support.probe(1098), false);
  assertEquals(support.probe(1099), true);
  support.confirm(1100);
  assertEquals([support.isKnown, support.probe(1200)], [true, false]);
});

Deno.test("BatchSupport is refuted by three probes unanswered while other messages are", () => {
  const support = new BatchSupport(100);
  for (let nowMs = 0; nowMs < 300; nowMs += 100) {
    assertEquals(support.probe(nowMs), true);
    support.heard(nowMs + 1);
  }
  for (const nowMs of [300, 400, 1e9]) assertEquals(support.probe(nowMs), false);
  assertEquals(support.isKnown, false);
});

Deno.test("BatchSupport goes on probing an agent that answers nothing at all", () => {
  const support = new BatchSupport(100);
  for (let nowMs = 0; nowMs < 2000; nowMs += 100) assertEquals(support.probe(nowMs), true);
});

Deno.test("BatchSupport is not known any more when a probe meant to confirm it is unanswered", () => {
  const support = new BatchSupport(100);
  support.probe(0);
  support.confirm(1);
  assertEquals(support.probe(2000), true);
  assertEquals(support.isKnown, true);
  support.heard(2001);
  support.probe(2100);
  assertEquals(support.isKnown, false);
});

Deno.test("BatchSupport is not known any more when nothing at all answers", () => {
  const support = new BatchSupport(100);
  support.probe(0);
  support.confirm(1);
  support.probe(2000);
  support.probe(2100);
  assertEquals(support.isKnown, false); // an agent of old may be there: it understands what goes one by one
  support.confirm(2150);
  assertEquals(support.isKnown, true);
});

Deno.test("BatchSupport.doubt() has it found out anew, refuted or known", () => {
  const known = new BatchSupport(100);
  known.probe(0);
  known.confirm(1);
  known.doubt();
  assertEquals([known.isKnown, known.probe(2)], [false, true]);

  const refuted = new BatchSupport(100);
  for (let nowMs = 0; nowMs < 400; nowMs += 100) {
    refuted.probe(nowMs);
    refuted.heard(nowMs + 1);
  }
  refuted.doubt();
  assertEquals(refuted.probe(401), true);
});
