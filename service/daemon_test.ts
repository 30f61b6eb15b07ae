import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { type LogLine, Program } from "../testing/process.ts";
import { TempFolder } from "../testing/temp_folder.ts";
import { VERSION } from "./version.ts";

/** daemon_fixture.ts as a process of its own, with the permissions that a role has. */
class TinyDaemon extends Program {
  constructor(...args: string[]) {
    super([
      ...["run", "--no-prompt", "--allow-env=LARS_*"],
      `--allow-read=${Deno.env.get("TMPDIR") ?? "/tmp"}`,
      new URL("../testing/service/daemon_fixture.ts", import.meta.url).href,
      ...args,
    ], { env: { LARS_LOG_FORMAT: "json" } });
  }

  /** Awaits its end; gives the last line of its log, too. */
  async end(): Promise<{ code: number; stdout: string; last?: LogLine & Record<string, unknown> }> {
    const code = await this.ended();
    const line = this.stderr.all.at(-1);
    const last = line?.startsWith("{") ? JSON.parse(line) : undefined;
    return { code, stdout: this.stdout.all.join("\n"), last };
  }
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`runDaemon() stops the service and exits 0 on ${signal}`, async () => {
    await using daemon = new TinyDaemon();
    const { time: _, ...ready } = await daemon.logged("ready");
    assertEquals(ready, {
      level: "info",
      logger: "lars.tiny",
      message: "ready",
      listen: "127.0.0.1:7",
      admin: "127.0.0.1:8",
    });
    daemon.signal(signal);
    assertEquals((await daemon.logged("stopping")).signal, signal);
    const { code, last } = await daemon.end();
    assertEquals({ code, message: last?.message }, { code: 0, message: "stopped" });
  });
}

Deno.test("runDaemon() takes the same signal twice in a row for one", async () => {
  await using daemon = new TinyDaemon();
  await daemon.logged("ready");
  daemon.signal("SIGTERM");
  daemon.signal("SIGTERM");
  const { code, last } = await daemon.end();
  assertEquals({ code, message: last?.message }, { code: 0, message: "stopped" });
});

Deno.test("runDaemon() exits 1 at once on a second signal", async () => {
  await using daemon = new TinyDaemon("--set", "tiny.does=never stop");
  await daemon.logged("ready");
  daemon.signal("SIGTERM");
  await daemon.logged("stopping");
  daemon.signal("SIGINT");
  const { code, last } = await daemon.end();
  // By the signal: the deadline for stopping, which ends it with 1 as well, is told of in other words.
  assertEquals({ code, message: last?.message }, {
    code: 1,
    message: "Stopped at once by a second SIGINT",
  });
});

Deno.test("runDaemon() exits 1 when the service does not stop in five seconds", async () => {
  await using daemon = new TinyDaemon("--set", "tiny.does=never stop");
  await daemon.logged("ready");
  daemon.signal("SIGTERM");
  const { time: stopping } = await daemon.logged("stopping");
  const { code, last } = await daemon.end();
  assertEquals(code, 1);
  assertEquals(last?.message, "Cannot stop in time: gave up after 5000 ms");
  assertGreater(Date.parse(String(last?.time)) - Date.parse(String(stopping)), 4900);
});

Deno.test("runDaemon() exits 1 when the service fails to stop", async () => {
  await using daemon = new TinyDaemon("--set", "tiny.does=fail to stop");
  await daemon.logged("ready");
  daemon.signal("SIGTERM");
  const { code, last } = await daemon.end();
  assertEquals({ code, message: last?.message }, { code: 1, message: "Cannot flush" });
});

Deno.test("runDaemon() exits 0 when stopped while it still starts", async () => {
  await using daemon = new TinyDaemon("--set", "tiny.does=never start");
  await daemon.logged("starting");
  daemon.signal("SIGTERM");
  assertEquals((await daemon.end()).code, 0);
});

Deno.test("runDaemon() exits 1 with one line when the service cannot start", async () => {
  await using daemon = new TinyDaemon("--set", "tiny.does=fail to start");
  const { code, last } = await daemon.end();
  assertEquals(code, 1);
  assertEquals(daemon.stderr.all.length, 1);
  assertEquals(last?.level, "fatal");
  assertEquals(last?.message, "Cannot listen on 127.0.0.1:1 as {it} is in use");
});

