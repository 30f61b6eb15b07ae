/**
 * Reads a file that the configuration names.
 *
 * @module
 */

import type { Parsed } from "./parsed.ts";
import { reasonOf } from "./reason.ts";

/** The content of a file, or why it cannot be had. */
export function readTextFile(path: string): Parsed<string> {
  try {
    return { ok: true, value: Deno.readTextFileSync(path) };
  } catch (error) {
    return { ok: false, mistake: `must be a file that can be read: ${whyUnreadable(error)}` };
  }
}

function whyUnreadable(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is none of that name";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  if (error instanceof Deno.errors.PermissionDenied) return "this user is not allowed to";
  if (error instanceof Deno.errors.NotCapable) return "Deno was started without --allow-read of it";
  return reasonOf(error);
}
