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

Deno.test("HostState.countFailures() has each but the first in a row cost what it costs", () => {
  const host = idleHost();
  host.countFailures(3, 10);
  assertEquals(countsOf(host), { vsucc: 180, verr: 21, rsucc: 0, rerr: 3, runSucc: 0, runErr: 3 });
  host.countFailures(2, 10);
  assertEquals(countsOf(host), { vsucc: 180, verr: 41, rsucc: 0, rerr: 5, runSucc: 0, runErr: 5 });
});

Deno.test("HostState.countSuccesses() ends a run of failures", () => {
  const host = idleHost();
  host.countFailures(3, 1);
  host.countSuccesses(4);
  assertEquals(countsOf(host), { vsucc: 184, verr: 3, rsucc: 4, rerr: 3, runSucc: 4, runErr: 0 });
});

Deno.test("HostState.beginOverloaded() and beginIdle() begin with the credit and the charge", () => {
  const host = idleHost();
  host.countFailures(3, 1);
  host.badWindows = 2;
  host.suppressed = true;
  const none = { rsucc: 0, rerr: 0, runSucc: 0, runErr: 0 };
  host.beginOverloaded(5, 70);
  assertEquals(countsOf(host), { vsucc: 0, verr: 5, ...none });
  assertEquals([host.overloaded, host.sinceMs, host.badWindows, host.suppressed], [
    true,
    70,
    0,
    false,
  ]);
  host.beginIdle(180, 90);
  assertEquals(countsOf(host), { vsucc: 180, verr: 0, ...none });
  assertEquals([host.overloaded, host.sinceMs], [false, 90]);
});

Deno.test("HostState.agePlace is one place, made when it is first asked for", () => {
  const host = idleHost();
  assertEquals(host.agePlace === host.agePlace, true);
  assertEquals([host.agePlace.owner === host, host.agePlace === host.place], [true, false]);
});
