import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { MessageId } from "../../proto/mod.ts";
import type { Frame } from "../../reactor/frame/frame.ts";
import { answerTo } from "../../testing/client/answering_agent.ts";
import { assertScript, PlayedEngine } from "../../testing/client/engine_script.ts";
import { type RetryOptions, RetryPolicy } from "./retry_policy.ts";

/** What the engine does, and a script of it; how scripts are written stands in testing/client/engine_script.ts. */
const CASES: [does: string, script: string, options?: Partial<RetryOptions>][] = [
  [
    "sends a pick again, as it was, when a try times out, and takes one answer",
    `0 pick 3 → pick 3 #0
     0 due? → 100
     99 tick
     100 tick → pick 3 #0
     150 #0 3:80 → 3:80
     151 #0 3:81
     151 retries? → 1
     200 tick
     200 due? → Infinity
     300 pick 3 → pick 3 #1
     400 tick; #1 3:82 → 3:82`,
  ],
  [
    "gives a pick up after its tries, and takes no answer for the next one's that comes late",
    `0 pick 3 → pick 3 #0
     100 tick → pick 3 #0
     200 tick → 3 unanswered
     201 pick 3 → pick 3 #1
     202 #0 3:80
     203 #1 3:81 → 3:81`,
  ],
  [
    "sends a pick only once more however late the tick is",
    `0 pick 3 → pick 3 #0
     1000 tick → pick 3 #0
     1000 due? → 1100
     1099 tick
     1100 tick → 3 unanswered`,
  ],
  [
    "matches answers by seq and module, whatever their order",
    `0 pick 3; pick 6; pick 3 → offer #0; pick 3 #1; pick 6 #2; pick 3 #3
     1 #4 3:1; #1 6:1; #2 [6:1]; 6=1; #0 3:1
     2 #3 3:83; #2 6:82; #1 3:81 → 3:83; 6:82; 3:81`,
  ],
  [
    "hands on what the retcode says, and that of a pick without a host",
    `0 pick 3 → pick 3 #0
     1 #0 3!1 → 3!1
     2 pick 3 → pick 3 #1
     3 #1 3!3 → 3!3
     4 pick 3 → pick 3 #2
     5 #2 3 → 3!0`,
  ],
  [
    "has picks travel together once the agent is known to take them so",
    `0 pick 3 ×2 → offer #0; pick 3 #1; pick 3 #2
     1 #0 []; #1 3:80; #2 3:81 → 3:80; 3:81
     2 pick 3; pick 3; pick 6; pick 3 → pick 6 #3; batch 3×3 #4
     3 #3 6:60; #4 [3:80,81,82] → 6:60; 3:80; 3:81; 3:82
     4 pick 3; pick 6 ×2; pick 3 → batch 3×1,6×2,3×1 #5
     5 #5 [3:80 6:60,61 3:83] → 3:80; 6:60; 6:61; 3:83
     6 pick 3 → pick 3 #6`,
  ],
  [
    "takes a batch's answer only where its modules are those that were asked for",
    `0 pick 3 ×2 → offer #0; pick 3 #1; pick 3 #2
     1 #0 []; #1 3:80; #2 3:81 → 3:80; 3:81
     2 pick 3 ×3 → batch 3×3 #3
     3 #3 []; #3 [6:80,81,82]; #3 [3:80,81,82 6:80]; #4 [3:80,81,82]; #3 3:80
     4 #3 [3:80!1] → 3:80; 3!1; 3!1
     5 pick 3 ×2 → batch 3×2 #4
     6 #4 [3:80,81,82] → 3:80; 3:81`,
  ],
  [
    "goes on one by one with an agent of old, which answers no offer, and stops asking it",
    `0 pick 3 ×2 → offer #0; pick 3 #1; pick 3 #2
     1 #1 3:80; #2 3:80 → 3:80; 3:80
     2 pick 3 ×2 → pick 3 #3; pick 3 #4
     3 #3 3:80; #4 3:80 → 3:80; 3:80
     100 report 3 0 ×2 → offer #5; report 3 0; report 3 0
     101 pick 3 → pick 3 #6
     102 #6 3:80 → 3:80
     200 report 3 0 ×2 → offer #7; report 3 0; report 3 0
     201 pick 3 → pick 3 #8
     202 #8 3:80 → 3:80
     300 report 3 0 ×2 → report 3 0; report 3 0
     9000 pick 3 ×2 → pick 3 #9; pick 3 #10
     9001 retries? → 0`,
  ],
  [
    "asks alone for a module that has no answer yet, which holds nobody up",
    `0 pick 3 ×2 → offer #0; pick 3 #1; pick 3 #2
     1 #0 []; #1 3:80; #2 3:81 → 3:80; 3:81
     2 pick 6 ×2; pick 3 ×2 → pick 6 #3; pick 6 #4; batch 3×2 #5
     3 #5 [3:80,81] → 3:80; 3:81
     4 #3 6!3; #4 6!3 → 6!3; 6!3
     5 pick 6; pick 3 ×2 → pick 6 #6; batch 3×2 #7`,
  ],
  [
    "asks one by one, and first, for what was lost in a batch, and takes the batch's answer late",
    `0 pick 3 ×2 → offer #0; pick 3 #1; pick 3 #2
     1 #0 []; #1 3:80; #2 3:81 → 3:80; 3:81
     2 pick 3 ×3 → batch 3×3 #3
     102 pick 6; tick → offer #4; pick 3 #5; pick 3 #6; pick 3 #7; pick 6 #8
     103 #5 3:85 → 3:85
     104 #3 [3:80,81,82] → 3:81; 3:82
     105 #6 3:86; #8 6:60; retries? → 3; 6:60
     202 tick
     203 #7 3:87; #3 [3:80,81,82]`,
  ],
  [
    "does without batches when an older agent has taken the place, and with them when a newer has",
    `0 pick 3 ×2 → offer #0; pick 3 #1; pick 3 #2
     1 #0 []; #1 3:80; #2 3:81 → 3:80; 3:81
     2 pick 3 ×2; report 3 7 ×2 → reports 3×2; batch 3×2 #3
     102 tick → offer #4; pick 3 #5; pick 3 #6
     103 #5 3:80; #6 3:80; report 3 7 ×2 → 3:80; 3:80; report 3 7; report 3 7
     104 pick 3 ×2 → pick 3 #7; pick 3 #8
     204 tick → pick 3 #7; pick 3 #8
     205 pick 3 ×2 → offer #9; pick 3 #10; pick 3 #11
     206 #9 []; #7 3:80; #8 3:80; #10 3:80; #11 3:80 → 3:80; 3:80; 3:80; 3:80
     207 pick 3 ×2; report 3 7 ×2 → reports 3×2; batch 3×2 #12`,
  ],
  [
    "does not doubt the agent for a module that waits for its route while others are answered",
    `0 pick 3 ×2 → offer #0; pick 3 #1; pick 3 #2
     1 #0 []; #1 3:80; #2 3:81 → 3:80; 3:81
     2 pick 6 → pick 6 #3
     3 pick 3 ×2 → batch 3×2 #4
     4 #4 [3:80,81] → 3:80; 3:81
     102 pick 3 ×2; tick → pick 6 #3; batch 3×2 #5`,
  ],
  [
    "sends reports before requests, and of what can wait nothing while there is no room",
    `0 pick 3; report 3 1; report 3 2 → offer #0; report 3 1; report 3 2; pick 3 #1
     1 #0 []; #1 3:80 → 3:80
     2 pick 3 ×2; report 3 1; report 3 2; report 6 0; full
     3 tick → reports 3×2,6×1; batch 3×2 #2
     103 pick 3; report 3 1; tick; full → offer #3
     104 tick → report 3 1; pick 3 #4; pick 3 #5; pick 3 #6`,
  ],
  [
    "waits for an agent that has answered lately, for its grace period",
    `0 pick 3 → pick 3 #0
     50 #0 3:80 → 3:80
     60 pick 3 → pick 3 #1
     160 tick → pick 3 #1
     260 tick → pick 3 #1
     410 tick → pick 3 #1
     634 tick
     635 tick; retries? → 3; 3 unanswered
     640 pick 3 → pick 3 #2
     740 tick → pick 3 #2
     840 tick → 3 unanswered`,
    { gracePeriodMs: 500 },
  ],
  [
    "sends a request again at growing intervals until its total time-out, then later ones a few times",
    `0 pick 3 → pick 3 #0
     100 tick → pick 3 #0
     200 tick → pick 3 #0
     200 due? → 350
     350 tick → pick 3 #0
     350 due? → 575
     575 tick → pick 3 #0
     576 pick 3 → pick 3 #1
     676 tick → pick 3 #1
     776 tick → pick 3 #1
     913 tick → pick 3 #0
     926 tick → pick 3 #1
     1151 tick → 3 unanswered
     1313 tick → 3 unanswered
     1400 pick 3 → pick 3 #2
     1500 tick → pick 3 #2
     1600 tick → 3 unanswered
     1601 pick 3 → pick 3 #3
     1602 #2 3:80; retries? → 9
     1701 tick → pick 3 #3
     1801 tick → pick 3 #3
     1802 #3 3:80 → 3:80`,
    { totalTimeoutMs: 1000 },
  ],
  [
    "tells for how long a shard is silent when it was asked, and only then",
    `0 pick 3 → pick 3 #0
     100 tick? → 0; pick 3 #0
     200 tick? → 100; 3 unanswered
     5000 tick? → 0
     5000 pick 3 → pick 3 #1
     5100 tick? → 5000; pick 3 #1
     5101 #0 3:80
     5200 tick? → 0; 3 unanswered`,
  ],
  [
    "takes one shard's answers for the agent's, but not for ever",
    `0 pick 3; b.pick 4 → pick 3 #0; b.pick 4 #0
     50 b.#0 4:80 → b.4:80
     100 tick; b.pick 4 → pick 3 #0; b.pick 4 #1
     199 b.#1 4:80 → b.4:80
     200 tick; b.pick 4 → pick 3 #0; b.pick 4 #2
     299 b.#2 4:80 → b.4:80
     350 tick → 3 unanswered
     410 pick 3 → pick 3 #1
     510 tick; b.pick 4 → pick 3 #1; b.pick 4 #3
     511 b.#3 4:80 → b.4:80
     610 tick → 3 unanswered`,
    { gracePeriodMs: 300 },
  ],
  [
    "asks once for a route that several want to know, and gives each its own",
    `0 route 3; route 3; route 6 → offer #0; route 3; route 6
     1 route 3; 3=80,81 → 3=80,81; 3=80,81; 3=80,81
     2 6= → 6!3
     3 6=; 3=80; route 3; route 3 → route 3
     100 tick
     103 tick → route 3
     104 retries? → 1
     203 tick → 3 unanswered; 3 unanswered
     204 route 3; 3=80; route 3 → 3=80; offer #4; route 3
     205 3=81 → 3=81`,
  ],
  [
    "asks for a route again a moment after there was none until the caller's own deadline",
    `0 register 3 until 180 → route 3
     10 3=
     59 tick
     60 tick → route 3
     61 3=
     110 tick; 3=
     111 tick → route 3
     112 3=; retries? → 0
     179 tick → route 3
     180 tick → 3!3`,
  ],
  [
    "asks for a route that is not answered until the caller's own deadline, whatever the policy",
    `0 register 3 until 450 → route 3
     100 tick → route 3
     200 tick → route 3
     300 tick → route 3
     310 route 3
     400 tick → route 3
     450 tick → 3 unanswered
     500 tick → route 3
     501 retries? → 3
     600 tick → 3 unanswered`,
  ],
  [
    "does not say that there is no route when the agent has said nothing for long",
    `0 register 3 until 300 → route 3
     10 3=
     60 tick → route 3
     160 tick → route 3
     260 tick → route 3
     300 tick → 3 unanswered`,
  ],
  [
    "takes a route for the shard's answer: its picks travel together from then on",
    `0 pick 3 ×2 → offer #0; pick 3 #1; pick 3 #2
     1 #0 []; #1 3:80; #2 3:81 → 3:80; 3:81
     2 route 6; route 9 → route 6; route 9
     3 6=80; 9= → 6=80; 9!3
     4 pick 6 ×2; pick 9 ×2 → pick 9 #5; pick 9 #6; batch 6×2 #7`,
  ],
  [
    "asks for every module alone once more when the agent was in doubt",
    `0 pick 3 ×2; pick 6 → offer #0; pick 3 #1; pick 3 #2; pick 6 #3
     1 #0 []; #1 3:80; #2 3:81; #3 6:60 → 3:80; 3:81; 6:60
     2 pick 3 ×2 → batch 3×2 #4
     102 tick → offer #5; pick 3 #6; pick 3 #7
     103 #5 []; #6 3:80; #7 3:81 → 3:80; 3:81
     104 pick 3 ×2; pick 6 ×2 → pick 6 #8; pick 6 #9; batch 3×2 #10`,
  ],
  [
    "asks at once for a route that others pause to ask for, and all learn of it",
    `0 register 3 until 900 → route 3
     10 3=
     20 route 3 → route 3
     21 3= → 3!3
     30 route 3 → route 3
     31 3=80 → 3=80; 3=80
     81 tick
     900 tick
     900 due? → Infinity`,
  ],
  [
    "keeps to the caller's own deadline while nothing could be sent",
    `0 register 3 until 50; full
     0 due?; full → 50
     50 tick; full → 3 unanswered
     60 tick`,
  ],
  [
    "has all that is pending end when it is closed, and still sends reports",
    `0 pick 3 ×2; route 6; register 9 until 99 → offer #0; pick 3 #1; pick 3 #2; route 6; route 9
     1 pick 3; report 3 0; close → 3 closed; 3 closed; 3 closed; 6 closed; 9 closed; report 3 0
     2 #1 3:80; 6=80; due? → Infinity`,
  ],
];

