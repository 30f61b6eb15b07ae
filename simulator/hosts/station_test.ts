import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Station, TURNED_AWAY } from "./station.ts";

const PATIENT = 3_600_000;

Deno.test("Station.accept() lets nobody wait while a worker is free", () => {
  const station = new Station({ workers: 2, maxWaitMs: PATIENT });
  assertEquals([station.accept(100, 0), station.accept(100, 50)], [0, 0]);
  // The first worker is free again at 100.
  assertEquals(station.accept(100, 100), 0);
});

Deno.test("Station.accept() has calls wait for the first worker that is free", () => {
  const station = new Station({ workers: 2, maxWaitMs: PATIENT });
  station.accept(100, 0);
  station.accept(30, 0);
  assertEquals([station.accept(50, 10), station.accept(1, 10), station.accept(1, 10)], [
    20,
    70,
    71,
  ]);
});

Deno.test("Station.accept() turns a call away when it would wait too long, and serves it not", () => {
  const station = new Station({ workers: 1, maxWaitMs: 50 });
  station.accept(100, 0);
  assertEquals(station.accept(1000, 49), TURNED_AWAY);
  assertEquals(station.accept(1000, 50), 50);
  assertEquals(station.accept(1000, 1049), TURNED_AWAY);
  assertEquals(station.accept(1000, 1100), 0);
});

Deno.test("Station.accept() turns every call away that would wait at all when maxWaitMs is 0", () => {
  const station = new Station({ workers: 1, maxWaitMs: 0 });
  assertEquals([0, 5, 10].map((nowMs) => station.accept(10, nowMs)), [0, TURNED_AWAY, 0]);
});

Deno.test("Station.accept() serves as many at once as there are workers, and never more", () => {
  const calls = fc.array(
    fc.record({ gapMs: fc.nat(20), serviceMs: fc.integer({ min: 1, max: 50 }) }),
  );
  fc.assert(fc.property(fc.integer({ min: 1, max: 5 }), calls, (workers, calls) => {
    const station = new Station({ workers, maxWaitMs: PATIENT });
    const served: { fromMs: number; untilMs: number }[] = [];
    let nowMs = 0;
    for (const { gapMs, serviceMs } of calls) {
      nowMs += gapMs;
      const waitMs = station.accept(serviceMs, nowMs);
      const fromMs = nowMs + waitMs;
      const busyAt = (ms: number) =>
        served.filter(({ fromMs, untilMs }) => fromMs <= ms && ms < untilMs).length;
      assertEquals(busyAt(fromMs) < workers, true, `${busyAt(fromMs)} of ${workers} are busy`);
      // Nobody waits while a worker is free.
      if (waitMs > 0) assertEquals(busyAt(fromMs - 0.5), workers);
      served.push({ fromMs, untilMs: fromMs + serviceMs });
    }
  }));
});

Deno.test("Station.waitMs() and turnsAway() say beforehand what accept() will do", () => {
  const station = new Station({ workers: 1, maxWaitMs: 40 });
  const waits = [10, 30, 60, 1].map((serviceMs) => {
    const waitMs = station.waitMs(5);
    const isTurnedAway = station.turnsAway(waitMs);
    assertEquals(station.accept(serviceMs, 5), isTurnedAway ? TURNED_AWAY : waitMs);
    return waitMs;
  });
  assertEquals(waits, [0, 10, 40, 100]);
});
