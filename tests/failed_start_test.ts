/**
 * What the programs say, and which exit code they give, when they cannot do their work: one line for each thing that is
 * wrong, which says what it is, and never a stack trace.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { startMariadb } from "../testing/mariadb.ts";
import { Program, type ProgramEnd, runLars, runRole, setFlags } from "../testing/process.ts";
import { storeSettings } from "../testing/role.ts";
import { TempFolder } from "../testing/temp_folder.ts";

const ROLES = ["dns", "reporter", "agent"] as const;

/** A command line that fails, what is said about it, a pattern a line, and the exit code. */
interface Failure {
  end: Promise<ProgramEnd>;
  says: RegExp[];
  code: number;
}

function flags(settings: readonly string[]): string[] {
  return setFlags(["log.format=json", ...settings]);
}

/** What a line says: all of it, or the message of a log record. */
function messageOf(line: string): string {
  return line.startsWith("{") ? JSON.parse(line).message : line;
}

function assertSays(lines: readonly string[], says: readonly RegExp[]): void {
  const messages = lines.map(messageOf);
  assertEquals(messages.length, says.length, messages.join("\n"));
  for (const [i, pattern] of says.entries()) assertMatch(messages[i], pattern);
}

/** Awaits all, so that none is left when one fails. */
async function assertAllFail(failures: readonly Failure[]): Promise<void> {
  const ends = await Promise.all(failures.map(({ end }) => end));
  for (const [i, { code, stderr }] of ends.entries()) {
    assertSays(stderr.trimEnd().split("\n"), failures[i].says);
    assertEquals(code, failures[i].code);
  }
}

/** The settings that give a role a database, if it uses any. */
function storeIn(folder: TempFolder, name: typeof ROLES[number]): string[] {
  return name === "agent" ? [] : storeSettings(folder.database);
}

Deno.test("every role says which port is in use, and exits 1", async () => {
  await using folder = new TempFolder();
  using tcp = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = tcp.addr;
  const udp = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const udpPort = (udp.addr as Deno.NetAddr).port;
  const adminFailures = ROLES.map((name) => ({
    end: runRole(
      name,
      flags([...storeIn(folder, name), "reactor.port=0", `admin.port=${port}`]),
    ),
    says: [new RegExp(`^Cannot serve admin requests on 127.0.0.1:${port} as it is in use: choose`)],
    code: 1,
  }));
  const tcpFailures = (["dns", "reporter"] as const).map((name) => ({
    end: runRole(
      name,
      flags([...storeIn(folder, name), `reactor.port=${port}`, "admin.port=0"]),
    ),
    says: [new RegExp(`^Cannot listen on 127.0.0.1:${port} as it is in use .*: choose another`)],
    code: 1,
  }));
  const udpFailures = [udpPort - 2, udpPort - 1, udpPort].map((first) => ({
    end: runRole("agent", flags([`reactor.port=${first}`, "admin.port=0"])),
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

Deno.test("every role names an address that it cannot have, and exits 1", async () => {
  await using folder = new TempFolder();
  // From the block that is for documentation only: nobody has it.
  await assertAllFail(ROLES.map((name) => ({
    end: runRole(
      name,
      flags([
        ...storeIn(folder, name),
        ...name === "agent" ? ["agent.networks=240.0.0.0/4"] : [],
        "reactor.ip=192.0.2.1",
        "reactor.port=0",
        "admin.port=0",
      ]),
    ),
    says: [/^Cannot listen on (UDP )?192.0.2.1:0/],
    code: 1,
  })));
});

Deno.test("every role names each mistake in its configuration, and exits 2", async () => {
  await using folder = new TempFolder();
  const file = await folder.write(
    "bad.conf",
    "[reactor]\nport = 70000\nprot = 1\n[log]\nlevel = loud\nlevel\n",
  );
  await assertAllFail(ROLES.map((name) => ({
    end: runRole(name, ["--config", file, "--set", "no.such=1"]),
    says: [
      /bad.conf:2: .*70000/,
      /bad.conf:5: .*loud/,
      /^--set no.such: /,
      /bad.conf:3: .*prot is ignored/,
      /bad.conf:6: the line is ignored/,
    ],
    code: 2,
  })));
});

Deno.test("a database that refuses is named, with its reason", async (t) => {
  await using folder = new TempFolder();
  const wrong = await folder.write("password", "wrong");
  await using server = await startMariadb();
  const config = await server.createDatabase();
  const refusals: [settings: string[], reason: RegExp][] = [
    [[`mysql.db_passwd_file=${wrong}`], /Access denied for user 'root'/],
    [["mysql.db_port=1"], /ECONNREFUSED/],
  ];
  const noDatabase = [...storeSettings(config), "mysql.db_name=nope"];
  const needsMigration =
    /^(lars: )?Database nope on .* Run `lars db migrate` with the same --config and --set$/;

  await t.step("lars exits 1", () =>
    assertAllFail([
      ...refusals.map(([settings, reason]) => ({
        end: runLars(["routes", "list", ...setFlags([...storeSettings(config), ...settings])]),
        says: [reason],
        code: 1,
      })),
      {
        end: runLars(["routes", "list", ...setFlags(noDatabase)]),
        says: [needsMigration],
        code: 1,
      },
    ]));

  await t.step(
    "dns and reporter exit 1 when there is no such database",
    () =>
      assertAllFail((["dns", "reporter"] as const).map((name) => ({
        end: runRole(name, flags([...noDatabase, "reactor.port=0", "admin.port=0"])),
        says: [needsMigration],
        code: 1,
      }))),
  );

  await t.step("dns and reporter say so once, wait for it, and can be stopped", async () => {
    await Promise.all(refusals.map(async ([settings, reason]) => {
      const args = flags([...storeSettings(config), ...settings, "reactor.port=0", "admin.port=0"]);
      for (
        const [name, first, ready] of [["dns", reason, []], ["reporter", /^ready$/, [
          /^ready$/,
        ]]] as const
      ) {
        await using role = Program.role(name, args);
        await role.stderr.find((line) => first.test(messageOf(line)) || undefined);
        assertEquals(await role.stop(), 0);
        assertSays(role.stderr.all, [reason, ...ready, /^stopping$/, /^stopped$/]);
      }
    }));
  });
});
