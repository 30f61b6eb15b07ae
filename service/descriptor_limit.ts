/**
 * The soft limit of open files, every connection being one: Deno's own runner raises it to the hard limit, a compiled
 * binary has to do so itself.
 *
 * @module
 */

import { openLibc } from "../reactor/libc.ts";

const RLIMIT_NOFILE = 7;

let isRaised = false;

/**
 * Raises the soft limit to the hard one, once per process. Where that cannot be done, `warn` is told why, and the limit
 * stays as it is.
 */
export function raiseDescriptorLimit(warn: (message: string) => void): void {
  if (isRaised) return;
  isRaised = true;
  try {
    using libc = openLimits();
    const [soft, hard] = libc.limits();
    if (soft < hard && !libc.setLimits([hard, hard])) {
      warn(`Cannot raise the limit of open files: it stays at ${soft} of ${hard}`);
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    warn(`Cannot raise the limit of open files: ${error.message}`);
  }
}

type Limits = [soft: bigint, hard: bigint];

/** What is needed of libc. */
interface Libc extends Disposable {
  limits(): Limits;
  setLimits(limits: Limits): boolean;
}

function openLimits(): Libc {
  const signature = { parameters: ["i32", "buffer"], result: "i32" } as const;
  const library = openLibc({ getrlimit: signature, setrlimit: signature });
  const { getrlimit, setrlimit } = library.symbols;
  return {
    limits() {
      const limits = new BigUint64Array(2);
      if (getrlimit(RLIMIT_NOFILE, limits) !== 0) throw new Error("getrlimit failed");
      return [limits[0], limits[1]];
    },
    setLimits: (limits) => setrlimit(RLIMIT_NOFILE, new BigUint64Array(limits)) === 0,
    [Symbol.dispose]: () => library.close(),
  };
}
