import { assertEquals } from "@std/assert";
import { type Incident, Incidents, NO_INCIDENT } from "./incidents.ts";

const AGENT = 0;
const HOST = 1;
const AT = { agent: AGENT, host: HOST };

/** One agent, four hosts. */
function create(): Incidents {
  return new Incidents({ agents: 1, hosts: 4 });
}

/** The policy keeps calls off the host from now on, or no longer. */
function setOut(incidents: Incidents, isOut: boolean, nowMs: number): void {
  incidents.setOut({ ...AT, isOut, byPolicy: true }, nowMs);
}

/** A window ends in which the host had this share of its fair one. */
function takeShare(incidents: Incidents, share: number, sinceMs: number): void {
  incidents.tookShare({ ...AT, share, sinceMs });
}

/** The host is sick from 5 s to 8 s. */
function healed(): Incidents {
  const incidents = create();
  incidents.faultBegan(AT, 5000);
  incidents.faultEnded(AT, 8000);
  return incidents;
}

const NEW: Incident = { host: HOST, agent: AGENT, fromSec: 5, lostBefore: 0, lostAfter: 0 };

Deno.test("Incidents.current() is the incident from the beginning of a fault to its end", () => {
  const incidents = create();
  assertEquals(incidents.current(AGENT, HOST), NO_INCIDENT);
  incidents.faultBegan(AT, 5000);
  assertEquals([incidents.current(AGENT, HOST), incidents.current(AGENT, 2)], [0, NO_INCIDENT]);
  incidents.faultEnded(AT, 7000);
  assertEquals(incidents.current(AGENT, HOST), NO_INCIDENT);
  incidents.faultBegan({ agent: AGENT, host: 2 }, 8000);
  assertEquals(incidents.current(AGENT, 2), 1);
  assertEquals(incidents.all.map(({ host, fromSec }) => [host, fromSec]), [[HOST, 5], [2, 8]]);
});

Deno.test("Incidents keeps agents apart", () => {
  const incidents = new Incidents({ agents: 2, hosts: 4 });
  incidents.faultBegan({ agent: 1, host: 0 }, 5000);
  assertEquals([incidents.current(0, 0), incidents.current(1, 0)], [NO_INCIDENT, 0]);
  incidents.setOut({ agent: 0, host: 0, isOut: true, byPolicy: true }, 6000);
  incidents.tookShare({ agent: 0, host: 0, share: 0, sinceMs: 6000 });
  assertEquals([incidents.isDetected(0), incidents.falseEjections], [false, 1]);
});

Deno.test("Incidents makes one incident of faults that overlap", () => {
  const incidents = create();
  incidents.faultBegan(AT, 5000);
  incidents.faultBegan(AT, 6000);
  incidents.faultEnded(AT, 7000);
  assertEquals([incidents.current(AGENT, HOST), incidents.all], [0, [NEW]]);
  incidents.faultEnded(AT, 8000);
  assertEquals(incidents.all, [{ ...NEW, untilSec: 8, readmittedSec: 8 }]);
});

Deno.test("Incidents notes when a sick host is first kept out and when it is let back", () => {
  const incidents = create();
  incidents.faultBegan(AT, 5000);
  setOut(incidents, true, 6000);
  setOut(incidents, false, 6500);
  setOut(incidents, true, 7000);
  incidents.faultEnded(AT, 8000);
  assertEquals(incidents.all, [{ ...NEW, ejectedSec: 6, untilSec: 8 }]);
  setOut(incidents, false, 9000);
  assertEquals(incidents.all, [{ ...NEW, ejectedSec: 6, untilSec: 8, readmittedSec: 9 }]);
});

Deno.test("Incidents takes the last of several returns", () => {
  const incidents = create();
  incidents.faultBegan(AT, 5000);
  incidents.faultEnded(AT, 8000);
  setOut(incidents, true, 8500);
  assertEquals(incidents.all[0].readmittedSec, undefined);
  setOut(incidents, false, 9500);
  assertEquals(incidents.all[0].readmittedSec, 9.5);
});

Deno.test("Incidents takes a host for ejected from the first moment when it was out already", () => {
  const incidents = create();
  setOut(incidents, true, 1000);
  incidents.faultBegan(AT, 5000);
  assertEquals(incidents.all, [{ ...NEW, ejectedSec: 5 }]);
});

Deno.test("Incidents notes from when until when a policy keeps a host out", () => {
  const incidents = create();
  setOut(incidents, true, 1000);
  setOut(incidents, true, 1500);
  setOut(incidents, false, 2000);
  setOut(incidents, true, 3000);
  assertEquals(incidents.ejections, [{ ...AT, fromSec: 1, untilSec: 2 }, { ...AT, fromSec: 3 }]);
});

