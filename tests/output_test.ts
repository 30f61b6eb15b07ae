/**
 * What becomes of the programs when nobody can, or does, take what they write: services go on and count what is lost,
 * commands end quietly.
 */

import { assert, assertEquals, assertGreater } from "@std/assert";
import { readLines } from "../lars/up/role_process.ts";
import { type RoleName, ROLES, roleTaskArgs, TASK_FOLDER } from "../lars/up/role_task.ts";
import { inTime, until } from "../testing/until.ts";
import { reservePort } from "../testing/lasting_port.ts";
import { childEnv, Program, runProgram, setFlags } from "../testing/process.ts";
import { readMetric } from "../testing/role.ts";
import { TempFolder } from "../testing/temp_folder.ts";

const LOST = "lars_log_lines_lost_total";

/** A role that is started by a line of shell, in which `"$@"` is the role. */
class ShellRole implements AsyncDisposable {
  readonly admin = `127.0.0.1:${reservePort()}`;
  readonly child: Deno.ChildProcess;

  constructor(
    name: RoleName,
    { folder, shell = 'exec "$@"', settings = [], args = [] }: {
      folder: string;
      shell?: string;
      settings?: string[];
      args?: string[];
    },
  ) {
    const set = [
      "reactor.port=0",
      `admin.port=${this.admin.split(":")[1]}`,
      ...name === "agent" ? [] : [`store.path=${folder}/lars.db`],
      ...settings,
    ];
    this.child = new Deno.Command("sh", {
      args: ["-c", shell, "sh", Deno.execPath(), ...roleTaskArgs(name), ...setFlags(set), ...args],
      cwd: TASK_FOLDER,
      clearEnv: true,
      env: { ...childEnv(), LARS_FAULTS: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  isReady(): Promise<boolean> {
    return isReady(this.admin);
  }

  lost(): Promise<number> {
    return readMetric(this.admin, LOST);
  }

  async stop(): Promise<number> {
    this.child.kill("SIGTERM");
    return (await inTime("the role stops", this.child.status)).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    const { stdout, stderr } = this.child;
    await Promise.all([stdout, stderr].map((stream) => stream.locked || stream.cancel()));
    await this.child.status;
  }
}

async function isReady(admin: string): Promise<boolean> {
  try {
    const response = await fetch(`http://${admin}/readyz`);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** Runs a test with every role at once. */
function testRoles(name: string, test: (role: RoleName, folder: string) => Promise<void>): void {
  Deno.test(`every role ${name}`, async () => {
    await using folder = new TempFolder();
    const results = await Promise.allSettled(ROLES.map((role) => test(role, folder.path)));
    for (const result of results) if (result.status === "rejected") throw result.reason;
  });
}

/** The name of a file whose every line is warned of, so that a SIGHUP makes a role say much. */
async function talkativeFile(folder: string, role: RoleName): Promise<string> {
  const path = `${folder}/${role}.conf`;
  await Deno.writeTextFile(path, `[${"x".repeat(1000)}]\n`.repeat(30));
  return path;
}

testRoles(
  "starts, serves and stops while a disk is full, and counts lines",
  async (name, folder) => {
    await using role = new ShellRole(name, { folder, shell: 'exec "$@" >/dev/full 2>/dev/full' });
    await until(() => role.isReady());
    await until(async () => await role.lost() > 0);
    const before = await role.lost();
    role.child.kill("SIGHUP");
    await until(async () => await role.lost() > before);
    assertEquals(await role.isReady(), true);
    assertEquals(await role.stop(), 0);
  },
);

testRoles("starts without stdin, stdout and stderr", async (name, folder) => {
  await using role = new ShellRole(name, { folder, shell: 'exec "$@" <&- >&- 2>&-' });
  await until(() => role.isReady());
  assertEquals(await role.stop(), 0);
});

testRoles("goes on when the reader of its log has ended", async (name, folder) => {
  await using role = new ShellRole(name, { folder });
  await until(() => role.isReady());
  await role.child.stderr.cancel();
  role.child.kill("SIGHUP");
  await until(async () => await role.lost() > 0);
  assertEquals(await role.isReady(), true);
  assertEquals(await role.stop(), 0);
});

/** Has a role say so much that nobody reads that its pipe is full, and what is held beside it. */
async function fillOutput(role: ShellRole): Promise<void> {
  await until(async () => {
    role.child.kill("SIGHUP");
    return await role.lost() > 0;
  });
}

testRoles("waits for no reader of its log, and says what was lost", async (name, folder) => {
  const file = await talkativeFile(folder, name);
  await using role = new ShellRole(name, { folder, args: ["--config", file] });
  await until(() => role.isReady());
  await fillOutput(role);
  assertEquals(await role.isReady(), true);
  if (name === "agent") {
    // Nor does a thread that dies wait for one.
    const url = `http://${role.admin}/debug/fault?worker=shard1&kind=throw`;
    await (await fetch(url, { method: "POST" })).body?.cancel();
    await until(async () =>
      await readMetric(role.admin, "lars_agent_workers_replaced_total") === 1 && role.isReady()
    );
    assertEquals(await readMetric(role.admin, "lars_agent_workers_stuck"), 0);
  }
  const notice = await inTime("the notice of lost lines", findNotice(role.child.stderr));
  assertGreater(Number(notice.lines), 0);
  assertEquals(notice.level, "warning");
  assertEquals(await role.stop(), 0);
});

/** The log's line that says how many were lost. */
async function findNotice(log: ReadableStream<Uint8Array>): Promise<Record<string, unknown>> {
  for await (const line of readLines(log)) {
    // A thread that was ended may have left a line without its end.
    const start = line.lastIndexOf('{"time"');
    const record = start < 0 ? {} : JSON.parse(line.slice(start));
    if (/^\d+ lines of the log could not be written and are lost$/.test(record.message)) {
      return record;
    }
  }
  throw new Error("The log ended without it");
}

testRoles("stops while nobody reads its log", async (name, folder) => {
  const file = await talkativeFile(folder, name);
  await using role = new ShellRole(name, { folder, args: ["--config", file] });
  await until(() => role.isReady());
  await fillOutput(role);
  assertEquals(await role.stop(), 0);
});

function isInstalled(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}

Deno.test({
  name: "every role goes on when its terminal is gone",
  ignore: !isInstalled("script"),
  async fn() {
    await using folder = new TempFolder();
    await Promise.all(ROLES.map((name) => loseTerminal(name, folder.path)));
  },
});

/** Runs a role on a terminal of its own, and takes that away. */
async function loseTerminal(name: RoleName, folder: string): Promise<void> {
  const file = (kind: string) => `${folder}/${name}.${kind}`;
  await Deno.writeTextFile(
    file("sh"),
    `trap "" HUP\n"$@" &\necho $! > ${file("pid")}\nwait $!\necho $? > ${file("code")}.new\n` +
      `mv ${file("code")}.new ${file("code")}\n`,
  );
  await using role = new ShellRole(name, {
    folder,
    shell: `exec script -qec 'sh ${file("sh")} '"$*" /dev/null`,
  });
  await until(() => role.isReady());
  role.child.kill("SIGKILL");
  const pid = Number(await Deno.readTextFile(file("pid")));
  try {
    await until(async () => {
      Deno.kill(pid, "SIGHUP");
      return await role.lost() > 0;
    });
    assertEquals(await role.isReady(), true);
  } finally {
    Deno.kill(pid, "SIGTERM");
  }
  await until(() => Deno.stat(file("code")).then(() => true, () => false));
  assertEquals(await Deno.readTextFile(file("code")), "0\n");
}

/** `lars` in a line of shell, in which `"$@"` is it. */
function inShell(shell: string, args: readonly string[]): string[] {
  const main = new URL("lars/main.ts", TASK_FOLDER).pathname;
  return ["-c", shell, "sh", Deno.execPath(), "run", "-A", main, ...args];
}

async function runShell(
  shell: string,
  ...args: string[]
): Promise<{ code: number; stderr: string }> {
  const { code, stderr } = await runProgram(inShell(shell, args), { command: "sh" });
  return { code, stderr };
}

const REPLAY = "tests/vectors/balancer/trace-1.json";

Deno.test("lars ends quietly when nobody reads what it prints", async () => {
  await using folder = new TempFolder();
  // A pipe that had a reader.
  const shell =
    `mkfifo ${folder.path}/$$; exec 3<>${folder.path}/$$ 4>${folder.path}/$$ 3<&-; exec "$@" >&4`;
  const commands = [["--help"], ["replay", REPLAY], ["simulate", "--list"], ["decode", "--help"]];
  const results = await Promise.all(commands.map((args) => runShell(shell, ...args)));
  assertEquals(results, commands.map(() => ({ code: 141, stderr: "" })));
});

Deno.test("lars says in one line that it cannot print", async () => {
  assertEquals(await runShell('exec "$@" >/dev/full', "--help"), {
    code: 1,
    stderr: "lars: Cannot print: No space left on device (os error 28)\n",
  });
  const { code } = await runShell('exec "$@" >/dev/full 2>/dev/full', "nope");
  assertEquals(code, 2);
});

Deno.test("lars up goes on while nothing can be written, its roles' logs neither", async () => {
  await using folder = new TempFolder();
  const admins = ROLES.map((name) => ({ name, port: reservePort() }));
  const settings = admins.flatMap(({ name, port }) => [
    `${name}:reactor.port=0`,
    `${name}:admin.port=${port}`,
  ]);
  await Deno.mkdir(folder.file("data/logs"), { recursive: true });
  await Deno.symlink("/dev/full", folder.file("data/logs/dns.log"));
  await Deno.mkdir(folder.file("data/logs/agent.log")); // cannot be opened
  const args = inShell('exec "$@" >/dev/full 2>/dev/full', [
    "up",
    "--verbose",
    ...setFlags(settings),
  ]);
  await using up = new Program(args, { command: "sh", cwd: folder.path });
  for (const { port } of admins) await until(() => isReady(`127.0.0.1:${port}`));
  const log = await Deno.readTextFile(folder.file("data/logs/reporter.log"));
  assert(log.includes('"ready"'), log);
  assertEquals(await up.stop(), 0);
});
