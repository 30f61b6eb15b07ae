/**
 * What a terminal shows, as a picture: text with colours becomes SVG that reads on light and on dark ground. Pure.
 *
 * @module
 */

const LINE_HEIGHT = 18;
const CHARACTER_WIDTH = 7.8;
const MARGIN = 16;

/** The colours that our commands use, by their numbers in an escape sequence, as classes of the style below. */
const CLASSES: Readonly<Record<string, string>> = {
  "1": "bold",
  "2": "faint",
  "31": "red",
  "32": "green",
  "33": "yellow",
};

const STYLE = `
    text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2328; white-space: pre; }
    .ground { fill: #f6f8fa; stroke: #d1d9e0; }
    .bold { font-weight: 600; }
    .faint { fill: #59636e; }
    .red { fill: #d1242f; }
    .green { fill: #1a7f37; }
    .yellow { fill: #9a6700; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .ground { fill: #151b23; stroke: #3d444d; }
      .faint { fill: #9198a1; }
      .red { fill: #ff7b72; }
      .green { fill: #3fb950; }
      .yellow { fill: #d29922; }
    }
`;

/** Draws lines as a terminal shows them; `label` says to those who cannot see it what it is. */
export function terminalSvg(lines: readonly string[], { label }: { label: string }): string {
  const parts = lines.map(splitColors);
  const columns = Math.max(
    ...parts.map((line) => line.reduce((sum, { text }) => sum + text.length, 0)),
  );
  const width = Math.ceil(columns * CHARACTER_WIDTH) + 2 * MARGIN;
  const height = lines.length * LINE_HEIGHT + 2 * MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(label)}">`,
    `  <style>${STYLE}  </style>`,
    `  <rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>`,
    ...parts.flatMap((line, row) => drawLine(line, MARGIN + (row + 1) * LINE_HEIGHT - 5)),
    "</svg>",
    "",
  ].join("\n");
}

interface Part {
  text: string;
  class?: string;
}

/** A line's parts of one colour each; other escape sequences are left out. */
function splitColors(line: string): Part[] {
  const parts: Part[] = [];
  let color: string | undefined;
  // deno-lint-ignore no-control-regex -- an escape sequence begins with the control character ESC
  for (const piece of line.split(/(\x1b\[[\d;]*[A-Za-z])/)) {
    if (!piece.startsWith("\x1b")) {
      if (piece !== "") parts.push({ text: piece, class: color });
    } else if (piece.endsWith("m")) color = CLASSES[piece.slice(2, -1)];
  }
  return parts;
}

/** Each part is placed by itself, and as wide as its characters, so that columns line up in whatever font there is. */
function drawLine(parts: readonly Part[], y: number): string[] {
  let column = 0;
  const drawn: string[] = [];
  for (const { text, class: name } of parts) {
    const x = round(MARGIN + column * CHARACTER_WIDTH);
    const length = round(text.length * CHARACTER_WIDTH);
    column += text.length;
    if (text.trim() === "") continue;
    const color = name === undefined ? "" : ` class="${name}"`;
    drawn.push(
      `  <text x="${x}" y="${y}" textLength="${length}" xml:space="preserve"${color}>` +
        `${escapeXml(text)}</text>`,
    );
  }
  return drawn;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
