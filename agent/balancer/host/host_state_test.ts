import { assertEquals } from "@std/assert";
import { HostState } from "./host_state.ts";

function countsOf({ vsucc, verr, rsucc, rerr, runSucc, runErr }: HostState) {
  return { vsucc, verr, rsucc, rerr, runSucc, runErr };
}

function idleHost(): HostState {
  const host = new HostState({ ip: 1, port: 2, weight: 3 });
  host.beginIdle(180, 0);
  return host;
}

Deno.test("HostState.count() counts calls, and runs of equal outcomes", () => {
  const host = idleHost();
  host.count(3, false);
  assertEquals(countsOf(host), { vsucc: 180, verr: 3, rsucc: 0, rerr: 3, runSucc: 0, runErr: 3 });
  host.count(4, true);
  assertEquals(countsOf(host), { vsucc: 184, verr: 3, rsucc: 4, rerr: 3, runSucc: 4, runErr: 0 });
  assertEquals(host.failureRate, 3 / 187);
});

Deno.test("HostState.beginOverloaded() and beginIdle() begin with the credit and the charge", () => {
  const host = idleHost();
  host.count(3, false);
  host.suppressed = true;
  const none = { rsucc: 0, rerr: 0, runSucc: 0, runErr: 0 };
  host.beginOverloaded(5, 70);
  assertEquals(countsOf(host), { vsucc: 0, verr: 5, ...none });
  assertEquals([host.overloaded, host.sinceMs, host.triedAtMs, host.suppressed], [
    true,
    70,
    70,
    false,
  ]);
  host.beginIdle(180, 90);
  assertEquals(countsOf(host), { vsucc: 180, verr: 0, ...none });
  assertEquals([host.overloaded, host.sinceMs], [false, 90]);
});
