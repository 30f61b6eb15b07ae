/**
 * A wall clock of a process that can be set while it runs, by libfaketime, where that is installed. The monotonic clock
 * stays as it is, as it does where somebody sets a machine's clock.
 *
 * @module
 */

/** Where the library is. */
const LIBRARY: string | undefined = [
  "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
  "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
  "/usr/lib64/faketime/libfaketimeMT.so.1",
  "/usr/lib/faketime/libfaketimeMT.so.1",
].find(isFile);

/** Whether there can be such clocks here. */
export const hasFakeClocks: boolean = LIBRARY !== undefined;

/** The environment of a process whose clock is what `file` says. */
export function fakeClockEnv(file: string): Record<string, string> {
  setClock(file, 0);
  return {
    LD_PRELOAD: LIBRARY!,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_CACHE_DURATION: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    DONT_FAKE_MONOTONIC: "1",
  };
}

/** Sets the clock of a process, by so many seconds ahead of the machine's; it notices within a second. */
export function setClock(file: string, aheadSec: number): void {
  Deno.writeTextFileSync(file, `+${aheadSec}`);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
