/**
 * The columns of ServerCallStatus: how those of a row's key hold 32 bits, and what others somebody has added.
 *
 * The oldest databases have signed columns, in which an address from 128.0.0.0 on is the negative number of the same bits.
 * `lars db migrate` makes them unsigned, and writers may be at work meanwhile: see mysql_migrations.ts.
 *
 * @module
 */

import type { Session } from "../database.ts";

/** The key of a row, as the database holds it. */
export type StatusKey = Readonly<Record<"modid" | "cmdid" | "ip" | "port" | "caller", number>>;

/** The key's columns, in its order. */
export const KEY_COLUMNS = [
  "modid",
  "cmdid",
  "ip",
  "port",
  "caller",
] as const satisfies readonly (keyof StatusKey)[];

/** A column that is none of ours, and what it holds in rows of ours. */
export type OthersColumn = readonly [name: string, value: number | string];

/** How the columns differ from one database to another, and from one moment to the next. */
export interface ColumnForm {
  /** Those of {@link KEY_COLUMNS} that hold 32 bits as a signed number. */
  signed: readonly string[];
  /**
   * Those that somebody has added and given no default. Writers of old leave them out, and a server that is not strict puts
   * in what it has for the type; ours are strict, and have to name it.
   */
  others: readonly OthersColumn[];
}

/** What our own migrations make: on SQLite they made every table that there is. */
export const MIGRATED_FORM: ColumnForm = { signed: ["modid", "cmdid"], others: [] };

/** A column that `lars db migrate` has widened on its way counts as unsigned: that is what it is to become. */
const SIGNED = /^int(\(\d+\))?$/i;

/** Asks a MySQL server; `ours` are the columns that we know, in lower case. */
export async function readColumnForm(
  session: Session,
  ours: readonly string[],
): Promise<ColumnForm> {
  const columns = await session.read<
    { Field: string; Type: string; Null: string; Default: string | null; Extra: string }
  >("SHOW COLUMNS FROM ServerCallStatus");
  return {
    signed: columns.filter(({ Type }) => SIGNED.test(Type)).map(({ Field }) => Field.toLowerCase()),
    others: columns
      .filter(({ Field, Null, Default, Extra }) =>
        !ours.includes(Field.toLowerCase()) && Null === "NO" && Default === null && Extra === ""
      )
      .map(({ Field, Type }) => [Field, emptyValue(Type)]),
  };
}

function emptyValue(type: string): number | string {
  if (/int|decimal|float|double|bit|year/i.test(type)) return 0;
  return /date|time/i.test(type) ? "0000-00-00 00:00:00" : "";
}

/** The key of a status, as columns of this form hold it. */
export function toStoredKey(key: StatusKey, { signed }: ColumnForm): number[] {
  return KEY_COLUMNS.map((column) => signed.includes(column) ? key[column] | 0 : key[column] >>> 0);
}

/** Condition for rows after a key in the order of the primary key; {@link keyBound} has its values. */
export const AFTER_KEY: string = compareKey(KEY_COLUMNS, { other: ">", last: ">" });

/** Condition for rows up to and including a key; {@link keyBound} has its values. */
export const UP_TO_KEY: string = compareKey(KEY_COLUMNS, { other: "<", last: "<=" });

/** The bound values of {@link AFTER_KEY} and {@link UP_TO_KEY}, for a key as it is stored. */
export function keyBound({ modid, cmdid, ip, port, caller }: StatusKey): number[] {
  return [modid, modid, cmdid, cmdid, ip, ip, port, port, caller];
}

/** Spelt out, databases use the primary key; for `(a, b) > (?, ?)` they scan the whole table. */
function compareKey(
  [column, ...others]: readonly string[],
  operators: { other: string; last: string },
): string {
  if (others.length === 0) return `${column} ${operators.last} ?`;
  const equal = `(${column} = ? AND ${compareKey(others, operators)})`;
  return `(${column} ${operators.other} ? OR ${equal})`;
}
