/**
 * For tests: what a setting makes of a text.
 *
 * @module
 */

import type { Setting } from "../../service/options/setting.ts";

/** The value, or what is wrong. */
export function readSetting<Value>(setting: Setting<Value>, written: string): Value | string {
  const result = setting.parse(written);
  return result.ok ? result.value : result.mistake;
}
