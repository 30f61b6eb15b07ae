import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { currentThreadId, Starvation, threadState } from "./thread_state.ts";

Deno.test("threadState() says what a thread has had of a processor", () => {
  const id = currentThreadId();
  const before = threadState(id);
  assert(before !== undefined);
  assert(before.isRunnable); // it asks, so it runs
  let after = before;
  while (after.cpuMs < before.cpuMs + 30) after = threadState(id)!;
  assertGreaterOrEqual(after.cpuMs, before.cpuMs + 30);
});

Deno.test("threadState() knows nothing of a thread that is not there, nor of one whose number is not known", () => {
  assertEquals(threadState(2 ** 30), undefined);
  assertEquals(threadState(0), undefined);
});

Deno.test({
  name: "threadState() knows nothing where libc may not be called",
  permissions: { read: true, ffi: false },
  fn() {
    assertEquals(currentThreadId(), 0);
    assertEquals(threadState(1), undefined);
  },
});

const RUNNABLE = true;
const WAITS = false;

for (
  const [what, looks, holds] of [
    ["waits for a processor", [[RUNNABLE, 50], [RUNNABLE, 50], [RUNNABLE, 60]], true],
    ["gets little of one", [[RUNNABLE, 0], [WAITS, 90], [RUNNABLE, 190]], true],
    ["is in a loop", [[RUNNABLE, 50], [RUNNABLE, 150], [RUNNABLE, 250]], false],
    ["is blocked", [[WAITS, 50], [WAITS, 50], [WAITS, 50]], false],
    ["is not known", [undefined, undefined], false],
    ["is not known any more", [[RUNNABLE, 50], undefined], false],
  ] as const
) {
  Deno.test(`Starvation ${holds ? "holds" : "does not hold"} for a thread that ${what}`, () => {
    const starvation = new Starvation();
    for (const look of looks) {
      starvation.sample(look && { isRunnable: look[0], cpuMs: look[1] });
    }
    assertEquals(starvation.holdsFor(200), holds);
  });
}
