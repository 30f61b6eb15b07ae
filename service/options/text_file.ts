/**
 * Reads a text file that the configuration names.
 *
 * @module
 */

import { reasonOf } from "../errors.ts";
import type { Parsed } from "./parsing.ts";

/** How {@link readTextFile} reads. */
export interface ReadOptions {
  /**
   * Whether it was read before: a pipe gives nothing then, or has the whole thread wait.
   *
   * @default false
   */
  again?: boolean;
}

/** The content of a file, or why it cannot be had. A byte order mark says how it is written, and is no part of it. */
export function readTextFile(path: string, { again = false }: ReadOptions = {}): Parsed<string> {
  try {
    const { isFifo, isSocket } = Deno.statSync(path);
    if (again && (isFifo || isSocket)) {
      return mistake("it is a pipe, which can be read once only: name a file instead");
    }
    const content = decode(Deno.readFileSync(path));
    if (content.includes("\0")) return mistake("it is no text");
    return { ok: true, value: content };
  } catch (error) {
    return mistake(whyUnreadable(error));
  }
}

function mistake(reason: string): Parsed<string> {
  return { ok: false, mistake: `must be a file that can be read: ${reason}` };
}

/** What is no UTF-8, such as a comment of old, becomes replacement characters. */
function decode(bytes: Uint8Array): string {
  const mark = bytes.length >= 2 ? (bytes[0] << 8) | bytes[1] : 0;
  const encoding = mark === 0xfffe ? "utf-16le" : mark === 0xfeff ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding).decode(bytes);
}

function whyUnreadable(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is none of that name";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  if (error instanceof Deno.errors.PermissionDenied) return "this user is not allowed to";
  if (error instanceof Deno.errors.NotCapable) return "Deno was started without --allow-read of it";
  return reasonOf(error);
}
