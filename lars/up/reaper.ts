/**
 * The end of the roles when this process is ended so abruptly (`kill -9`) that it cannot stop them itself.
 *
 * @module
 */

/** Reads process ids until its input ends, which it does with this process, and then has those processes stop. */
const SCRIPT = `while read -r pid; do pids="$pids $pid"; done; kill $pids`;

/** A little shell that outlives this process, if need be, to stop others. */
export class Reaper implements AsyncDisposable {
  readonly #shell: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;

  /** Starts the shell. */
  constructor() {
    this.#shell = new Deno.Command("sh", {
      args: ["-c", SCRIPT],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
      detached: true,
    }).spawn();
    this.#input = this.#shell.stdin.getWriter();
  }

  /** From now on that process ends with this one. */
  async watch(pid: number): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${pid}\n`));
  }

  /** Ends the shell; it stops nobody. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#shell.kill("SIGKILL");
    await this.#shell.status;
    await this.#input.abort().catch(() => {});
  }
}