Deno.test("Incidents.tookShare() counts as false that a host that had nothing is left next to no picks", () => {
  const incidents = create();
  for (const share of [1, 0.1]) takeShare(incidents, share, 0);
  assertEquals(incidents.falseEjections, 0);
  // Windows in a row are one ejection.
  for (const share of [0.09, 0, 0.05]) takeShare(incidents, share, 1000);
  assertEquals(incidents.falseEjections, 1);
  for (const share of [0.5, 0]) takeShare(incidents, share, 2000);
  assertEquals(incidents.falseEjections, 2);
});

Deno.test("Incidents.tookShare() counts nothing as false until a host that was sick has its full share again", () => {
  const incidents = create();
  incidents.faultBegan(AT, 5000);
  takeShare(incidents, 0, 5000);
  incidents.faultEnded(AT, 8000);
  takeShare(incidents, 0, 20_000);
  assertEquals(incidents.falseEjections, 0);
  for (const share of [1, 0]) takeShare(incidents, share, 30_000);
  assertEquals(incidents.falseEjections, 1);
});

Deno.test("Incidents counts no ejection when a host left the route", () => {
  const incidents = create();
  incidents.setOut({ ...AT, isOut: true, byPolicy: false }, 1000);
  assertEquals(incidents.ejections, []);
  incidents.faultBegan(AT, 5000);
  assertEquals(incidents.isDetected(0), true);
});

Deno.test("Incidents ends an ejection when the host that is out leaves the route", () => {
  const incidents = create();
  setOut(incidents, true, 1000);
  incidents.setOut({ ...AT, isOut: true, byPolicy: false }, 2000);
  assertEquals(incidents.ejections, [{ ...AT, fromSec: 1, untilSec: 2 }]);
});

Deno.test("Incidents.isDetected() is true from the first ejection on", () => {
  const incidents = create();
  incidents.faultBegan(AT, 5000);
  assertEquals([incidents.isDetected(NO_INCIDENT), incidents.isDetected(0)], [false, false]);
  setOut(incidents, true, 6000);
  setOut(incidents, false, 7000);
  assertEquals(incidents.isDetected(0), true);
});

Deno.test("Incidents.lost() counts by whether the incident was detected when the call began", () => {
  const incidents = create();
  incidents.faultBegan(AT, 5000);
  for (const isDetected of [false, false, true]) incidents.lost(0, { isDetected });
  incidents.lost(NO_INCIDENT, { isDetected: false });
  assertEquals(incidents.all, [{ ...NEW, lostBefore: 2, lostAfter: 1 }]);
});

Deno.test("Incidents.tookShare() finds the windows in which half and all of the share are back", () => {
  const incidents = healed();
  for (const [i, share] of [0.1, 0.49, 0.5, 0.79, 0.8, 1].entries()) {
    takeShare(incidents, share, 9000 + 1000 * i);
  }
  assertEquals(incidents.all, [
    { ...NEW, untilSec: 8, readmittedSec: 8, halfShareSec: 11, fullShareSec: 13 },
  ]);
});

Deno.test("Incidents.tookShare() looks at no window that began before the host was well", () => {
  const incidents = create();
  incidents.faultBegan(AT, 5000);
  takeShare(incidents, 1, 6000);
  incidents.faultEnded(AT, 8000);
  takeShare(incidents, 1, 7999);
  assertEquals(incidents.all, [{ ...NEW, untilSec: 8, readmittedSec: 8 }]);
  takeShare(incidents, 1, 8000);
  assertEquals([incidents.all[0].halfShareSec, incidents.all[0].fullShareSec], [8, 8]);
});

Deno.test("Incidents is over when the host has its share: what comes then is without cause", () => {
  const incidents = healed();
  takeShare(incidents, 1, 8000);
  const over = structuredClone(incidents.all);
  setOut(incidents, true, 20_000);
  takeShare(incidents, 0, 20_000);
  setOut(incidents, false, 30_000);
  takeShare(incidents, 1, 30_000);
  assertEquals([incidents.all, incidents.falseEjections], [over, 1]);
});

Deno.test("Incidents leaves an incident without a full share when the next begins before it", () => {
  const incidents = healed();
  takeShare(incidents, 0.6, 8000);
  incidents.faultBegan(AT, 9000);
  incidents.faultEnded(AT, 10_000);
  takeShare(incidents, 1, 10_000);
  const times = incidents.all.map(({ halfShareSec, fullShareSec }) => [halfShareSec, fullShareSec]);
  assertEquals(times, [[8, undefined], [10, 10]]);
});
