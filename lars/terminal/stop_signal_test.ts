import { assertEquals } from "@std/assert";
import { childEnv } from "../../testing/process.ts";
import { stopped, StopSignal } from "./stop_signal.ts";

Deno.test("stopped() resolves when the signal is aborted, and leaves no timer", async () => {
  const controller = new AbortController();
  const waiting = stopped(controller.signal, 1_000_000);
  controller.abort();
  await waiting;
});

Deno.test("stopped() resolves at once when the signal was aborted before", async () => {
  await stopped(AbortSignal.abort(), Infinity);
});

Deno.test("stopped() resolves when the time is over, or was before", async () => {
  const { signal } = new AbortController();
  await stopped(signal, 1);
  await stopped(signal, -5);
});

Deno.test("StopSignal is aborted by SIGTERM", async () => {
  using stop = new StopSignal();
  assertEquals(stop.signal.aborted, false);
  // Listening to signals does not keep the event loop alive: the timer does.
  const waiting = stopped(stop.signal, 60_000);
  Deno.kill(Deno.pid, "SIGTERM");
  await waiting;
  assertEquals(stop.signal.aborted, true);
});

Deno.test("StopSignal leaves SIGHUP to nohup where there is no terminal", async () => {
  const module = new URL("./stop_signal.ts", import.meta.url).href;
  const script = `import { stopped, StopSignal } from ${JSON.stringify(module)};
using stop = new StopSignal();
Deno.kill(Deno.pid, "SIGHUP");
Deno.kill(Deno.pid, "SIGTERM");
await stopped(stop.signal, 60_000);
console.log(stop.signal.reason.message);`;
  const { code, stdout } = await new Deno.Command("nohup", {
    args: [Deno.execPath(), "eval", "--no-lock", script],
    clearEnv: true,
    env: childEnv(),
    stdin: "null",
    stderr: "null",
  }).output();
  assertEquals([code, new TextDecoder().decode(stdout)], [0, "Stopped by SIGTERM\n"]);
});
