/**
 * A file of trials that were made, one line of JSON each: what was asked before is answered from it, so that long work that
 * was interrupted goes on where it was. A trial is known by all that it hangs on but the code.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Outcome } from "../simulator/measures/outcome.ts";
import type { TrialJob, TrialPool, TrialRunOptions } from "../simulator/trials/trial_pool.ts";

/** An outcome without its incidents, which are most of it. */
interface Line {
  readonly key: string;
  readonly outcome: Outcome;
}

/** Trials that were made. */
export class TrialLog implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #outcomes = new Map<string, Outcome>();

  /**
   * Opens a file, or makes it. A last line that was not written to its end is left out.
   *
   * @throws {SyntaxError} When another line is none of ours.
   */
  constructor(path: string) {
    const text = readIfThere(path);
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    for (const line of whole.split("\n").slice(0, -1)) {
      const { key, outcome }: Line = JSON.parse(line);
      this.#outcomes.set(key, outcome);
    }
    this.#file = Deno.openSync(path, { write: true, create: true });
    this.#file.truncateSync(new TextEncoder().encode(whole).length);
    this.#file.seekSync(0, Deno.SeekMode.End);
  }

  /** How many there are. */
  get size(): number {
    return this.#outcomes.size;
  }

  /** The outcomes of jobs in their order; those that are not known are made. */
  async run(
    jobs: readonly TrialJob[],
    { pool, onProgress }: { pool: TrialPool } & TrialRunOptions,
  ): Promise<Outcome[]> {
    const keys = jobs.map(keyOf);
    const missing = [...new Map(keys.map((key, i) => [key, jobs[i]]))]
      .filter(([key]) => !this.#outcomes.has(key));
    await pool.run(missing.map(([, job]) => job), {
      onProgress,
      onOutcome: (index, outcome) => this.#add(missing[index][0], outcome),
    });
    return keys.map((key) => this.#outcomes.get(key)!);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  #add(key: string, outcome: Outcome): void {
    const line = JSON.stringify({ key, outcome: { ...outcome, incidents: [] } });
    // What is read later is the same: JSON leaves out what is undefined.
    this.#outcomes.set(key, JSON.parse(line).outcome);
    this.#file.writeSync(new TextEncoder().encode(`${line}\n`));
  }
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function keyOf({ scenario, policy, seed }: TrialJob): string {
  const hash = createHash("sha256").update(JSON.stringify([scenario, policy, seed]));
  return hash.digest("base64url").slice(0, 22);
}
