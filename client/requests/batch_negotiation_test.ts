import { assertEquals } from "@std/assert";
import { BatchNegotiation } from "./batch_negotiation.ts";

type Step =
  | [atMs: number, event: "heard" | "confirm"]
  | [atMs: number, event: "doubt"]
  | [atMs: number, event: "offer", isDue: boolean];

/** What happens, with a time-out of 100 ms, and whether the agent is taken to speak batches after all of it. */
const CASES: [what: string, steps: Step[], isKnown: boolean][] = [
  ["is not known at first", [], false],
  ["offers once at a time", [[0, "offer", true], [99, "offer", false]], false],
  ["is known when an offer is answered", [[0, "offer", true], [99, "confirm"]], true],
  [
    "offers again after a second, and is known meanwhile",
    [[0, "confirm"], [999, "offer", false], [1000, "offer", true]],
    true,
  ],
  [
    "is not known when an offer meant to confirm it is unanswered though others are answered",
    [[0, "confirm"], [2000, "offer", true], [2001, "heard"], [2100, "offer", true]],
    false,
  ],
  [
    "is not known when nothing at all answers, as an agent of old may be there",
    [[0, "confirm"], [2000, "offer", true], [2100, "offer", true]],
    false,
  ],
  [
    "is known again when that is answered late",
    [[0, "confirm"], [2000, "offer", true], [2100, "offer", true], [2150, "confirm"]],
    true,
  ],
  [
    "stops offering after three that were unanswered while others were answered",
    [...refuted(), [300, "offer", false], [1e9, "offer", false]],
    false,
  ],
  [
    "goes on offering an agent that answers nothing at all",
    Array.from({ length: 20 }, (_, i): Step => [i * 100, "offer", true]),
    false,
  ],
  ["is not known once it is in doubt", [[0, "confirm"], [1, "doubt"], [2, "offer", true]], false],
  [
    "is offered anew once it is in doubt, refuted before",
    [...refuted(), [301, "doubt"], [302, "offer", true]],
    false,
  ],
];

for (const [what, steps, isKnown] of CASES) {
  Deno.test(`BatchNegotiation ${what}`, () => {
    const negotiation = new BatchNegotiation(100);
    for (const [atMs, event, isDue] of steps) {
      if (event === "offer") assertEquals(negotiation.offer(atMs), isDue, `offer at ${atMs}`);
      else negotiation[event](atMs);
    }
    assertEquals(negotiation.isKnown, isKnown);
  });
}

function refuted(): Step[] {
  return [0, 100, 200].flatMap((atMs): Step[] => [[atMs, "offer", true], [atMs + 1, "heard"]]);
}
