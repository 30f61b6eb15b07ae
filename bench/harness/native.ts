/**
 * The programs in C of bench/native: built on demand, run, and understood. What is measured with them is measured the same
 * whatever becomes of our own code, and they use so little of the machine that the load is not the bottleneck.
 *
 * @module
 */

import { ChildServer } from "./child_server.ts";

const SOURCES = new URL("../native/", import.meta.url);
const BINARIES = new URL("../../.cache/bench/", import.meta.url);

/** The load generators, and what each prints besides its rate. */
export interface LoadResults {
  /** Callers of an agent, or of a datagram echo; with `blocking: 1` a thread each. */
  udp_load: {
    rate: number;
    answers: number;
    refused: number;
    wrong: number;
    lost: number;
    p99_us: number;
  };
  /** Requests to dns, or to a frame or byte echo. */
  tcp_load: {
    rate: number;
    answers: number;
    empty: number;
    wrong: number;
    gap_ms: number;
    p99_us: number;
  };
  /** Reports to a reporter. */
  status_load: { rate: number; rows: number; results: number; seconds: number };
  /** Datagrams to an agent, at a rate and unread: `answers` is how many were sent. No load, it is for abuse. */
  udp_flood: { rate: number; answers: number; seconds: number };
  /** An agent that takes every read for whole frames: fails when one is not. No load, it is for tests. */
  whole_reads: { answers: number; reads: number; largest_read: number };
}

/** A server: a reference, or for tests a reporter that takes every read for whole frames. */
export type NativeServerName = "udp_echo" | "udp_pick" | "tcp_echo" | "whole_reads";

/** What a program's command line says: `{ port: 80 }` is `--port 80`. */
export type Flags = Readonly<Record<string, string | number>>;

/** The built programs. */
export class Native {
  readonly #signal: AbortSignal;

  /**
   * Builds what is missing or older than its source.
   *
   * @throws {Error} When there is no compiler, or it finds fault.
   */
  static async build(signal: AbortSignal): Promise<Native> {
    await Deno.mkdir(BINARIES, { recursive: true });
    const files = [...Deno.readDirSync(SOURCES)].map(({ name }) => name);
    const changedMs = Math.max(...files.map((name) => modifiedMs(new URL(name, SOURCES))));
    const programs = files.filter((name) => name.endsWith(".c")).map((name) => name.slice(0, -2));
    await Promise.all(programs.map(async (program) => {
      if (modifiedMs(new URL(program, BINARIES)) < changedMs) await compile(program);
    }));
    return new Native(signal);
  }

  private constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Starts a server on a free port. */
  async serve(name: NativeServerName): Promise<ChildServer> {
    return await ChildServer.start<{ port: number }>(pathOf(name), [], ({ port }) => port);
  }

  /**
   * Runs a load to its end.
   *
   * @throws {Error} When it fails, or what came back was wrong.
   */
  async load<Name extends keyof LoadResults>(
    name: Name,
    flags: Flags,
  ): Promise<LoadResults[Name]> {
    return await this.startLoad(name, flags).result;
  }

  /** Starts a load, which `stop` ends before its time. */
  startLoad<Name extends keyof LoadResults>(
    name: Name,
    flags: Flags,
  ): { result: Promise<LoadResults[Name]>; stop: () => void } {
    const child = this.#spawn(name, flags, { stdin: "null", stderr: "piped" });
    return { result: readResult(name, child, this.#signal), stop: () => child.kill("SIGTERM") };
  }

  /** Starts the storm, which lasts until its standard input is closed. */
  startStorm(flags: Flags): Deno.ChildProcess {
    return this.#spawn("storm_load", flags, { stdin: "piped", stderr: "inherit" });
  }

  #spawn(
    program: string,
    flags: Flags,
    { stdin, stderr }: Pick<Deno.CommandOptions, "stdin" | "stderr">,
  ): Deno.ChildProcess {
    this.#signal.throwIfAborted();
    return new Deno.Command(pathOf(program), {
      args: Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]),
      stdin,
      stdout: "piped",
      stderr,
      signal: this.#signal,
    }).spawn();
  }
}

async function readResult<Name extends keyof LoadResults>(
  name: Name,
  child: Deno.ChildProcess,
  signal: AbortSignal,
): Promise<LoadResults[Name]> {
  const { success, stdout, stderr } = await child.output();
  signal.throwIfAborted();
  const text = new TextDecoder();
  if (!success) throw new Error(`${name} failed: ${text.decode(stderr)}`);
  const result = JSON.parse(text.decode(stdout));
  if (result.wrong > 0 || result.answers === 0) {
    throw new Error(`What came back to ${name} was wrong: ${JSON.stringify(result)}`);
  }
  return result;
}

/** Compiles beside the place and moves there, so that a program that runs is never written to. */
async function compile(program: string): Promise<void> {
  const draft = await Deno.makeTempFile({ dir: BINARIES.pathname, prefix: program });
  try {
    const source = new URL(`${program}.c`, SOURCES).pathname;
    const { success, stderr } = await runCompiler([
      "-O2",
      "-Wall",
      "-pthread",
      "-o",
      draft,
      source,
    ]);
    if (!success) throw new Error(`cc ${source} failed:\n${new TextDecoder().decode(stderr)}`);
    await Deno.chmod(draft, 0o755);
    await Deno.rename(draft, pathOf(program));
  } catch (error) {
    await Deno.remove(draft);
    throw error;
  }
}

/** What `cc --version` begins with. */
export async function compilerVersion(): Promise<string> {
  const { stdout } = await runCompiler(["--version"]);
  return new TextDecoder().decode(stdout).split("\n")[0];
}

async function runCompiler(args: string[]): Promise<Deno.CommandOutput> {
  try {
    return await new Deno.Command("cc", { args }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error("No C compiler on this machine: run `make bench`, which installs one");
  }
}

function pathOf(program: string): string {
  return new URL(program, BINARIES).pathname;
}

/** 0 for a file that is not there. */
function modifiedMs(file: URL): number {
  try {
    return Deno.statSync(file).mtime!.getTime();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
