import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import type { Ejection, Incident } from "./incidents.ts";
import { parseScenario, type ScenarioInput } from "../scenarios/scenario.ts";
import { SLICES, Timeline } from "./timeline.ts";
import { type TimelinePanel, timelineSvg } from "./timeline_svg.ts";

const SICK: Incident = {
  host: 1,
  agent: 0,
  fromSec: 10,
  untilSec: 40,
  lostBefore: 0,
  lostAfter: 0,
};
const OUT: Ejection = { host: 1, agent: 0, fromSec: 20, untilSec: 50 };

/** Where the plot of 720 px begins. */
const LEFT = 84;

/** An element, with its attributes; and its text, if it has no elements inside. */
interface Element {
  name: string;
  attributes: Record<string, string>;
  text: string;
}

/** Three hosts for 100 s, unless told otherwise. */
function panelOf(
  { scenario = {}, picks = [], ...more }:
    & { scenario?: Partial<ScenarioInput>; picks?: [host: number, sec: number, isLost?: boolean][] }
    & Partial<Pick<TimelinePanel, "title" | "incidents" | "ejections">>,
): TimelinePanel {
  const whole = parseScenario({
    name: "test",
    seconds: 100,
    callers: { perSecond: 1, timeoutMs: 1000 },
    hosts: [{ count: 3, latency: { kind: "constant", ms: 1 } }],
    ...scenario,
  }, "test");
  const hosts = whole.hosts.reduce((sum, { count }) => sum + count, 0);
  const timeline = new Timeline({ hosts, lengthMs: whole.seconds * 1000 });
  for (const [host, sec, isLost = false] of picks) {
    timeline.picked(host, sec * 1000);
    if (isLost) timeline.lost(host, sec * 1000);
  }
  return { title: "test: lars", scenario: whole, timeline, incidents: [], ejections: [], ...more };
}

