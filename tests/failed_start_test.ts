/**
 * What the programs say, and which exit code they give, when they cannot do their work: one line for each thing that is
 * wrong, which says what it is, and never a stack trace.
 */

import { assertEquals, assertMatch } from "@std/assert";
import type { MysqlConfig } from "../sql/mod.ts";
import { startMariadb } from "../testing/mariadb.ts";
import { Program, type ProgramEnd } from "../testing/program.ts";
import { storeSettings } from "../testing/role.ts";

const ROLES = ["dns", "reporter", "agent"] as const;

/** A command line that cannot be, what is said about it, a pattern a line, and the exit code. */
interface Failure {
  program: Program;
  says: RegExp[];
  code: number;
}

function flags(settings: readonly string[]): string[] {
  return ["log.format=json", ...settings].flatMap((each) => ["--set", each]);
}

/** What a line says: all of it, or the message of a log record. */
function messageOf(line: string): string {
  return line.startsWith("{") ? JSON.parse(line).message : line;
}

function assertSays({ lines }: ProgramEnd, says: readonly RegExp[]): void {
  const messages = lines.map(messageOf);
  assertEquals(messages.length, says.length, messages.join("\n"));
  for (const [i, pattern] of says.entries()) assertMatch(messages[i], pattern);
}

async function assertFails({ program, says, code }: Failure): Promise<void> {
  await using _ = program;
  const end = await program.ended();
  assertSays(end, says);
  assertEquals(end.code, code);
}

