/**
 * Makes the binaries: `deno task binaries [FOLDER]`, bin unless given. Each runs alone, with its workers inside and the
 * permissions that its task in deno.json has.
 *
 * `deno compile` needs a base, denort, of Deno's own version, which it downloads once. Where that cannot be, the
 * environment names one by DENORT_BIN, and by DENO the Deno that it belongs to.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import { LIBC_PATHS } from "../reactor/libc.ts";

/** One binary. */
export interface Binary {
  /** Its file's name. */
  name: string;
  /** The task that starts the same program from source. */
  task: string;
  /** Where its workers are: every `*_worker.ts` in these folders goes into it. */
  folders: readonly string[];
  /** Other files and folders that it reads. */
  files?: readonly string[];
}

const MIGRATIONS = ["sql/mysql/migrations", "sql/sqlite/migrations"];

/** All binaries. */
export const BINARIES: readonly Binary[] = [
  { name: "lars-dns", task: "dns", folders: ["dns"], files: MIGRATIONS },
  { name: "lars-reporter", task: "reporter", folders: ["reporter"], files: MIGRATIONS },
  { name: "lars-agent", task: "agent", folders: ["agent"] },
  {
    name: "lars",
    task: "lars",
    folders: ["dns", "reporter", "agent", "simulator", "lars"],
    files: ["proto/lars.proto", ...MIGRATIONS],
  },
];

/** What cannot be compiled, and why. */
export class CompileError extends Error {
  override readonly name = "CompileError";
}

/** Downloading a base takes most of it. */
const DEADLINE_MS = 120_000;

const ROOT = new URL("../", import.meta.url);

/**
 * The command line, after `deno`, that compiles the program which a task runs.
 *
 * @throws {CompileError} When the task is anything but a `deno run` of one file.
 */
export function compileArgs(
  task: string,
  { included, output }: { included: readonly string[]; output: string },
): string[] {
  const [, flags, entry] = /^deno run ((?:--\S+ )*)(\S+\.ts)$/.exec(task) ?? [];
  if (entry === undefined) {
    throw new CompileError(
      `Cannot compile a task that must be deno run [flags] FILE: it is ${task}`,
    );
  }
  return [
    "compile",
    "--quiet",
    ...flags.split(" ").filter((flag) => flag !== "" && !flag.startsWith("--allow-ffi=")),
    // What Deno's own runner does by itself: see service/descriptor_limit.ts.
    `--allow-ffi=${LIBC_PATHS.join(",")}`,
    ...included.map((path) => `--include=${path}`),
    `--output=${output}`,
    entry,
  ];
}

/**
 * Compiles one binary.
 *
 * @returns Its path.
 * @throws {CompileError} With what Deno says against it.
 */
export async function compileBinary(
  { name, task, folders, files = [] }: Binary,
  folder: string,
): Promise<string> {
  const output = `${folder}/${name}`;
  const tasks: Record<string, string> = config.tasks;
  const included = [...folders.flatMap(findWorkers).sort(), ...files];
  await run(
    compilingDeno(),
    compileArgs(tasks[task], { included, output }),
  );
  return output;
}

/**
 * Makes sure that there is a base to compile with, and that it fits, by a program of nothing.
 *
 * @throws {CompileError} When there is none, with the reason in one line.
 */
export async function checkBase(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "lars-base-" });
  const [source, output] = [`${folder}/nothing.ts`, `${folder}/nothing`];
  const deno = compilingDeno();
  const given = Deno.env.get("DENORT_BIN");
  try {
    await Deno.writeTextFile(source, "");
    await run(deno, ["compile", "--quiet", "--no-config", `--output=${output}`, source]);
    await run(output, []);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    const mistake = given === undefined
      ? `cannot get denort for ${deno}, unless DENORT_BIN names one, and DENO the Deno of its version`
      : `DENORT_BIN=${given} must be of the version of ${deno}`;
    throw new CompileError(`${mistake}: ${reasonOf(error.message)}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function compilingDeno(): string {
  return Deno.env.get("DENO") || Deno.execPath();
}

/** The files that are started as workers, below a folder of this repository. */
function findWorkers(folder: string): string[] {
  return [...Deno.readDirSync(new URL(`${folder}/`, ROOT))].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return name === "testdata" ? [] : findWorkers(path);
    return name.endsWith("_worker.ts") ? [path] : [];
  });
}

async function run(program: string, args: string[]): Promise<void> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const { success, stderr } = await outputOf(program, { args, signal });
  if (success) return;
  const text = new TextDecoder().decode(stderr).replace(/^stack backtrace:.*/ims, "").trim();
  throw new CompileError(signal.aborted ? `not done within ${DEADLINE_MS / 1000} s` : text);
}

async function outputOf(
  program: string,
  options: { args: string[]; signal: AbortSignal },
): Promise<Deno.CommandOutput> {
  try {
    return await new Deno.Command(program, {
      ...options,
      cwd: ROOT,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new CompileError(error.message);
    throw error;
  }
}

/** What Deno gives as the causes of an error, as one line; or else its first line. */
export function reasonOf(message: string): string {
  const causes = [...message.matchAll(/^ +\d+: (.*?)\.?$/gm)].map(([, cause]) => cause);
  // Those further down repeat what these say.
  return causes.slice(0, 2).join(": ") || message.split("\n")[0].replace(/^error: /, "");
}

/** A line for each binary: its size, and how long it takes to start. */
async function main(folder: string): Promise<void> {
  await checkBase();
  for (const binary of BINARIES) {
    console.log(`Compiling ${folder}/${binary.name} …`);
    const path = await compileBinary(binary, folder);
    const { size } = await Deno.stat(path);
    const startedMs = performance.now();
    await run(path, ["--version"]);
    const tookMs = performance.now() - startedMs;
    console.log(`  ${(size / 1e6).toFixed(1)} MB, answers --version in ${tookMs.toFixed(0)} ms`);
  }
}

if (import.meta.main) {
  try {
    await main(Deno.args[0] ?? "bin");
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    console.error(`Cannot compile: ${error.message}`);
    Deno.exit(1);
  }
}
