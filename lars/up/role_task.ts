/**
 * How a role is started: from source by the words of its task in deno.json, which is where its permissions are written
 * down; from the binary `lars`, which holds the roles, by that binary again.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };

/** The roles that `up` starts, in this order; each needs the ones before it. */
export const ROLES = ["dns", "reporter", "agent"] as const;

/** One of {@link ROLES}. */
export type RoleName = typeof ROLES[number];

/** Says whether a word names a role. */
export function isRoleName(word: string): word is RoleName {
  return (ROLES as readonly string[]).includes(word);
}

/** The folder that the tasks run in. */
export const TASK_FOLDER: URL = new URL("../../", import.meta.url);

/** What to start. */
export interface RoleCommand {
  /** The executable. */
  program: string;
  /** Its command line. */
  args: string[];
  /**
   * The folder it runs in.
   *
   * @default this process's folder
   */
  cwd?: URL;
}

/** How a role is started here. */
export function roleCommand(name: RoleName): RoleCommand {
  const program = Deno.execPath();
  if (Deno.build.standalone) return { program, args: [name] };
  return { program, args: roleTaskArgs(name), cwd: TASK_FOLDER };
}

/** The words of a role's task after `deno`. */
export function roleTaskArgs(name: RoleName): string[] {
  const tasks: Record<string, string> = config.tasks;
  const [program, ...args] = tasks[name].split(" ");
  if (program !== "deno") {
    throw new Error(`Cannot run task ${name} as it must begin with deno: it is ${tasks[name]}`);
  }
  return args;
}