/** Awaits all, so that none is left when one fails. */
async function assertAllFail(failures: readonly Failure[]): Promise<void> {
  const results = await Promise.allSettled(failures.map(assertFails));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/** Runs a test that needs files. */
function testWithFolder(name: string, test: (folder: string) => Promise<void>): void {
  Deno.test(name, async () => {
    const folder = await Deno.makeTempDir({ prefix: "lars_failed_start_" });
    try {
      await test(folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** The settings that give a role a database, if it uses any. */
function storeIn(folder: string, name: typeof ROLES[number]): string[] {
  return name === "agent" ? [] : storeSettings({ driver: "sqlite", path: `${folder}/lars.db` });
}

testWithFolder("every role says which port is in use, and exits 1", async (folder) => {
  using tcp = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = tcp.addr;
  const udp = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const udpPort = (udp.addr as Deno.NetAddr).port;
  const adminFailures = ROLES.map((name) => ({
    program: Program.role(
      name,
      flags([...storeIn(folder, name), "reactor.port=0", `admin.port=${port}`]),
    ),
    says: [new RegExp(`^Cannot serve admin requests on 127.0.0.1:${port} as it is in use: choose`)],
    code: 1,
  }));
  const tcpFailures = (["dns", "reporter"] as const).map((name) => ({
    program: Program.role(
      name,
      flags([...storeIn(folder, name), `reactor.port=${port}`, "admin.port=0"]),
    ),
    says: [new RegExp(`^Cannot listen on 127.0.0.1:${port} as it is in use .*: choose another`)],
    code: 1,
  }));
  const udpFailures = [udpPort - 2, udpPort - 1, udpPort].map((first) => ({
    program: Program.role("agent", flags([`reactor.port=${first}`, "admin.port=0"])),
    says: [
      new RegExp(
        `^Cannot listen on UDP 127.0.0.1:${first} to ${first + 2} as one of them is in use`,
      ),
    ],
    code: 1,
  }));
  await assertAllFail([...adminFailures, ...tcpFailures, ...udpFailures]);
  udp.close();
});

testWithFolder("every role names an address that it cannot have, and exits 1", async (folder) => {
  // From the block that is for documentation only: nobody has it.
  await assertAllFail(ROLES.map((name) => ({
    program: Program.role(
      name,
      flags([...storeIn(folder, name), "reactor.ip=192.0.2.1", "reactor.port=0", "admin.port=0"]),
    ),
    says: [/^Cannot listen on (UDP )?192.0.2.1:0/],
    code: 1,
  })));
});

testWithFolder(
  "every role names each mistake in its configuration, and exits 2",
  async (folder) => {
    const file = `${folder}/bad.conf`;
    await Deno.writeTextFile(
      file,
      "[reactor]\nport = 70000\nprot = 1\n[log]\nlevel = loud\nlevel\n",
    );
    await assertAllFail(ROLES.flatMap((name) => [
      { program: Program.role(name, ["--nope"]), says: [/^Cannot take --nope/], code: 2 },
      {
        program: Program.role(name, ["--config", `${folder}/none.conf`]),
        says: [/none.conf: must be a file that can be read/],
        code: 2,
      },
      {
        program: Program.role(name, ["--config", file, "--set", "no.such=1"]),
        says: [
          /bad.conf:2: .*70000/,
          /bad.conf:5: .*loud/,
          /^--set no.such: /,
          /bad.conf:3: .*prot is ignored/,
          /bad.conf:6: the line is ignored/,
        ],
        code: 2,
      },
    ]));
  },
);

Deno.test("a database that refuses is named, with its reason", async (t) => {
  await using server = await startMariadb();
  const config = await server.createDatabase();
  const refusals: [settings: string[], reason: RegExp][] = [
    [["mysql.db_passwd=wrong"], /Access denied for user 'root'/],
    [["mysql.db_port=1"], /ECONNREFUSED/],
  ];
  const noDatabase = [...storeSettings(config), "mysql.db_name=nope"];
  const needsMigration =
    /^(lars: )?Database nope on .* Run `lars db migrate` with the same --config and --set$/;

  await t.step("lars exits 1", () =>
    assertAllFail([
      ...refusals.map(([settings, reason]) => ({
        program: Program.lars("routes", "list", ...databaseFlags(config, settings)),
        says: [reason],
        code: 1,
      })),
      {
        program: Program.lars("routes", "list", ...noDatabase.flatMap((each) => ["--set", each])),
        says: [needsMigration],
        code: 1,
      },
    ]));

  await t.step(
    "dns and reporter exit 1 when there is no such database",
    () =>
      assertAllFail((["dns", "reporter"] as const).map((name) => ({
        program: Program.role(name, flags([...noDatabase, "reactor.port=0", "admin.port=0"])),
        says: [needsMigration],
        code: 1,
      }))),
  );

  await t.step("dns and reporter say so once, wait for it, and can be stopped", async () => {
    await Promise.all(refusals.map(async ([settings, reason]) => {
      const args = flags([...storeSettings(config), ...settings, "reactor.port=0", "admin.port=0"]);
      await using dns = Program.role("dns", args);
      await dns.said((line) => reason.test(messageOf(line)) ? line : undefined);
      const dnsEnd = await dns.stop();
      assertSays(dnsEnd, [reason, /^stopping$/, /^stopped$/]);
      await using reporter = Program.role("reporter", args);
      await reporter.said((line) => messageOf(line) === "ready" ? line : undefined);
      const reporterEnd = await reporter.stop();
      assertSays(reporterEnd, [reason, /^ready$/, /^stopping$/, /^stopped$/]);
      assertEquals([dnsEnd.code, reporterEnd.code], [0, 0]);
    }));
  });
});

function databaseFlags(config: MysqlConfig, settings: readonly string[]): string[] {
  return [...storeSettings(config), ...settings].flatMap((each) => ["--set", each]);
}

Deno.test("lars says what is wrong in one line", () =>
  assertAllFail([
    {
      program: Program.lars("get-host", "1", "1", "--agent", "127.0.0.1:1"),
      says: [/^lars: Cannot reach the agent at 127.0.0.1:/],
      code: 1,
    },
    {
      program: Program.lars("get-host", "one", "1", "--set", "store.path=/nowhere/lars.db"),
      says: [/^lars: Cannot look up the name one: .* \/nowhere\/lars.db must exist/],
      code: 1,
    },
    { program: Program.lars("get-host", "-1", "1"), says: [/^lars: Cannot .*-1/], code: 2 },
    { program: Program.lars("nope"), says: [/^lars: Cannot run nope/], code: 2 },
    { program: Program.lars("routes", "list", "--nope"), says: [/^lars: .*--nope/], code: 2 },
  ]));
