/**
 * Ctrl-C and SIGTERM as an AbortSignal, for commands that run until they are told to stop.
 *
 * @module
 */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Without a terminal nobody hangs up: SIGHUP is one that nohup would keep off, but Deno forgets that it is ignored. To be
 * asked at the start: when SIGHUP comes, the terminal is gone.
 */
function hasTerminal(): boolean {
  return [Deno.stdin, Deno.stdout, Deno.stderr].some((each) => each.isTerminal());
}

/** Listens to the signals that ask a program to stop, until it is disposed of; SIGHUP asks where there is a terminal. */
export class StopSignal implements Disposable {
  readonly #controller = new AbortController();
  readonly #hasTerminal = hasTerminal();
  readonly #listeners = SIGNALS.map((name) => ({ name, listener: () => this.#stop(name) }));

  /** Begins to listen. */
  constructor() {
    for (const { name, listener } of this.#listeners) Deno.addSignalListener(name, listener);
  }

  /** Aborted at the first signal, whose name is in the reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops listening: another signal then ends the process. */
  [Symbol.dispose](): void {
    for (const { name, listener } of this.#listeners) Deno.removeSignalListener(name, listener);
  }

  #stop(name: Deno.Signal): void {
    if (name === "SIGHUP" && !this.#hasTerminal) return;
    this.#controller.abort(new DOMException(`Stopped by ${name}`, "AbortError"));
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
