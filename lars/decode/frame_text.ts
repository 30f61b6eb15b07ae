/**
 * How a decoded frame looks: a line of text with its faults below, or JSON. Pure.
 *
 * @module
 */

import type { CapturedFrame } from "./conversation.ts";
import type { DecodedFrame } from "./frames.ts";
import type { Value } from "./message_body.ts";

/** A frame as people read it: `GetHostRequest {"seq": 300, …}`, and a line for each problem. */
export function formatFrame(frame: DecodedFrame | CapturedFrame): string {
  const { msgid, message, fields, problems } = frame;
  const name = message ?? (msgid === undefined ? "?" : `message ${msgid}`);
  const said = fields === undefined ? name : `${name} ${formatValue(fields)}`;
  const way = "from" in frame
    ? `${clockOf(frame.timeMs)} ${frame.from} → ${frame.to} ${frame.over}`
    : `byte ${frame.at}:`;
  return [`${way} ${said}`, ...problems.map((problem) => `  ! ${problem}`)].join("\n");
}

/** A frame as JSON in one line. */
export function frameJson(frame: DecodedFrame | CapturedFrame): string {
  if (!("timeMs" in frame)) return JSON.stringify(frame);
  const { timeMs, ...rest } = frame;
  return JSON.stringify({ time: new Date(timeMs).toISOString(), ...rest });
}

/** JSON with a space after commas and colons, as docs/protocol.md writes it. */
function formatValue(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(formatValue).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, field]) => `"${name}": ${formatValue(field)}`);
  return `{${fields.join(", ")}}`;
}

/** The time of day here, with microseconds. */
function clockOf(timeMs: number): string {
  const micros = Math.floor((timeMs % 1000) * 1000).toString().padStart(6, "0");
  return `${new Date(timeMs).toLocaleTimeString("en-GB")}.${micros}`;
}
