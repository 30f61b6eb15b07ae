/**
 * What a result depends on besides our code: the machine, the versions of what is on it, and the commit.
 *
 * @module
 */

import { TASK_FOLDER } from "../../lars/up/role_task.ts";
import { mariadbVersion } from "../../testing/mariadb.ts";
import { compilerVersion } from "./native.ts";

/** Where and with what something was measured. */
export interface Machine {
  /** The processor's name and the number of cores. */
  cpu: string;
  /** Memory, GiB. */
  memoryGib: number;
  /** Of Linux. */
  kernel: string;
  /** Of Deno. */
  deno: string;
  /** Of the C compiler. */
  cc: string;
  /** Of MariaDB. */
  mariadb: string;
  /** Of ours, with `+` where there are changes that it has not. */
  commit: string;
}

/** Describes this machine. */
export async function describeMachine(): Promise<Machine> {
  const [, model = "unknown processor"] = /^model name\s*: (.*)$/m
    .exec(await Deno.readTextFile("/proc/cpuinfo")) ?? [];
  const cores = navigator.hardwareConcurrency;
  return {
    cpu: `${model}, ${cores} ${cores === 1 ? "core" : "cores"}`,
    memoryGib: Math.round(Deno.systemMemoryInfo().total / 2 ** 30),
    kernel: Deno.osRelease(),
    deno: Deno.version.deno,
    cc: await compilerVersion(),
    mariadb: await mariadbVersion(),
    commit: await describeCommit(),
  };
}

/** A tree without git, such as an unpacked archive, has no commit to tell. */
async function describeCommit(): Promise<string> {
  const commit = await git("rev-parse", "--short=10", "HEAD");
  if (commit === "") return "unknown";
  const changes = await git("status", "--porcelain", "--untracked-files=no");
  return changes === "" ? commit : `${commit}+`;
}

async function git(...args: string[]): Promise<string> {
  try {
    const { stdout } = await new Deno.Command("git", { args, cwd: TASK_FOLDER }).output();
    return new TextDecoder().decode(stdout).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
