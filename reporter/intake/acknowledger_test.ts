import { assertEquals } from "@std/assert";
import { decodeMessage, MessageId, StatusAck } from "../../proto/mod.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { Acknowledger, type Reporting } from "./acknowledger.ts";
import { Unstored } from "./unstored.ts";

/** An agent that keeps what it is told, which is how many of its reports are stored. */
function createAgent({ isAnnounced = true } = {}) {
  const heard: number[] = [];
  const state: Reporting = { unstored: new Unstored() };
  const send = (msgid: number, body: Uint8Array) => {
    assertEquals(msgid, MessageId.StatusAck);
    heard.push(decodeMessage(new StatusAck(), body).stored);
    return true;
  };
  return { agent: { state, isAnnounced, send }, heard: () => heard.splice(0) };
}

Deno.test("Acknowledger tells agents what is stored as soon as it is, and that it is there when they say who they are", () => {
  const acknowledger = new Acknowledger({ clock: new VirtualClock() });
  const [one, other] = [createAgent(), createAgent()];
  acknowledger.greet(one.agent);
  assertEquals(one.heard(), [0]);
  for (const block of [1, 1, 2]) acknowledger.add(one.agent, { caller: 1, block });
  acknowledger.add(other.agent, { caller: 2, block: 2 });
  acknowledger.noteStored(1);
  assertEquals([one.heard(), other.heard()], [[2], []]);
  acknowledger.noteStored(2);
  assertEquals([one.heard(), other.heard()], [[3], [1]]);
  acknowledger.stop();
});

Deno.test("Acknowledger tells nothing to those who have not said who they are", async () => {
  const clock = new VirtualClock();
  const acknowledger = new Acknowledger({ clock });
  const { agent, heard } = createAgent({ isAnnounced: false });
  acknowledger.add(agent, { caller: 1, block: 1 });
  await clock.advance(5000);
  acknowledger.noteStored(1);
  assertEquals(heard(), []);
  acknowledger.stop();
});

Deno.test("Acknowledger lets agents know once a second that their reports still wait, but for those that are refused", async () => {
  const clock = new VirtualClock();
  const acknowledger = new Acknowledger({ clock });
  const [waits, refused, idle, gone] = [createAgent(), createAgent(), createAgent(), createAgent()];
  acknowledger.add(waits.agent, { caller: 1, block: 1 });
  acknowledger.add(refused.agent, { caller: 2, block: 1 });
  acknowledger.add(gone.agent, { caller: 3, block: 1 });
  acknowledger.noteRefused(Uint32Array.of(2));
  acknowledger.forget(gone.agent);
  await clock.advance(3000);
  assertEquals(waits.heard(), [0, 0, 0]);
  assertEquals([refused.heard(), idle.heard(), gone.heard()], [[], [], []]);
  acknowledger.noteStored(1);
  await clock.advance(3000);
  assertEquals([waits.heard(), refused.heard()], [[1], []]);
  acknowledger.stop();
  assertEquals(clock.timers, 0);
});
