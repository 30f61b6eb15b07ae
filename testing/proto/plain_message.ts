/**
 * For tests: bodies out of plain objects, and back. They have the properties of the message's class; what is left out is
 * what an empty message has, and a nested message that is not there is undefined.
 *
 * @module
 */

import { decodeMessage, encodeMessage, type Message } from "../../proto/message.ts";
import type { HostCallResult, ReportStatusRequest } from "../../proto/messages.gen.ts";
import { ReusedList } from "../../proto/wire/reused_list.ts";
import { Uint32List } from "../../proto/wire/uint32_list.ts";

/** What a message says, as a plain object. */
export type Plain<Kind> = {
  [
    Name in keyof Kind as Kind[Name] extends (...args: never[]) => unknown ? never
      : Name extends `has${string}` ? never
      : Name
  ]: PlainValue<Kind[Name]>;
};

type PlainValue<Value> = Value extends ReusedList<infer Item> ? Plain<Item>[]
  : Value extends Uint32List ? number[]
  : Value extends Message ? Plain<Value> | undefined
  : Value;

/** What a message is to say; what is left out is as in an empty message. */
export type Said<Value> = Value extends (infer Item)[] ? Said<Item>[]
  : Value extends object ? { [Name in keyof Value]?: Said<Value[Name]> }
  : Value;

type Values = Record<string, unknown>;

/** The body of a message that says this. */
export function bodyOf<Kind extends Message>(
  type: new () => Kind,
  plain: Said<Plain<Kind>>,
): Uint8Array<ArrayBuffer> {
  const message = new type();
  fill(message, plain as Values);
  return encodeMessage(message);
}

/** What a body says. */
export function readBody<Kind extends Message>(
  type: new () => Kind,
  body: Uint8Array,
): Plain<Kind> {
  return plainOf(decodeMessage(new type(), body)) as Plain<Kind>;
}

/** Makes a message say this. */
export function fill(message: Message, plain: Values): void {
  const values = message as unknown as Values;
  for (const [name, value] of Object.entries(plain)) {
    const property = values[name];
    if (property instanceof ReusedList) {
      for (const item of value as Values[]) {
        const added = property.add();
        added.clear();
        fill(added, item);
      }
    } else if (property instanceof Uint32List) {
      for (const item of value as number[]) property.push(item);
    } else if (typeof property === "object") {
      values[hasOf(name)] = value !== undefined;
      if (value !== undefined) fill(property as Message, value as Values);
    } else values[name] = value;
  }
}

/** What a message says. */
export function plainOf(message: Message): Values {
  const values = message as unknown as Values;
  return Object.fromEntries(
    Object.entries(values)
      .filter(([name]) => !name.startsWith("has"))
      .map(([name, value]) => {
        if (value instanceof ReusedList) return [name, itemsOf<Message>(value).map(plainOf)];
        if (value instanceof Uint32List) return [name, itemsOf(value)];
        if (typeof value !== "object") return [name, value];
        return [name, values[hasOf(name)] ? plainOf(value as Message) : undefined];
      }),
  );
}

function hasOf(name: string): string {
  return `has${name[0].toUpperCase()}${name.slice(1)}`;
}

function itemsOf<Item>(list: { length: number; at(index: number): Item }): Item[] {
  return Array.from({ length: list.length }, (_, i) => list.at(i));
}

/** A ReportStatusRequest with what agents say today: no deltas. */
export interface StatusReport {
  /** The module's modid. */
  modid: number;
  /** The module's cmdid. */
  cmdid: number;
  /** The agent's address. */
  caller: number;
  /** How the calls to each host went. */
  results: Omit<Plain<HostCallResult>, "succDelta" | "errDelta">[];
  /** When, Unix seconds. */
  tsSec: number;
}

/** What a ReportStatusRequest says. */
export function statusReportOf(message: ReportStatusRequest): StatusReport {
  const { modid, cmdid, caller, results, tsSec } = message;
  return {
    modid,
    cmdid,
    caller,
    results: itemsOf(results).map(({ ip, port, succ, err, overload }) => (
      { ip, port, succ, err, overload }
    )),
    tsSec,
  };
}
