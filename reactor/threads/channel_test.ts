import { assertEquals, assertRejects } from "@std/assert";
import { Inbox } from "../../testing/inbox.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { CallError, type CallFailure, Channel, type ChannelOptions } from "./channel.ts";

type Near = {
  posts: { kind: "note"; text: string } | { kind: "bytes"; bytes: Uint8Array };
  calls: { kind: "upper"; text: string } | { kind: "never" };
  replies: string;
};
type Far = { posts: { kind: "note"; text: string }; calls: never; replies: never };

/** Two ends of a channel, the far one of which the test is. */
function open(far: ChannelOptions<Near> = {}) {
  const { port1, port2 } = new MessageChannel();
  const clock = new VirtualClock();
  const posts = new Inbox<Far["posts"]>();
  const notes = new Inbox<Near["posts"]>();
  const calls = new Inbox<Near["calls"]>();
  const ends = {
    near: new Channel<Near, Far>(port1, { onPost: (message) => posts.push(message), clock }),
    far: new Channel<Far, Near>(port2, {
      onPost: (message) => notes.push(message),
      onCall(request) {
        calls.push(request);
        if (request.kind === "never") return new Promise(() => {});
        if (request.text === "") throw new RangeError("no text");
        return request.text.toUpperCase();
      },
      ...far,
    }),
  };
  const close = () => {
    ends.near.close();
    ends.far.close();
  };
  return { ...ends, calls, clock, posts, notes, [Symbol.dispose]: close };
}

/** Checks that a call has no reply, and why. */
async function assertFails(call: Promise<unknown>, failure: CallFailure, message: string) {
  const error = await assertRejects(() => call, CallError, message);
  assertEquals(error.failure, failure);
}

Deno.test("Channel.post() sends both ways, in order, and hands over what is transferred", async () => {
  using ends = open();
  const bytes = Uint8Array.of(1, 2);
  ends.near.post({ kind: "note", text: "a" });
  ends.near.post({ kind: "bytes", bytes }, [bytes.buffer]);
  ends.far.post({ kind: "note", text: "b" });
  assertEquals(bytes.length, 0);
  assertEquals(await ends.notes.next(), { kind: "note", text: "a" });
  assertEquals(await ends.notes.next(), { kind: "bytes", bytes: Uint8Array.of(1, 2) });
  assertEquals(await ends.posts.next(), { kind: "note", text: "b" });
});

Deno.test("Channel.call() resolves to the reply to its request, in whatever order they come", async () => {
  const replies = new Map<string, (reply: string) => void>();
  using ends = open({
    onCall: (request) =>
      new Promise((resolve) => {
        if (request.kind === "upper") replies.set(request.text, resolve);
        if (replies.size < 2) return;
        for (const text of ["b", "a"]) replies.get(text)?.(text.toUpperCase());
      }),
  });
  const calls = ["a", "b"].map((text) => ends.near.call({ kind: "upper", text }));
  assertEquals(await Promise.all(calls), ["A", "B"]);
});

Deno.test("Channel.call() rejects with what the other end threw", async () => {
  using ends = open();
  const call = ends.near.call({ kind: "upper", text: "" });
  const error = await assertRejects(() => call, Error, "no text");
  assertEquals(error.name, "RangeError");
});

Deno.test("Channel.call() rejects when its time is over, and leaves a late reply", async () => {
  const late = Promise.withResolvers<string>();
  using ends = open({ onCall: () => late.promise });
  const call = ends.near.call({ kind: "upper", text: "a" }, { timeoutMs: 50 });
  const failed = assertFails(call, "timeout", 'Cannot call "upper" as no reply came within 50 ms');
  await ends.clock.advance(50);
  await failed;
  late.resolve("A");
  assertEquals(await ends.near.call({ kind: "upper", text: "b" }, { timeoutMs: 50 }), "A");
  assertEquals(ends.clock.timers, 0);
});

Deno.test("Channel.call() sends nothing when too many wait, and again when they have their replies", async () => {
  using ends = open();
  const limit = { timeoutMs: 50, maxWaiting: 2 };
  const waiting = [1, 2].map(() => ends.near.call({ kind: "never" }, limit).catch(() => "late"));
  await assertFails(ends.near.call({ kind: "upper", text: "a" }, limit), "busy", "2 calls wait");
  await ends.clock.advance(50);
  assertEquals(await Promise.all(waiting), ["late", "late"]);
  assertEquals(await ends.near.call({ kind: "upper", text: "b" }, limit), "B");
  assertEquals(ends.calls.count(({ kind }) => kind === "upper"), 1);
});

Deno.test("Channel.close() gives up the calls that wait, and takes no more", async () => {
  using ends = open();
  const calls = [1, 2].map(() => ends.near.call({ kind: "never" }, { timeoutMs: 50 }));
  ends.near.close();
  for (const call of calls) await assertFails(call, "closed", "the channel is closed");
  await assertFails(ends.near.call({ kind: "never" }), "closed", 'Cannot call "never"');
  ends.near.post({ kind: "note", text: "lost" });
  assertEquals(ends.clock.timers, 0);
});

Deno.test("Channel.close() gives the calls that wait up with an error, if there is one", async () => {
  using ends = open();
  const call = ends.near.call({ kind: "never" });
  ends.near.close(new TypeError("it threw"));
  await assertRejects(() => call, TypeError, "it threw");
});
