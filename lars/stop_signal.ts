/**
 * Ctrl-C and SIGTERM as an AbortSignal, for commands that run until they are told to stop.
 *
 * @module
 */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Listens to the signals that ask a program to stop, until it is disposed of. */
export class StopSignal implements Disposable {
  readonly #controller = new AbortController();
  readonly #onSignal = () => this.#controller.abort();

  /** Begins to listen. */
  constructor() {
    for (const name of SIGNALS) Deno.addSignalListener(name, this.#onSignal);
  }

  /** Aborted at the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops listening: another signal then ends the process. */
  [Symbol.dispose](): void {
    for (const name of SIGNALS) Deno.removeSignalListener(name, this.#onSignal);
  }
}

/** Resolves when the signal is aborted, or after so many ms, which may be Infinity. */
export function stopped(signal: AbortSignal, afterMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = afterMs === Infinity ? undefined : setTimeout(done, Math.max(0, afterMs));
    signal.addEventListener("abort", done);
    if (signal.aborted) done();

    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
