/**
 * Load made by threads, and what they have counted together. What a thread does is its worker's business.
 *
 * @module
 */

import { Counters, type Posts, WorkerHost } from "../../reactor/mod.ts";

/** What every thread of a load counts beside its errors: what was done, and what was tried again meanwhile. */
export type Progress = "done" | "retries";

/** What a thread is given: its part of the load, and the memory of its counters. */
export type ThreadInit<Part> = Part & {
  /** Memory of its counters. */
  buffer: SharedArrayBuffer;
};

/** How a load is made. */
export interface ThreadLoadOptions<Part, ErrorName extends string> {
  /** The threads' entry file, whose worker takes a {@link ThreadInit}. */
  worker: URL;
  /** Names the threads. */
  name: string;
  /** What each thread is given. */
  parts: readonly Part[];
  /** What can go wrong. */
  errorNames: readonly ErrorName[];
}

/** Running threads. */
export class ThreadLoad<ErrorName extends string> implements AsyncDisposable {
  readonly #errorNames: readonly ErrorName[];
  readonly #threads: AsyncDisposableStack = new AsyncDisposableStack();
  readonly #counters: Counters<Progress | ErrorName>[] = [];

  /** Starts a thread for each part. */
  static async start<Part, ErrorName extends string>(
    { worker, name, parts, errorNames }: ThreadLoadOptions<Part, ErrorName>,
  ): Promise<ThreadLoad<ErrorName>> {
    const load = new ThreadLoad(errorNames);
    for (const [thread, part] of parts.entries()) {
      const counters = threadCounters(errorNames);
      load.#counters.push(counters);
      const host = await WorkerHost.start<ThreadInit<Part>, Posts<never>>({
        url: worker,
        name: `${name} ${thread}`,
        init: () => ({ ...part, buffer: counters.buffer }),
        // A thread that loads a machine to its limit may be late.
        hangMs: 0,
      });
      load.#threads.defer(() => host.stop());
    }
    return load;
  }

  private constructor(errorNames: readonly ErrorName[]) {
    this.#errorNames = errorNames;
  }

  /** What all threads together have done. */
  get done(): number {
    return this.#count("done");
  }

  /** How often all threads together tried something again. */
  get retries(): number {
    return this.#count("retries");
  }

  /** The errors that there were, by name. */
  errors(): Partial<Record<ErrorName, number>> {
    const counts = this.#errorNames.map((name) => [name, this.#count(name)] as const);
    return Object.fromEntries(counts.filter(([, count]) => count !== 0)) as Partial<
      Record<ErrorName, number>
    >;
  }

  /** Ends the threads, once what they have in flight is answered. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads.disposeAsync();
  }

  #count(name: Progress | ErrorName): number {
    return this.#counters.reduce((sum, counters) => sum + counters.get(name), 0);
  }
}

/** A thread's counters: new ones, or those in the memory that it was given. */
export function threadCounters<ErrorName extends string>(
  errorNames: readonly ErrorName[],
  buffer?: SharedArrayBuffer,
): Counters<Progress | ErrorName> {
  const errors = Object.fromEntries(errorNames.map((name) => [name, `Calls that failed: ${name}`]));
  const counters = { done: "Calls done", retries: "Calls made again", ...errors };
  return new Counters<Progress | ErrorName>({ counters }, buffer);
}