Deno.test("runDaemon() exits 1 when something throws or rejects and nobody cares", async () => {
  for (const [does, message] of [["throw", "thrown"], ["reject", "rejected"]]) {
    await using daemon = new TinyDaemon("--set", `tiny.does=${does}`);
    const { code, last } = await daemon.end();
    assertEquals({ code, message: last?.message }, { code: 1, message });
    assertStringIncludes(String(last?.stack), "daemon_fixture.ts");
  }
});

Deno.test("runDaemon() exits with the code of a fatal error", async () => {
  await using daemon = new TinyDaemon("--set", "tiny.does=fatal");
  const { code, last } = await daemon.end();
  assertEquals({ code, message: last?.message }, { code: 3, message: "A thread hangs" });
});

Deno.test("runDaemon() lists mistakes one per line and exits 2", async () => {
  await using daemon = new TinyDaemon("--set", "tiny.does=x", "--set", "tiny.nothing=1");
  const { code } = await daemon.end();
  assertEquals(code, 2);
  assertEquals(daemon.stderr.all.map((line) => line.split(":")[0]), [
    "--set tiny.does",
    "--set tiny.nothing",
  ]);
});

Deno.test("runDaemon() exits 2 on a flag it does not know", async () => {
  await using daemon = new TinyDaemon("--nonsense");
  assertEquals((await daemon.end()).code, 2);
  assertEquals(daemon.stderr.all, ["Cannot take --nonsense: --help says what there is"]);
});

Deno.test("runDaemon() answers --help, --version and --print-config on stdout", async () => {
  const expected = {
    "--help": "Does what a test wants\n\nUsage: deno task tiny",
    "--version": `lars-tiny ${VERSION} (Deno ${Deno.version.deno})`,
    "--print-config": "log.format = json   # LARS_LOG_FORMAT",
  };
  for (const [flag, text] of Object.entries(expected)) {
    await using daemon = new TinyDaemon(flag);
    const { code, stdout } = await daemon.end();
    assertEquals(code, 0);
    assertStringIncludes(stdout, text);
    assertEquals(daemon.stderr.all, []);
  }
});

Deno.test("runDaemon() hands the configuration read anew to the service on SIGHUP", async () => {
  await using folder = new TempFolder();
  const file = await folder.write("tiny.conf", "[tiny]\nword = first\n");
  await using daemon = new TinyDaemon("--config", file);
  await daemon.logged("ready");
  await Deno.writeTextFile(file, "[tiny]\nword = second\ndoes = throw\n[log]\nlevel = debug\n");
  daemon.signal("SIGHUP");
  const { word, does } = await daemon.logged("heard");
  assertEquals({ word, does }, { word: "second", does: "serve" });
  await daemon.logged("heard in detail");
  assertEquals((await daemon.logged("reloaded")).changed, ["tiny.word", "log.level"]);
  const restart = await daemon.logged("Restart to have what else changed in the configuration");
  assertEquals([restart.level, restart.needRestart], ["warning", ["tiny.does"]]);
  await Deno.writeTextFile(file, "[tiny]\ndoes = dance\n");
  daemon.signal("SIGHUP");
  const { level } = await daemon.logged(
    `Cannot reload: ${file}:2: [tiny] does must be one of serve, start late, fail to start, never start, ` +
      'fail to stop, never stop, throw, reject, fatal: current value is "dance"',
  );
  assertEquals(level, "error");
  await Deno.writeTextFile(file, "[tiny]\nwrod = third\n");
  daemon.signal("SIGHUP");
  await daemon.logged(
    `Configuration: ${file}:2: [tiny] wrod is ignored as it is not known: did you mean word? ` +
      "Known are does, word",
  );
  daemon.signal("SIGTERM");
  assertEquals((await daemon.end()).code, 0);
});

Deno.test("runDaemon() reloads after the start when SIGHUP comes before", async () => {
  await using daemon = new TinyDaemon("--set", "tiny.does=start late");
  await daemon.logged("starting");
  daemon.signal("SIGHUP");
  daemon.signal("SIGUSR1");
  await daemon.logged("ready");
  await daemon.logged("reloaded");
  daemon.signal("SIGTERM");
  assertEquals((await daemon.end()).code, 0);
});

Deno.test("runDaemon() logs text when told to", async () => {
  await using daemon = new TinyDaemon("--set", "log.format=text", "--set", "tiny.does=fatal");
  assertEquals((await daemon.end()).code, 3);
  assertEquals(daemon.stderr.all.map((line) => line.slice(24)), [
    "info    lars.tiny ready listen=127.0.0.1:7 admin=127.0.0.1:8",
    "fatal   lars.tiny A thread hangs",
  ]);
});
