import { assertEquals } from "@std/assert";
import { type Incident, Incidents, NO_INCIDENT } from "./incidents.ts";

const AGENT = 0;
const HOST = 1;
const AT = { agent: AGENT, host: HOST };
const REPORT_DELAY_MS = 1000;
/** Four hosts of equal weight. */
const SPAN = 4;

/** One agent, four hosts. */
function create(): Incidents {
  return new Incidents({ agents: 1, hosts: 4, reportDelayMs: REPORT_DELAY_MS });
}

/** The policy keeps calls off the host from now on, or no longer. */
function setOut(incidents: Incidents, isOut: boolean, nowMs: number): void {
  incidents.setOut({ ...AT, isOut, byPolicy: true }, nowMs);
}

/** The agent picks these hosts in turn, one each 10 ms. */
function pick(incidents: Incidents, hosts: readonly number[], fromMs: number): void {
  for (const [i, host] of hosts.entries()) {
    incidents.picked({ agent: AGENT, host, span: SPAN }, fromMs + i * 10);
  }
}

/** Picks of all hosts in turn, {@linkcode HOST} being the second of every four. */
function evenPicks(rounds: number): number[] {
  return Array.from({ length: rounds }, () => [0, HOST, 2, 3]).flat();
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
  const incidents = new Incidents({ agents: 2, hosts: 4, reportDelayMs: REPORT_DELAY_MS });
  incidents.faultBegan({ agent: 1, host: 0 }, 5000);
  assertEquals([incidents.current(0, 0), incidents.current(1, 0)], [NO_INCIDENT, 0]);
  incidents.setOut({ agent: 0, host: 0, isOut: true, byPolicy: true }, 6000);
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

Deno.test("Incidents counts an ejection as false when the host had nothing", () => {
  const incidents = create();
  setOut(incidents, true, 1000);
  setOut(incidents, true, 1500);
  setOut(incidents, false, 2000);
  assertEquals(incidents.falseEjections, 1);
  assertEquals(incidents.ejections, [{ ...AT, fromSec: 1, untilSec: 2 }]);
  setOut(incidents, true, 3000);
  assertEquals(incidents.falseEjections, 2);
  assertEquals(incidents.ejections[1], { ...AT, fromSec: 3 });
});

Deno.test("Incidents counts no ejection as false while reports of a fault may still come", () => {
  for (
    const [laterMs, falseEjections] of [[0, 0], [REPORT_DELAY_MS, 0], [REPORT_DELAY_MS + 1, 1]]
  ) {
    const incidents = create();
    incidents.faultBegan(AT, 5000);
    incidents.faultEnded(AT, 8000);
    setOut(incidents, true, 8000 + laterMs);
    assertEquals(incidents.falseEjections, falseEjections, `${laterMs} ms after the fault`);
  }
});

Deno.test("Incidents counts no ejection when a host left the route", () => {
  const incidents = create();
  incidents.setOut({ ...AT, isOut: true, byPolicy: false }, 1000);
  assertEquals([incidents.falseEjections, incidents.ejections], [0, []]);
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

Deno.test("Incidents.picked() finds since when a second was at the full share", () => {
  const incidents = create();
  incidents.faultBegan(AT, 5000);
  pick(incidents, evenPicks(20), 5000);
  incidents.faultEnded(AT, 8000);
  pick(incidents, evenPicks(25), 9000);
  assertEquals(incidents.all[0].fullShareSec, undefined);
  pick(incidents, [HOST], 10_010);
  assertEquals(incidents.all[0].fullShareSec, 9.01);
});

Deno.test("Incidents.picked() takes half of the fair share for enough, and less for too little", () => {
  // One pick in so many goes to the host: half of its share of a quarter is one in 8.
  for (const [every, isFull] of [[8, true], [9, false]] as const) {
    const incidents = create();
    incidents.faultBegan(AT, 5000);
    incidents.faultEnded(AT, 8000);
    const picks = Array.from({ length: every * 30 }, (_, i) => i % every === 0 ? HOST : 0);
    pick(incidents, picks, 9000);
    assertEquals(incidents.all[0].fullShareSec, isFull ? 9 : undefined, `1 in ${every}`);
  }
});

Deno.test("Incidents.picked() passes over the picks at too small a share before", () => {
  const incidents = create();
  incidents.faultBegan(AT, 5000);
  incidents.faultEnded(AT, 8000);
  const probes = Array.from({ length: 1000 }, (_, i) => i % 100 === 0 ? HOST : 0);
  pick(incidents, probes, 9000);
  pick(incidents, evenPicks(30), 20_000);
  assertEquals(incidents.all[0].fullShareSec, 20.01);
});

Deno.test("Incidents.picked() takes no burst for the full share", () => {
  const incidents = create();
  incidents.faultBegan(AT, 5000);
  incidents.faultEnded(AT, 8000);
  pick(incidents, new Array(20).fill(HOST), 9000);
  pick(incidents, new Array(200).fill(0), 9200);
  assertEquals(incidents.all[0].fullShareSec, undefined);
  pick(incidents, evenPicks(40), 20_000);
  assertEquals(incidents.all[0].fullShareSec, 20.01);
});

Deno.test("Incidents.picked() looks at nothing while the host is sick or out", () => {
  const incidents = create();
  incidents.faultBegan(AT, 5000);
  pick(incidents, evenPicks(20), 6000);
  setOut(incidents, true, 7000);
  incidents.faultEnded(AT, 8000);
  pick(incidents, evenPicks(20), 8000);
  assertEquals(incidents.all[0].fullShareSec, undefined);
  setOut(incidents, false, 9000);
  pick(incidents, evenPicks(5), 9000);
  setOut(incidents, true, 9500);
  setOut(incidents, false, 10_000);
  pick(incidents, evenPicks(9), 10_000);
  assertEquals(incidents.all[0].fullShareSec, undefined);
  pick(incidents, evenPicks(1), 11_000);
  assertEquals(incidents.all[0].fullShareSec, 10.01);
});

Deno.test("Incidents is over when the host has its share: what comes then is without cause", () => {
  const incidents = create();
  incidents.faultBegan(AT, 5000);
  incidents.faultEnded(AT, 8000);
  pick(incidents, evenPicks(30), 8000);
  const over = structuredClone(incidents.all);
  assertEquals(over[0].fullShareSec, 8.01);
  setOut(incidents, true, 20_000);
  setOut(incidents, false, 30_000);
  assertEquals([incidents.all, incidents.falseEjections], [over, 1]);
});

Deno.test("Incidents leaves an incident without a full share when the next begins before it", () => {
  const incidents = create();
  incidents.faultBegan(AT, 5000);
  incidents.faultEnded(AT, 8000);
  pick(incidents, evenPicks(9), 8000);
  incidents.faultBegan(AT, 9000);
  incidents.faultEnded(AT, 10_000);
  pick(incidents, evenPicks(30), 10_000);
  assertEquals(incidents.all.map(({ fullShareSec }) => fullShareSec), [undefined, 10.01]);
});
