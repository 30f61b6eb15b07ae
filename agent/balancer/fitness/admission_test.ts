import { assert, assertEquals } from "@std/assert";
import { Admission } from "./admission.ts";

/** Learns of equal calls, one each millisecond. */
function learn(
  admission: Admission,
  { succeeded, costMs, calls, fromMs = 0 }: {
    succeeded: boolean;
    costMs: number;
    calls: number;
    fromMs?: number;
  },
): void {
  for (let n = 0; n < calls; n++) admission.learn(succeeded, costMs, fromMs + n);
}

/** Hosts at rest, then saturated: calls take most of the second that callers wait, and some longer. */
function saturated(): Admission {
  const admission = new Admission();
  learn(admission, { succeeded: true, costMs: 20, calls: 200 });
  for (let n = 0; n < 100; n++) admission.learn(n % 5 !== 0, n % 5 === 0 ? 1000 : 700, 300 + n);
  return admission;
}

Deno.test("Admission is open to hosts that fail fast, however many calls fail", () => {
  const admission = new Admission();
  learn(admission, { succeeded: true, costMs: 20, calls: 200 });
  learn(admission, { succeeded: false, costMs: 1, calls: 200, fromMs: 200 });
  assert(admission.admits(400));
});

Deno.test("Admission is open when one host is dead and the others are quick", () => {
  const admission = new Admission();
  for (let n = 0; n < 500; n++) admission.learn(n % 5 !== 0, n % 5 === 0 ? 1000 : 20, n);
  assertEquals(admission.isClosed, false);
});

Deno.test("Admission is open to hosts that are slow without time-outs", () => {
  const admission = new Admission();
  learn(admission, { succeeded: true, costMs: 20, calls: 200 });
  learn(admission, { succeeded: true, costMs: 900, calls: 200, fromMs: 200 });
  assertEquals(admission.isClosed, false);
});

Deno.test("Admission closes when calls wait and time out, but for a call now and then", () => {
  const admission = saturated();
  assert(admission.isClosed);
  const admitted = Array.from({ length: 100 }, (_, n) => admission.admits(1000 + n));
  const count = admitted.filter(Boolean).length;
  assert(count >= 3 && count < 100, `${count}`);
});

Deno.test("Admission lets quick answers pay for more calls than late ones, and failures for none", () => {
  const paid = [[true, 20], [true, 900], [false, 1000]].map(([succeeded, costMs]) => {
    const admission = saturated();
    while (admission.admits(1000));
    learn(admission, { succeeded: !!succeeded, costMs: Number(costMs), calls: 10, fromMs: 1000 });
    let calls = 0;
    while (admission.admits(1001)) calls++;
    return calls;
  });
  assert(paid[0] >= 13 && paid[1] < 10 && paid[2] === 0, `${paid}`);
});

Deno.test("Admission opens when calls are quick again", () => {
  const admission = saturated();
  learn(admission, { succeeded: true, costMs: 20, calls: 200, fromMs: 1000 });
  assertEquals(admission.isClosed, false);
});

Deno.test("Admission stays open for a while where closing does not help", () => {
  const admission = saturated();
  learn(admission, { succeeded: true, costMs: 700, calls: 10, fromMs: 4000 });
  assertEquals(admission.isClosed, false);
  learn(admission, { succeeded: false, costMs: 1000, calls: 50, fromMs: 5000 });
  assertEquals(admission.isClosed, false);
  learn(admission, { succeeded: false, costMs: 1000, calls: 1, fromMs: 40_000 });
  assertEquals(admission.isClosed, true);
});

Deno.test("Admission heeds no call that was not measured", () => {
  const admission = new Admission();
  learn(admission, { succeeded: false, costMs: 0, calls: 1000 });
  assert(admission.admits(2000));
});