for (const [does, script, options] of CASES) {
  Deno.test(`RequestEngine ${does}`, () => assertScript(script, options));
}

Deno.test("RequestEngine gives up 10,000 picks and routes with the first of them, and floods nobody", () => {
  const played = playedEngine();
  const requests = Array.from(
    { length: 10_000 },
    (_, i) => played.add(i, { kind: i % 2 === 0 ? "pick" : "route" }),
  );
  let sent = 0;
  for (const nowMs of [0, 100, 200]) {
    played.engine.tick(nowMs);
    for (const _ of played.sends(nowMs)) sent++;
  }
  assertEquals(sent, 2 * (1 + 64), "an offer and as many as may be in flight, twice");
  assert(requests.every(({ result, tries }) => result === "unanswered" && tries === 2));
  assertEquals([...played.completed()].length, 10_000);
  assertEquals([played.engine.isWaiting, played.engine.hasUnsent], [false, false]);
});

Deno.test("RequestEngine has so many batches in flight, and goes on with modules that are answered", () => {
  const played = playedEngine({ speaksBatches: true });
  const lost = played.add(6);
  const picks = Array.from({ length: 20_000 }, () => played.add(3));
  for (let nowMs = 10; nowMs <= 210; nowMs += 50) {
    played.engine.tick(nowMs);
    const batches = [...played.sends(nowMs)].filter(({ msgid }) => msgid === 9);
    assertEquals(batches.length, 8);
    for (const frame of batches) played.engine.receive(answerFrame(frame, () => 80)!, nowMs + 40);
  }
  const answered = picks.filter(({ result }) => result !== undefined);
  assertEquals([lost.result, answered.length], ["unanswered", 5 * 8 * 256]);
  assert(answered.every(({ result }) => typeof result === "object"));
});

