/**
 * Threads that run trials side by side. What comes of a trial hangs on nothing but its scenario, policy and seed, so it is
 * the same whatever the number of threads.
 *
 * @module
 */

import { type Message, WorkerHost } from "../../reactor/mod.ts";
import type { Outcome } from "../measures/outcome.ts";
import type { PolicyChoice } from "../policies/policies.ts";
import type { Scenario } from "../scenarios/scenario.ts";

const WORKER = new URL("./trial_worker.ts", import.meta.url);

/** So many trials wait at a thread besides the one that runs, so that it never waits for us. */
const AHEAD = 1;

/** A policy to be tried in a scenario. */
export interface TrialJob {
  /** What happens. */
  readonly scenario: Scenario;
  /** Who decides. */
  readonly policy: PolicyChoice;
  /** The random numbers are those of this seed. */
  readonly seed: number;
}

/** What a thread is asked: to run one of the jobs. */
interface TrialCall extends Message {
  readonly kind: "try";
  /** Which of the jobs it is. */
  readonly index: number;
  /** The job. */
  readonly job: TrialJob;
}

/** What is asked of a thread, and what it answers. */
export interface TrialTraffic {
  /** Nothing goes without an answer. */
  posts: never;
  /** One job each. */
  calls: TrialCall;
  /** What came of it. */
  replies: Outcome;
}

/** What a thread tells meanwhile. */
export interface TrialProgress extends Message {
  /** What it is. */
  readonly kind: "progress";
  /** Which job it is. */
  readonly index: number;
  /** The share of it that is done, 0 … 1. */
  readonly share: number;
}

/** What a run is told. */
export interface TrialRunOptions {
  /** Takes the share of all trials that is done, 0 … 1, now and then. */
  onProgress?: (share: number) => void;
  /** Takes what came of a job, by its index, as soon as it is known. */
  onOutcome?: (index: number, outcome: Outcome) => void;
}

type Host = WorkerHost<undefined, TrialTraffic, TrialProgress>;

/** Threads that wait for trials. */
export class TrialPool implements AsyncDisposable {
  readonly #hosts: Host[] = [];
  /** Takes what threads tell of the present run. */
  #onProgress?: (progress: TrialProgress) => void;

  /**
   * Starts threads, as many as there are processors unless told.
   *
   * @throws {Error} When one cannot be started.
   */
  static async start(
    { threads = navigator.hardwareConcurrency }: { threads?: number } = {},
  ): Promise<TrialPool> {
    const pool = new TrialPool();
    try {
      await Promise.all(Array.from({ length: threads }, (_, i) => pool.#start(`trials ${i}`)));
    } catch (error) {
      await pool[Symbol.asyncDispose]();
      throw error;
    }
    return pool;
  }

  /**
   * Runs trials; one run at a time. Gives their outcomes in the order of the jobs.
   *
   * @throws {Error} What a policy throws.
   */
  async run(
    jobs: readonly TrialJob[],
    { onProgress, onOutcome }: TrialRunOptions = {},
  ): Promise<Outcome[]> {
    const shares = new Float64Array(jobs.length);
    let done = 0;
    this.#onProgress = ({ index, share }) => {
      done += share - shares[index];
      shares[index] = share;
      onProgress?.(done / jobs.length);
    };
    const outcomes: Outcome[] = [];
    const rest = jobs.entries();
    const runRest = async (host: Host) => {
      for (const [index, job] of rest) {
        const outcome = outcomes[index] = await host.call({ kind: "try", index, job });
        onOutcome?.(index, outcome);
        this.#onProgress!({ kind: "progress", index, share: 1 });
      }
    };
    const loops = this.#hosts.flatMap((host) => new Array(1 + AHEAD).fill(host).map(runRest));
    await Promise.all(loops);
    return outcomes;
  }

  /** Ends the threads, whatever they do. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.stop(0)));
  }

  async #start(name: string): Promise<void> {
    const host: Host = await WorkerHost.start({
      url: WORKER,
      name,
      init: () => undefined,
      onPost: (progress: TrialProgress) => this.#onProgress?.(progress),
      // A trial takes as long as it takes.
      hangMs: 0,
    });
    this.#hosts.push(host);
  }
}