/** Reads XML without comments and the like, and refuses what is not well-formed. */
function readXml(xml: string): Element[] {
  const token = /<\/([\w-]+)>|<([\w-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
  const elements: Element[] = [];
  const open: Element[] = [];
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex;
    const match = token.exec(xml);
    assert(match !== null, `no XML: ${xml.slice(at, at + 80)}`);
    const [whole, closed, name, attributes = "", isEmpty, text] = match;
    for (const [reference] of whole.matchAll(/&[^&;]*;?/g)) {
      assert(/^&(amp|lt|gt|quot);$/.test(reference), `no reference: ${reference}`);
    }
    // What XML 1.0 allows.
    assert(
      /^[\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u.test(whole),
      `no text: ${whole}`,
    );
    if (closed !== undefined) assertEquals(open.pop()?.name, closed);
    if (name !== undefined) {
      assert(elements.length === 0 || open.length > 0, "there are two roots");
      const pairs = [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [
        key,
        unescape(value),
      ]);
      assertEquals(new Set(pairs.map(([key]) => key)).size, pairs.length, "an attribute twice");
      const element = { name, attributes: Object.fromEntries(pairs), text: "" };
      elements.push(element);
      if (isEmpty === "") open.push(element);
    }
    if (text !== undefined && open.length > 0) open.at(-1)!.text += unescape(text);
    else if (text !== undefined) assertEquals(text.trim(), "", "text outside of the root");
  }
  assertEquals(open, []);
  return elements;
}

function unescape(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}

/** The elements of a class; of marks those in the plots, not in the legend. */
function find(svg: Element[], className: string): Element[] {
  return svg.filter(({ attributes }) =>
    attributes.class === className && !(attributes.width === "12" && attributes.height === "12")
  );
}

function draw(...panels: TimelinePanel[]): Element[] {
  return readXml(timelineSvg(panels));
}

/** Where rectangles are. */
function boxes(elements: Element[]): Record<string, number>[] {
  return elements.map(({ attributes: { x, y, width, height } }) => ({
    x: Number(x),
    y: Number(y),
    width: Number(width),
    height: Number(height),
  }));
}

Deno.test("timelineSvg() is one picture that says what it shows", () => {
  const [svg, ...others] = draw(panelOf({ title: "a: lars" }), panelOf({ title: "b: envoy" }));
  const { width, height, viewBox, xmlns, role, ...label } = svg.attributes;
  assertEquals([svg.name, xmlns, role], ["svg", "http://www.w3.org/2000/svg", "img"]);
  assertEquals(viewBox, `0 0 ${width} ${height}`);
  assertEquals(label["aria-label"], "a: lars; b: envoy");
  assertEquals(find(others, "title").map(({ text }) => text), ["a: lars", "b: envoy"]);
  assert(others.every(({ attributes: { y = "0" } }) => Number(y) <= Number(height)));
});

Deno.test("timelineSvg() has a row for each host, with its zone", () => {
  const latency = { kind: "constant", ms: 1 } as const;
  const hosts = [{ count: 2, latency }, { zone: "b", latency }];
  const rows = find(draw(panelOf({ scenario: { hosts } })), "faint end");
  assertEquals(rows.map(({ text }) => text), ["host 0", "host 1", "host 2, b"]);
  assertEquals(new Set(rows.map(({ attributes }) => attributes.y)).size, 3);
});

Deno.test("timelineSvg() has at most 40 rows, and says how many there would be", () => {
  const latency = { kind: "constant", ms: 1 } as const;
  const svg = draw(panelOf({ scenario: { hosts: [{ count: 41, latency }] } }));
  assertEquals(find(svg, "faint end").length, 40);
  assertEquals(find(svg, "title")[0].text, "test: lars (40 of 41 hosts)");
});

Deno.test("timelineSvg() draws picks where they are, and lost ones over them", () => {
  // 1 pick in a slice, where the fullest row has 2: slices are 4 px wide.
  const svg = draw(panelOf({ picks: [[0, 0], [0, 99.9], [1, 50, true]] }));
  const [first, second, ...more] = find(svg, "picks");
  const [lost, ...moreLost] = find(svg, "lost");
  assertEquals([more, moreLost], [[], []]);
  const base = Number(/^M84 (\d+)/.exec(first.attributes.d)![1]);
  const top = base - 16;
  assertEquals(first.attributes.d, `M84 ${base}V${top}h4V${base}h712V${top}h4V${base}z`);
  assertEquals(
    second.attributes.d,
    `M84 ${base + 22}h360V${top + 22}h4V${base + 22}h356V${base + 22}z`,
  );
  assertEquals(lost.attributes.d, second.attributes.d);
});

Deno.test("timelineSvg() fills half of a row with the average of the hosts", () => {
  const picks = Array.from(
    { length: 6 * SLICES },
    (_, i): [number, number] => [Math.floor(i / SLICES) % 3, (i % SLICES + 0.5) * 100 / SLICES],
  );
  for (const { attributes: { d } } of find(draw(panelOf({ picks })), "picks")) {
    const base = Number(/^M84 (\d+)/.exec(d)![1]);
    assertEquals(d, `M84 ${base}V${base - 8}h720V${base}z`);
  }
});

Deno.test("timelineSvg() draws every pick within its row", () => {
  const pick = fc.tuple(fc.nat(2), fc.double({ min: 0, max: 100, noNaN: true }), fc.boolean());
  fc.assert(fc.property(fc.array(pick), (picks) => {
    const svg = draw(panelOf({ picks }));
    const sums = [0, 0];
    for (const [i, className] of ["picks", "lost"].entries()) {
      for (const { attributes: { d } } of find(svg, className)) {
        const base = Number(/^M84 (\d+)/.exec(d)![1]);
        const width = [...d.matchAll(/h(\d+)/g)].reduce((sum, [, run]) => sum + Number(run), 0);
        assertEquals(width, SLICES * 4);
        for (const [, y] of d.matchAll(/V(\d+)/g)) {
          assert(Number(y) >= base - 16 && Number(y) <= base, d);
        }
        sums[i]++;
      }
    }
    const rowsWith = (picks: [number, number, boolean][]) =>
      new Set(picks.map(([host]) => host)).size;
    assertEquals(sums, [rowsWith(picks), rowsWith(picks.filter(([, , isLost]) => isLost))]);
  }));
});

Deno.test("timelineSvg() marks when a host was sick and when it was kept out", () => {
  const svg = draw(panelOf({ incidents: [SICK], ejections: [OUT, { ...OUT, host: 2 }] }));
  const rows = find(svg, "faint end").map(({ attributes }) => Number(attributes.y));
  const [sick, ...others] = boxes(find(svg, "sick"));
  assertEquals([sick.x, sick.width, others], [LEFT + 72, 216, []]);
  const outs = boxes(find(svg, "out"));
  assertEquals(outs.map(({ x, width }) => [x, width]), [[LEFT + 144, 216], [LEFT + 144, 216]]);
  // Below the row of its host.
  assertEquals(outs.map(({ y }) => y - sick.y), [17, 17 + rows[1] - rows[0]]);
  assert(sick.y < rows[1] && rows[1] < sick.y + sick.height);
});

Deno.test("timelineSvg() marks until the end what was not over by then", () => {
  const sick: Incident = { host: 1, agent: 0, fromSec: 75, lostBefore: 0, lostAfter: 0 };
  const out: Ejection = { host: 1, agent: 0, fromSec: 90 };
  const svg = draw(panelOf({ incidents: [sick], ejections: [out] }));
  const ends = boxes([...find(svg, "sick"), ...find(svg, "out")]).map(({ x, width }) => x + width);
  assertEquals(ends, [LEFT + 720, LEFT + 720]);
});

Deno.test("timelineSvg() shows an ejection that was too short to be seen, or came after the end", () => {
  const ejections = [{ ...OUT, untilSec: 20.001 }, { ...OUT, fromSec: 100.5, untilSec: 100.7 }];
  const outs = boxes(find(draw(panelOf({ ejections })), "out"));
  assertEquals(outs.map(({ x, width }) => [x, width]), [[LEFT + 144, 1], [LEFT + 720, 1]]);
});

Deno.test("timelineSvg() marks a fault once that several agents see, and their ejections over each other", () => {
  const svg = draw(panelOf({
    scenario: { agents: 2 },
    incidents: [SICK, { ...SICK, agent: 1 }],
    ejections: [OUT, { ...OUT, agent: 1 }],
  }));
  assertEquals(find(svg, "sick").length, 1);
  assertEquals(find(svg, "out").map(({ attributes }) => attributes.opacity), ["0.5", "0.5"]);
});

Deno.test("timelineSvg() has at most nine marks on the axis, at even times", () => {
  const marksOf = (seconds: number) =>
    find(draw(panelOf({ scenario: { seconds } })), "faint middle").map(({ text }) => text);
  assertEquals(marksOf(100), ["0 s", "15", "30", "45", "60", "75", "90"]);
  assertEquals(marksOf(8), ["0 s", "1", "2", "3", "4", "5", "6", "7", "8"]);
  assertEquals(marksOf(0.5), ["0 s"]);
  for (const seconds of [9, 59, 240, 1200, 3600, 86_400]) assert(marksOf(seconds).length <= 9);
});

Deno.test("timelineSvg() is well-formed whatever a title or a zone says", () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom(..."<>&\"'\0\x1b\n"),
      fc.string({ unit: "binary", maxLength: 1 }),
    ),
  });
  fc.assert(fc.property(text, text, (title, zone) => {
    const hosts = [{ zone, latency: { kind: "constant", ms: 1 } as const }];
    const svg = draw(panelOf({ title, scenario: { hosts } }));
    assertEquals(find(svg, "faint end").length, 1);
  }));
  const [svg] = draw(panelOf({ title: `<a> & "b"` }));
  assertEquals(svg.attributes["aria-label"], `<a> & "b"`);
});

Deno.test("timelineSvg() is the same of the same simulations", () => {
  const panel = () =>
    panelOf({ picks: [[0, 1], [1, 2, true]], incidents: [SICK], ejections: [OUT] });
  assertEquals(timelineSvg([panel()]), timelineSvg([panel()]));
  assertNotEquals(timelineSvg([panel()]), timelineSvg([panelOf({})]));
});
