import { assert, assertEquals, assertRejects } from "@std/assert";
import { runProgram } from "../../testing/process.ts";
import type { HostEvent, HostInit, HostTraffic } from "../../testing/reactor/host_worker.ts";
import { until } from "../../testing/until.ts";
import { Inbox } from "../../testing/inbox.ts";
import { CallError } from "./channel.ts";
import { type LossReason, WorkerHost } from "./worker_host.ts";
import { WorkerSpare } from "./worker_spare.ts";

const WORKER = new URL("../../testing/reactor/host_worker.ts", import.meta.url);

type Told =
  | { kind: "ready" }
  | { kind: "message"; message: HostEvent }
  | { kind: "lost"; reason: LossReason; error?: Error }
  | { kind: "freed" };

/** A host under test, with what it told. */
class Subject {
  readonly told = new Inbox<Told>();
  /** Lets workers come out of their loop. */
  readonly release = new Int32Array(new SharedArrayBuffer(4));
  host!: WorkerHost<HostInit, HostTraffic, HostEvent>;
  #starts = 0;

  static async start(
    { behave = () => ({}), url = WORKER, spare }: {
      behave?: (start: number) => Partial<HostInit>;
      url?: URL;
      spare?: WorkerSpare;
    } = {},
  ): Promise<Subject> {
    const subject = new Subject();
    subject.host = await WorkerHost.start({
      url,
      name: "subject",
      init: () => ({
        start: subject.#starts,
        release: subject.release.buffer,
        ...behave(subject.#starts++),
      }),
      onPost: (message) => subject.told.push({ kind: "message", message }),
      onReady: () => subject.told.push({ kind: "ready" }),
      onLost: (reason, error) => subject.told.push({ kind: "lost", reason, error }),
      onFreed: () => subject.told.push({ kind: "freed" }),
      spare,
    });
    return subject;
  }

  async ready(): Promise<void> {
    await this.told.take(({ kind }) => kind === "ready");
  }

  async lost(): Promise<{ reason: LossReason; error?: Error }> {
    const told = await this.told.take(({ kind }) => kind === "lost");
    assert(told.kind === "lost");
    return told;
  }

  async message(): Promise<HostEvent> {
    const told = await this.told.take(({ kind }) => kind === "message");
    assert(told.kind === "message");
    return told.message;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.stop();
  }
}

Deno.test("WorkerHost starts a worker and passes messages both ways", async () => {
  await using subject = await Subject.start();
  await subject.ready();
  assert(subject.host.isReady);
  subject.host.post({ kind: "echo", echo: "hello" });
  assertEquals(await subject.message(), { kind: "echo", start: 0, echo: "hello" });
  const buffer = new ArrayBuffer(8);
  subject.host.post({ kind: "echo", echo: buffer }, [buffer]);
  assertEquals(buffer.detached, true);
  assertEquals(await subject.message(), { kind: "echo", start: 0, echo: new ArrayBuffer(8) });
  assertEquals(subject.host.stuck, 0);
});

Deno.test("WorkerHost.call() gives what the worker replies or throws", async () => {
  await using subject = await Subject.start();
  assertEquals(await subject.host.call({ kind: "echo", echo: [1] }), [1]);
  const error = await assertRejects(
    () => subject.host.call({ kind: "throw" }),
    Error,
    "call threw",
  );
  assertEquals(error.name, "RangeError");
});

Deno.test("WorkerHost.call() rejects when the worker is lost, and until there is another", async () => {
  await using subject = await Subject.start();
  await subject.ready();
  const call = subject.host.call({ kind: "never" });
  subject.host.post({ kind: "close" });
  await assertRejects(() => call, CallError, "closed");
  await assertRejects(() => subject.host.call({ kind: "echo", echo: 1 }), CallError, "closed");
  await subject.ready();
  assertEquals(await subject.host.call({ kind: "echo", echo: 2 }), 2);
});

Deno.test("start() rejects with what the worker's set-up threw", async () => {
  const failing = (setup: HostInit["setup"]) => () => Subject.start({ behave: () => ({ setup }) });
  const thrown = await assertRejects(failing("throw"), Error, "set-up threw");
  assertEquals(thrown.name, "RangeError");
  const rejected = await assertRejects(failing("reject"), Error, "set-up rejected");
  assertEquals(rejected.name, "AddrInUse");
  await assertRejects(failing("throw a string"), Error, "set-up threw a string");
  await assertRejects(failing("close"), Error, "Cannot start worker subject: it ended itself");
});

Deno.test("start() rejects when there is no such module", async () => {
  const url = new URL("../testdata/no_such_worker.ts", import.meta.url);
  await assertRejects(() => Subject.start({ url }), Error);
});

for (
  const [task, reason, message] of [
    ["throw", "threw", "worker threw"],
    ["reject", "threw", "worker rejected"],
    ["close", "ended", undefined],
    ["exit", "ended", undefined],
  ] as const
) {
  Deno.test(`WorkerHost replaces a worker after "${task}", with a new init`, async () => {
    await using subject = await Subject.start();
    await subject.ready();
    subject.host.post({ kind: task });
    const loss = await subject.lost();
    assertEquals(loss.reason, reason);
    if (message !== undefined) assert(loss.error?.message.includes(message), loss.error?.message);
    assertEquals(subject.host.isReady, false);
    subject.host.post({ kind: "echo", echo: "into the void" });
    await subject.ready();
    subject.host.post({ kind: "echo", echo: "again" });
    assertEquals(await subject.message(), { kind: "echo", start: 1, echo: "again" });
    assertEquals(subject.host.stuck, 0);
  });
}

Deno.test("WorkerHost goes on trying when a replacement cannot be set up", async () => {
  await using subject = await Subject.start({
    behave: (start) => start === 1 || start === 2 ? { setup: "throw" } : {},
  });
  await subject.ready();
  subject.host.post({ kind: "throw" });
  const losses = [await subject.lost(), await subject.lost(), await subject.lost()];
  assertEquals(losses.map(({ error }) => error?.name), ["Error", "RangeError", "RangeError"]);
  await subject.ready();
  subject.host.post({ kind: "echo", echo: 1 });
  assertEquals(await subject.message(), { kind: "echo", start: 3, echo: 1 });
});

Deno.test("WorkerHost replaces a worker that hangs", async () => {
  // In a process of its own: terminate() cannot stop the thread, which spins until its process ends.
  const script = new URL("../../testing/reactor/hung_worker.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await runProgram(["run", "--allow-read", "--allow-ffi", script]);
  assertEquals(code, 0, stderr);
  assertEquals(JSON.parse(stdout), {
    reason: "hung",
    echo: { kind: "echo", start: 1, echo: "alive" },
    stuck: 1,
  });
});

Deno.test("WorkerHost ends a worker that comes out of its loop after it was replaced", async () => {
  await using subject = await Subject.start();
  await subject.ready();
  subject.host.post({ kind: "hang until released" });
  assertEquals((await subject.lost()).reason, "hung");
  assertEquals([subject.host.isReady, subject.host.stuck], [false, 1]);
  subject.release[0] = 1;
  await subject.told.take(({ kind }) => kind === "freed");
  assertEquals(subject.host.stuck, 0);
  await subject.ready();
  subject.host.post({ kind: "echo", echo: "alive" });
  assertEquals(await subject.message(), { kind: "echo", start: 1, echo: "alive" });
});

Deno.test("WorkerHost keeps a worker that beats amid long work", async () => {
  await using subject = await Subject.start();
  subject.host.post({ kind: "work for a while" });
  subject.host.post({ kind: "echo", echo: "done" });
  assertEquals(await subject.message(), { kind: "echo", start: 0, echo: "done" });
  assertEquals(subject.told.count(({ kind }) => kind === "lost"), 0);
});

Deno.test("WorkerHost goes on when a replacement hangs in its set-up", async () => {
  await using subject = await Subject.start({
    behave: (start) => start === 1 ? { setup: "hang until released" } : {},
  });
  await subject.ready();
  subject.host.post({ kind: "close" });
  assertEquals((await subject.lost()).reason, "ended");
  assertEquals((await subject.lost()).reason, "hung");
  subject.release[0] = 1;
  await subject.told.take(({ kind }) => kind === "freed");
  await subject.ready();
  subject.host.post({ kind: "echo", echo: "alive" });
  assertEquals(await subject.message(), { kind: "echo", start: 2, echo: "alive" });
});

Deno.test("start() rejects when the worker hangs in its set-up", async () => {
  const freed = Promise.withResolvers<void>();
  const release = new Int32Array(new SharedArrayBuffer(4));
  const started = WorkerHost.start<HostInit, HostTraffic, HostEvent>({
    url: WORKER,
    name: "subject",
    init: () => ({ start: 0, setup: "hang until released", release: release.buffer }),
    onFreed: freed.resolve,
  });
  await assertRejects(() => started, Error, "Cannot start worker subject: it hangs");
  release[0] = 1;
  await freed.promise;
});

Deno.test("WorkerHost takes its worker from a spare, and the spare makes another", async () => {
  const spare = new WorkerSpare(WORKER, { delayMs: 0 });
  await until(() => spare.isThere);
  await using subject = await Subject.start({ spare });
  await until(() => spare.isThere);
  for (const start of [0, 1]) {
    await subject.ready();
    subject.host.post({ kind: "tell name" });
    assertEquals(await subject.message(), { kind: "echo", start, echo: "spare" });
    if (start === 0) subject.host.post({ kind: "close" });
  }
  spare.stop();
});

Deno.test("WorkerHost starts a worker itself while the spare cannot be loaded", async () => {
  const url = new URL("../testdata/no_such_worker.ts", import.meta.url);
  const spare = new WorkerSpare(url, { delayMs: 200 });
  await until(() => spare.isThere);
  await until(() => !spare.isThere);
  await using subject = await Subject.start({ spare });
  subject.host.post({ kind: "tell name" });
  assertEquals(await subject.message(), { kind: "echo", start: 0, echo: "subject" });
  spare.stop();
});

Deno.test("stop() waits until the worker has finished what is in hand", async () => {
  const subject = await Subject.start();
  const stopping = subject.host.stop();
  assertEquals(subject.host.stop(), stopping);
  await stopping;
  assertEquals(subject.told.count(({ kind }) => kind === "message"), 1);
  assertEquals(await subject.message(), { kind: "stopping", start: 0 });
  assertEquals(subject.host.isReady, false);
});

Deno.test("stop() rejects with what the worker's stop threw", async () => {
  const subject = await Subject.start({ behave: () => ({ stop: "throw" }) });
  const error = await assertRejects(() => subject.host.stop(), Error, "stop threw");
  assertEquals(error.name, "TypeError");
});

Deno.test("stop() takes a worker that ends itself meanwhile", async () => {
  const subject = await Subject.start({ behave: () => ({ stop: "close" }) });
  await subject.host.stop();
});

Deno.test("stop() does not wait longer than its deadline", async () => {
  const subject = await Subject.start({ behave: () => ({ stop: "never end" }) });
  await subject.host.stop(20);
});

Deno.test("stop() keeps a lost worker from being replaced, also when it is the loss that asks", async () => {
  let starts = 0;
  const stopped = Promise.withResolvers<void>();
  const host = await WorkerHost.start<HostInit, HostTraffic, HostEvent>({
    url: WORKER,
    name: "subject",
    init: () => ({ start: starts++ }),
    onLost: () => stopped.resolve(host.stop()),
  });
  host.post({ kind: "close" });
  await stopped.promise;
  await new Promise((resolve) => setTimeout(resolve, 30)); // three times the wait for a replacement
  assertEquals(starts, 1);
});

Deno.test("stop() ends the attempts to replace a worker", async () => {
  const subject = await Subject.start({ behave: (start) => start > 0 ? { setup: "throw" } : {} });
  subject.host.post({ kind: "throw" });
  for (let i = 0; i < 3; i++) await subject.lost();
  await subject.host.stop();
  assertEquals(subject.told.count(({ kind }) => kind === "lost"), 0);
});
