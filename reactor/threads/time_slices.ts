/**
 * Long work beside other work on one thread.
 *
 * @module
 */

/**
 * Cuts long work into slices, between which whatever else waits for the thread has its turn:
 * `if (slices.isOver) await slices.next();` in the work's loop.
 */
export class TimeSlices {
  readonly #sliceMs: number;
  #endsAtMs: number;

  /** The first slice begins now. */
  constructor(sliceMs = 10) {
    this.#sliceMs = sliceMs;
    this.#endsAtMs = performance.now() + sliceMs;
  }

  /** Says whether it is the others' turn. */
  get isOver(): boolean {
    return performance.now() >= this.#endsAtMs;
  }

  /** Lets the others have their turn, and begins the next slice. */
  async next(): Promise<void> {
    // A timer, not a microtask: microtasks would all run before any other work.
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#endsAtMs = performance.now() + this.#sliceMs;
  }
}

/**
 * Does work step by step, giving whatever else waits for the thread its turn between two steps when a slice is over. The
 * first slice is done before this returns.
 *
 * @returns What the work returns.
 */
export async function runInSlices<Result>(
  steps: Iterator<unknown, Result>,
  { sliceMs = 2 }: { sliceMs?: number } = {},
): Promise<Result> {
  const slices = new TimeSlices(sliceMs);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (slices.isOver) await slices.next();
  }
}
