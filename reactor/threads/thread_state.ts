/**
 * The state of another thread of this process in Linux: whether a thread without a heartbeat is stuck, or starved of a
 * processor. Known only where libc may be called, as Deno lets nobody read /proc.
 *
 * @module
 */

import { LIBC_PATHS, openLibc } from "../libc.ts";

const FUNCTIONS = {
  gettid: { parameters: [], result: "i32" },
  open: { parameters: ["buffer", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

/** Longer than the text of `stat`. */
const STAT_BYTES = 1024;

/** The kernel counts in hundredths of a second. */
const TICK_MS = 10;

/** A thread as the kernel sees it. */
export interface ThreadState {
  /** Whether it runs or would if there were a processor for it. */
  isRunnable: boolean;
  /** Processor time that it has had, ms. */
  cpuMs: number;
}

/** Says whether a thread was starved, from samples of its state. */
export class Starvation {
  #first?: ThreadState;
  #last?: ThreadState;
  #isKnown = true;
  #hasWanted = false;

  /** Adds a sample; undefined where the state is not known. */
  sample(state: ThreadState | undefined): void {
    if (state === undefined) this.#isKnown = false;
    this.#first ??= state;
    this.#last = state;
    this.#hasWanted ||= state?.isRunnable === true;
  }

  /** Whether it wanted to run, and got less than that of a processor since the first sample, ms. */
  holdsFor(cpuMs: number): boolean {
    if (!this.#isKnown || !this.#hasWanted) return false;
    return this.#last!.cpuMs - this.#first!.cpuMs < cpuMs;
  }
}

/** This thread's number; 0 where it is not known. */
export function currentThreadId(): number {
  return callLibc(({ gettid }) => gettid()) ?? 0;
}

/** What a thread of this process does; undefined where that is not known. */
export function threadState(id: number): ThreadState | undefined {
  if (id === 0) return undefined;
  const text = callLibc(({ open, read, close }) => {
    const path = new TextEncoder().encode(`/proc/self/task/${id}/stat\0`);
    const descriptor = open(path, 0);
    if (descriptor < 0) return undefined;
    const bytes = new Uint8Array(STAT_BYTES);
    const length = Number(read(descriptor, bytes, BigInt(STAT_BYTES)));
    close(descriptor);
    return new TextDecoder().decode(bytes.subarray(0, Math.max(0, length)));
  });
  return text === undefined ? undefined : parseStat(text);
}

/** Takes the third field, and the times in user and kernel mode. The second one is a name that may hold anything. */
function parseStat(text: string): ThreadState | undefined {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  if (Number.isNaN(ticks)) return undefined;
  return { isRunnable: fields[0] === "R", cpuMs: ticks * TICK_MS };
}

type Libc = Deno.DynamicLibrary<typeof FUNCTIONS>;

/**
 * Undefined where libc may not be opened; people at a terminal are not asked for it. It is opened for the call alone, as
 * it is needed once in a while.
 */
function callLibc<Result>(call: (symbols: Libc["symbols"]) => Result): Result | undefined {
  if (!LIBC_PATHS.some(isPermitted)) return undefined;
  let libc: Libc;
  try {
    libc = openLibc(FUNCTIONS);
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
  try {
    return call(libc.symbols);
  } finally {
    libc.close();
  }
}

function isPermitted(path: string): boolean {
  return Deno.permissions.querySync({ name: "ffi", path }).state === "granted";
}