Deno.test("RequestEngine takes no answer that is cut short or has another msgid", () => {
  for (const modids of [[3], [3, 3]]) {
    const played = playedEngine({ speaksBatches: true });
    const requests = modids.map((modid) => played.add(modid));
    const [frame] = played.sends(10);
    const answer = answerFrame(frame, () => 80)!;
    for (let end = 0; end < answer.body.length; end++) {
      played.engine.receive({ ...answer, body: answer.body.subarray(0, end) }, 11);
    }
    for (let msgid = -1; msgid < 14; msgid++) {
      if (msgid !== answer.msgid) played.engine.receive({ ...answer, msgid }, 11);
    }
    assert(requests.every(({ result }) => result === undefined || typeof result === "number"));
  }
});

Deno.test("RequestEngine gives every request one result whatever is lost, late, doubled or out of order", () => {
  const fates = fc.infiniteStream(fc.record({
    isLost: fc.nat(9).map((n) => n < 2),
    delayMs: fc.nat(150),
    isDoubled: fc.nat(9).map((n) => n < 1),
  }));
  const turns = fc.array(fc.array(fc.nat(4), { maxLength: 12 }), { maxLength: 40 });
  fc.assert(
    fc.property(fates, turns, fc.boolean(), (fates, turns, speaksBatches) => {
      const played = playedEngine();
      const inFlight: { atMs: number; frame: Frame }[] = [];
      const given = new Map<unknown, number>();
      let picks = 0;
      let asked = 0;
      for (let nowMs = 0; nowMs < 10_000 && (turns.length > 0 || played.engine.isWaiting);) {
        for (const modid of turns.shift() ?? []) {
          asked++;
          played.add(modid, modid === 4 ? { kind: "route", deadlineMs: nowMs + 300 } : undefined);
        }
        for (const { frame } of inFlight.filter(({ atMs }) => atMs <= nowMs)) {
          played.engine.receive(frame, nowMs);
        }
        inFlight.splice(0, Infinity, ...inFlight.filter(({ atMs }) => atMs > nowMs));
        if (played.engine.dueMs <= nowMs) played.engine.tick(nowMs);
        for (const request of played.sends(nowMs)) {
          const frame = answerFrame(request, () => ++picks, speaksBatches);
          const { isLost, delayMs, isDoubled } = fates.next().value!;
          if (frame === undefined || isLost) continue;
          for (let copies = isDoubled ? 2 : 1; copies > 0; copies--) {
            inFlight.push({ atMs: nowMs + delayMs * copies, frame });
          }
        }
        for (const request of played.completed()) given.set(request, (given.get(request) ?? 0) + 1);
        nowMs += 10;
      }
      assertEquals(given.size, asked, "each has a result");
      assert([...given.values()].every((times) => times === 1), "and one only");
      const ports = [...given.keys()].map((request) =>
        (request as { result: { port?: number } }).result.port
      ).filter((port) => port !== undefined);
      assertEquals(new Set(ports).size, ports.length, "no pick is handed out twice");
    }),
    { seed: 20_260_104, numRuns: 200 },
  );
});

/** An engine with two tries and no grace, which knows the agent's ways if it is to. */
function playedEngine({ speaksBatches = false } = {}): PlayedEngine {
  const played = new PlayedEngine(
    new RetryPolicy({ timeoutMs: 100, tries: 2, totalTimeoutMs: 0, gracePeriodMs: 0 }),
  );
  if (speaksBatches) {
    played.add(3);
    played.add(3);
    for (const frame of [...played.sends(0)]) {
      played.engine.receive(answerFrame(frame, () => 80)!, 1);
    }
    assertEquals([...played.completed()].length, 2);
  }
  return played;
}

/** The agent's answer to a frame, which has no routes; undefined when it does not know the message. */
function answerFrame(
  { msgid, body }: Frame,
  pick: () => number,
  speaksBatches = true,
): Frame | undefined {
  if (msgid === MessageId.ApiGetRouteRequest) return { msgid: msgid + 1, body };
  if (msgid > MessageId.ApiGetRouteRequest && !speaksBatches) return undefined;
  return { msgid: msgid + 1, body: answerTo({ msgid, body }, () => ({ ip: 1, port: pick() }))! };
}
