import { DatabaseSync } from "node:sqlite";
import { assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { LarsClient } from "../client/mod.ts";
import { ownCommand } from "../lars/cli/command.ts";
import { parseIpv4 } from "../proto/mod.ts";
import {
  migrate,
  openRouteStore,
  openStatusStore,
  type RouteNames,
  type RouteRow,
  type StoreConfig,
} from "../sql/mod.ts";
import { openDatabase } from "../sql/open.ts";
import { storeName } from "../lars/cli/store_flags.ts";
import { FakeDns } from "../testing/agent_peers.ts";
import { mariadb, testOnEachDatabase } from "../testing/each_database.ts";
import { originalTables, runStatements } from "../testing/original_database.ts";
import { Program, runLars, runProgram } from "../testing/process.ts";
import { Role, storeSettings } from "../testing/role.ts";
import { TempFolder } from "../testing/temp_folder.ts";

/** The options that name a database. */
function sets(config: StoreConfig): string[] {
  return storeSettings(config).flatMap((setting) => ["--set", setting]);
}

/** Runs `lars` on a database: words separated by blanks, with the options that name it in front of a `--`. */
function larsOn(config: StoreConfig) {
  return (command: string, stdin?: string) => {
    const words = command.split(" ");
    const end = words.indexOf("--");
    words.splice(end < 0 ? words.length : end, 0, ...sets(config));
    return runLars(words, { stdin });
  };
}

async function readRoutes(config: StoreConfig): Promise<string[]> {
  const rows = (await readAll(config)).rows;
  return rows.map(({ id, modid, cmdid, ip, port, weight }) =>
    `${id}: ${modid}/${cmdid} ${ip & 255}:${port} ${weight}`
  );
}

async function readAll(config: StoreConfig): Promise<{ rows: RouteRow[]; names: RouteNames }> {
  const store = await openRouteStore(config);
  const rows = (await Array.fromAsync(store.readAll())).flat();
  const names = await store.readNames();
  await store.close();
  return { rows, names };
}

Deno.test("lars routes lists what the tutorial's database has, and changes it once it is migrated", async () => {
  const config = await mariadb.createDatabase();
  await runStatements(config, [
    ...originalTables({ tables: 4, signed: true }),
    "INSERT INTO RouteData (modid, cmdid, serverip, serverport) VALUES (1, 1, 3232235953, 80)",
  ]);
  const lars = larsOn(config);
  const listed = await lars("routes list --json");
  assertEquals([listed.code, listed.stderr], [0, ""]);
  assertStringIncludes(listed.stdout, "192.168.1.177");
  const exported = await lars("routes export");
  assertStringIncludes(exported.stdout, "1,1,192.168.1.177,80,100");
  const drain = "drain 1 1 192.168.1.177:80";
  for (const change of ["add 1 1 10.0.0.1:80", drain, "remove 1 1 --yes", "name 1 one"]) {
    const { code, stderr } = await lars(`routes ${change}`);
    assertEquals(code, 1, change);
    assertStringIncludes(stderr, "lars db migrate", change);
  }
  assertEquals((await lars("db migrate")).code, 0);
  assertEquals((await lars(`routes ${drain}`)).code, 0);
  assertEquals(await readRoutes(config), ["1: 1/1 177:80 0"]);
});

testOnEachDatabase("tools that change routes wake dns up", async (config) => {
  await migrate(config);
  await using dns = await Role.start("dns", [
    ...storeSettings(config),
    "dns.version_poll_ms=60000",
  ]);
  await using watch = Program.lars(`dns watch 1 1 --json --dns 127.0.0.1:${dns.port}`);
  const nextHosts = async () => {
    const { hosts } = JSON.parse(await watch.stdout.next());
    return hosts.map(({ hostname }: { hostname: string }) => hostname);
  };
  assertEquals(await nextHosts(), []);
  const silent = "127.0.0.1:1";
  const lars = larsOn(config);
  const told = `--set dns.admin=${dns.admin},${silent}`;

  const added = await lars(`routes add 1 1 10.0.0.1:80 ${told}`);
  assertEquals([added.code, added.stderr], [
    0,
    `lars: Could not tell dns at ${silent} of the change (it does not answer): ` +
    "it finds it at its next poll of the database\n",
  ]);
  assertEquals(await nextHosts(), ["10.0.0.1"]);
  await lars(`routes import - --yes ${told}`, CSV);
  assertEquals(await nextHosts(), ["10.0.0.1", "10.0.0.2"]);
  await lars(`routes drain 1 1 10.0.0.1:80 ${told}`);
  assertEquals(await nextHosts(), ["10.0.0.2"]);
  await lars(`routes remove 1 1 --yes ${told}`);
  assertEquals(await nextHosts(), []);
});

const CSV = `modid,cmdid,ip,port,weight
1,1,10.0.0.1,80,100
1,1,10.0.0.2,80,5
2,1,10.0.0.1,80
`;

testOnEachDatabase("routes go in and out by files, all of them or none", async (config) => {
  await migrate(config);
  const lars = larsOn(config);
  const store = sets(config);
  const imported = await lars("routes import - --yes", CSV);
  const undo = `  ${ownCommand()} routes remove`;
  assertEquals([imported.code, imported.stdout.split("\n")], [0, [
    `Imported into ${
      storeName(config)
    }: 3 hosts added, 0 reweighted, 0 removed, in 2 modules; 0 names changed`,
    "To undo it:",
    `${undo} 1 1 10.0.0.1:80 10.0.0.2:80 ${store.join(" ")}`,
    `${undo} 2 1 10.0.0.1:80 ${store.join(" ")}`,
    "",
  ]]);
  const routes = await readRoutes(config);
  assertEquals(routes, ["1: 1/1 1:80 100", "2: 1/1 2:80 5", "3: 2/1 1:80 100"]);

  const unasked = await lars(
    "routes import - --replace",
    "modid,cmdid,ip,port\n1,1,10.0.0.1,80\n1,1,10.0.0.3,80\n",
  );
  assertEquals(unasked.code, 2);
  assertEquals(unasked.stderr.split("\n"), [
    `Database ${storeName(config)}:`,
    "module (1, 1)",
    "  - 10.0.0.2:80",
    "  + 10.0.0.3:80 weight 100",
    "1 module to change: 1 host to add, 0 hosts to reweight, 1 host to remove",
    "lars: Cannot ask whether to do this as there is no terminal: add --yes. Nothing was changed",
    "",
  ]);

  const wrong = await lars(
    "routes import - --yes",
    `${CSV}3,1,10.0.0.1,80\n3,1,10.0.0.1,0\n-3,1,10.0.0.1,80\n`,
  );
  assertEquals([wrong.code, wrong.stdout], [1, ""]);
  assertEquals(wrong.stderr.split("\n"), [
    "lars: standard input:6: port must be an integer 1 … 65535: it is 0",
    'lars: standard input:7: modid must be an integer 0 … 2147483647: it is "-3"',
    "lars: Cannot import standard input as 2 of 6 rows must be mended first: nothing was changed",
    "",
  ]);
  const many = await lars("routes import - --yes", CSV + "3,1,server,80\n".repeat(1000));
  assertEquals(many.stderr.split("\n").slice(99, -1), [
    'lars: standard input:104: ip must be an IPv4 address such as 10.0.0.5: it is "server"',
    "lars: … and 900 more rows like these",
    "lars: Cannot import standard input as 1,000 of 1,003 rows must be mended first: nothing was changed",
  ]);
  assertEquals(await readRoutes(config), routes);

  for (const format of ["", " --json"]) {
    const exported = await lars(`routes export${format}`);
    const again = await lars("routes import - --replace", exported.stdout);
    assertEquals([again.code, again.stdout, again.stderr], [
      0,
      `Nothing to do: database ${storeName(config)} has these routes\n`,
      "",
    ]);
  }
  const replaced = await lars(
    "routes import - --replace --yes --json",
    '[{"modid": 1, "cmdid": 1, "ip": "10.0.0.2", "port": 80, "weight": 6}]',
  );
  assertEquals(JSON.parse(replaced.stdout), {
    database: storeName(config),
    modules: 1,
    added: 0,
    reweighted: 1,
    removed: 1,
    names: 0,
    undo: [
      `${ownCommand()} routes add 1 1 10.0.0.1:80 ${store.join(" ")}`,
      `${ownCommand()} routes weight 1 1 10.0.0.2:80 5 ${store.join(" ")}`,
    ],
  });
  assertEquals(await readRoutes(config), ["2: 1/1 2:80 6", "3: 2/1 1:80 100"]);

  await lars("routes name 1 shop");
  await lars("routes name 1 1 search");
  assertEquals((await lars("routes list")).stdout.split("\n"), [
    "modid  cmdid  name         host         weight",
    "    1      1  shop/search  10.0.0.2:80       6",
    "    2      1  /search      10.0.0.1:80     100",
    "",
  ]);
});

Deno.test(
  "routes import --replace-all brings back just what an export held",
  async () => {
    await using folder = new TempFolder();
    const config = folder.database;
    await migrate(config);
    const lars = larsOn(config);
    await lars("routes add 1 1 10.0.0.1:80 10.0.0.2:80 --weight 7");
    await lars("routes drain 1 1 10.0.0.2:80");
    await lars('routes name 1 shop;"pay"');
    await lars("routes name 9 no_host_yet");
    for (const format of ["", " --json"]) {
      const exported = (await lars(`routes export${format}`)).stdout;
      await lars("routes remove 1 1 10.0.0.2:80");
      await lars("routes weight 1 1 10.0.0.1:80 50");
      await lars("routes add 2 2 10.0.0.3:80");
      await lars("routes name 1 other");
      await lars("routes name 9 ");
      await lars("routes name 2 2 new");
      const changed = await readRoutes(config);

      const shown = await lars("routes import - --replace-all --dry-run", exported);
      assertEquals([shown.code, shown.stderr, shown.stdout.split("\n")], [0, "", [
        `Database ${storeName(config)}:`,
        "module (1, 1)",
        "  ~ 10.0.0.1:80 weight 50 → 7",
        "  + 10.0.0.2:80 drained",
        "module (2, 2)",
        "  - 10.0.0.3:80",
        "2 modules to change: 1 host to add, 1 host to reweight, 1 host to remove",
        'modid 1 is called shop;"pay"',
        "modid 9 is called no_host_yet",
        "cmdid 2 loses its name",
        "",
      ]]);
      const unasked = await lars("routes import - --replace-all", exported);
      assertEquals(unasked.code, 2);
      assertStringIncludes(
        unasked.stderr,
        "as there is no terminal: add --yes. Nothing was changed",
      );
      assertEquals(await readRoutes(config), changed);

      assertEquals((await lars("routes import - --replace-all --yes", exported)).code, 0);
      assertEquals((await lars(`routes export${format}`)).stdout, exported);
    }

    const empty = await lars("routes import - --replace-all", "[]");
    assertEquals(empty.code, 2);
    assertStringIncludes(empty.stderr, "as it holds none: add --yes to remove every host and name");
    assertEquals((await readRoutes(config)).length, 2);
  },
);

Deno.test(
  "commands that change routes say what they changed, where, and what undoes it",
  async () => {
    await using folder = new TempFolder();
    const config = folder.database;
    await migrate(config);
    const lars = larsOn(config);
    const where = `Database ${storeName(config)}, module (1, 1):`;
    const undo = `${ownCommand()} routes`;
    const at = sets(config).join(" ");
    const hosts = ["10.0.0.1:80", "10.0.0.2:80"];
    const none =
      "lars: module (1, 1) has no host left that is served: programs that ask for it are told that " +
      "there is no such module\n";

    const added = await lars(`routes add 1 1 ${hosts[0]} --weight 50`);
    assertEquals(added.stdout.split("\n"), [
      where,
      "  added      10.0.0.1:80  weight 50",
      "To undo it:",
      `  ${undo} remove 1 1 10.0.0.1:80 ${at}`,
      "",
    ]);
    const known = await lars(`routes add 1 1 ${hosts.join(" ")}`);
    assertEquals([known.code, known.stdout.split("\n")], [0, [
      where,
      "  added      10.0.0.2:80  weight 100",
      "  unchanged  10.0.0.1:80  weight 50",
      "To undo it:",
      `  ${undo} remove 1 1 10.0.0.2:80 ${at}`,
      "",
    ]]);
    const other = await lars(`routes add 1 1 ${hosts[0]} --weight 70`);
    assertEquals([other.code, other.stdout.split("\n")], [1, [
      where,
      "  unchanged  10.0.0.1:80  weight 50",
      "",
    ]]);
    assertStringIncludes(other.stderr, "`lars routes weight 1 1 10.0.0.1:80 70` does");

    const weighed = await lars(`routes weight 1 1 ${hosts.join(" ")} 70`);
    assertEquals(weighed.stdout.split("\n"), [
      where,
      "  changed    10.0.0.1:80  weight 50 → 70",
      "  changed    10.0.0.2:80  weight 100 → 70",
      "To undo it:",
      `  ${undo} weight 1 1 10.0.0.1:80 50 ${at}`,
      `  ${undo} weight 1 1 10.0.0.2:80 100 ${at}`,
      "",
    ]);
    const absent = await lars(`routes weight 1 1 ${hosts[0]} 10.0.0.9:80 1`);
    assertEquals([absent.code, absent.stdout], [1, ""]);
    assertStringIncludes(
      absent.stderr,
      "Cannot reweight 10.0.0.9:80 as module (1, 1) does not have it",
    );
    assertEquals(await readRoutes(config), ["1: 1/1 1:80 70", "2: 1/1 2:80 70"]);

    const drained = await lars(`routes drain 1 1 ${hosts[0]}`);
    assertEquals([drained.stdout.split("\n")[1], drained.stderr], [
      "  changed    10.0.0.1:80  weight 70 → drained",
      "",
    ]);
    await lars(`routes add 2 1 ${hosts[1]}`);
    const unasked = await lars(`routes drain ${hosts[1]}`);
    assertEquals([unasked.code, unasked.stdout], [2, ""]);
    assertStringIncludes(unasked.stderr, "2 modules to change");
    const everywhere = await lars(`routes drain ${hosts[1]} --yes`);
    assertEquals(everywhere.stdout.split("\n"), [
      `Database ${storeName(config)}:`,
      "module (1, 1)",
      "  changed    10.0.0.2:80  weight 70 → drained",
      "module (2, 1)",
      "  changed    10.0.0.2:80  weight 100 → drained",
      "To undo it:",
      `  ${undo} weight 1 1 10.0.0.2:80 70 ${at}`,
      `  ${undo} weight 2 1 10.0.0.2:80 100 ${at}`,
      "",
    ]);
    assertStringIncludes((await lars("routes list 1")).stdout, "10.0.0.1:80  drained");
    const listed = JSON.parse((await lars("routes list 1 --json")).stdout);
    assertEquals([listed[0].weight, listed[0].drained], [0, true]);
    const again = await lars(`routes drain 1 1 ${hosts.join(" ")}`);
    assertEquals([again.stdout.split("\n").slice(1), again.stderr], [
      ["  unchanged  10.0.0.1:80  drained", "  unchanged  10.0.0.2:80  drained", ""],
      none,
    ]);

    await lars(`routes weight 1 1 ${hosts[0]} 100`);
    const whole = await lars("routes remove 1 1");
    assertEquals([whole.code, whole.stdout], [2, ""]);
    assertStringIncludes(whole.stderr, "  - 10.0.0.1:80\n  - 10.0.0.2:80\n");
    assertEquals((await readRoutes(config)).length, 3);
    const removed = await lars("routes remove 1 1 --yes");
    assertEquals([removed.code, removed.stderr, removed.stdout.split("\n")], [0, none, [
      where,
      "  removed    10.0.0.1:80  weight 100",
      "  removed    10.0.0.2:80  drained",
      "To undo it:",
      `  ${undo} add 1 1 10.0.0.1:80 ${at}`,
      `  ${undo} add 1 1 10.0.0.2:80 --weight 0 ${at}`,
      "",
    ]]);
    const gone = await lars("routes remove 1 1 --yes");
    assertEquals([gone.code, gone.stdout], [1, ""]);
  },
);

Deno.test("what a command prints to undo it brings back exactly what was there before", async () => {
  await using folder = new TempFolder();
  const config = folder.database;
  await migrate(config);
  const lars = larsOn(config);
  const file = [
    "modid,cmdid,ip,port,weight,modidName,cmdidName",
    '2,1,10.0.0.3,80,0,shop,"find,\n""all"""',
    "1,1,10.0.0.2,80,50,,",
    "1,1,10.0.0.1,80,100,,",
    "9,,,,,later,",
  ].join("\r\n");
  // By address and not by id, which is new for a host that was removed and brought back.
  const routes = async () => {
    const { rows, names } = await readAll(config);
    return { names, rows: new Set(rows.map(({ id: _, ...route }) => JSON.stringify(route))) };
  };
  await lars("routes import - --yes", file);
  const before = await routes();
  assertStringIncludes(
    (await lars("routes export")).stdout,
    '2,1,10.0.0.3,80,0,shop,"find,\n""all"""\n',
  );
  const changes = [
    "add 1 1 10.0.0.9:80 10.0.0.8:80",
    "remove 1 1 10.0.0.2:80",
    "name 9 ", // an empty name
    "name -- 2 1 -x",
    "import - --replace-all --yes",
  ];
  const other = "modid,cmdid,ip,port,weight,modidName\n1,1,10.0.0.2,80,1,one\n1,2,10.0.0.2,80,,\n";
  for (const change of changes) {
    const done = await lars(`routes ${change.replace(" ", " --json ")}`, other);
    assertEquals([done.code, done.stderr], [0, ""], change);
    assertNotEquals(await routes(), before, change);
    for (const line of JSON.parse(done.stdout).undo) {
      assertEquals((await runLars(await wordsOf(line))).code, 0, line);
    }
    assertEquals(await routes(), before, change);
  }
});

/** The words of a command line behind `deno task lars`, as a shell takes them. */
async function wordsOf(line: string): Promise<string[]> {
  const script = `eval "set -- $1"; printf '%s\\0' "$@"`;
  const { stdout } = await runProgram(["-c", script, "sh", line], { command: "sh" });
  return stdout.split("\0").slice(3, -1);
}

Deno.test("commands make no database where there is none; db migrate does, and asks among others' tables", async () => {
  await using folder = new TempFolder();
  const path = folder.file("data/lars.db");
  const lars = larsOn({ driver: "sqlite", path });
  const isEmpty = () => [...Deno.readDirSync(folder.path)].length === 0;
  const commands = [
    "list",
    "add 1 1 10.0.0.1:80",
    "remove 1 1 --yes",
    "name 1 shop",
    "export",
    "import - --yes",
  ];
  for (const command of commands) {
    const { code, stdout, stderr } = await lars(`routes ${command}`, CSV);
    assertEquals([code, stdout], [1, ""], command);
    assertMatch(
      stderr,
      /^lars: Database .* must exist: there is no such file\. `lars up` and `lars db /,
    );
    assertStringIncludes(stderr, path);
  }
  assertEquals(isEmpty(), true);

  const plan = await lars("db migrate --print");
  assertStringIncludes(plan.stdout, "CREATE TABLE IF NOT EXISTS RouteData (");
  assertEquals([plan.code, isEmpty()], [0, true]);
  const made = await lars("db migrate");
  assertEquals([made.code, made.stdout.split("\n")[0]], [0, `Database ${path} made`]);
  assertEquals((await lars("db migrate")).stdout, `Database ${path} is up to date\n`);
  assertEquals((await lars("db migrate --print")).stdout, `-- Database ${path} is up to date\n`);

  const foreign = folder.file("shop.db");
  const database = new DatabaseSync(foreign);
  database.exec("CREATE TABLE orders (id INT)");
  database.close();
  const before = await Deno.readFile(foreign);
  const refused = await larsOn({ driver: "sqlite", path: foreign })("db migrate");
  assertEquals([refused.code, refused.stdout], [2, ""]);
  assertStringIncludes(refused.stderr, `Database ${foreign} holds tables of something else`);
  assertEquals(await Deno.readFile(foreign), before);
});

Deno.test("routes export leaves out what dns does not serve, and says so", async () => {
  await using folder = new TempFolder();
  const config = folder.database;
  const database = await openDatabase(config);
  await database.write(
    `INSERT INTO RouteData (modid, cmdid, serverip, serverport) VALUES
      (1, 1, 1, 80), (1, 1, 1, 80), (1, 1, 1, 0), (4294967295, 1, 1, 80)`,
  );
  await database.close();
  const { code, stdout, stderr } = await larsOn(config)("routes export");
  assertEquals([code, stdout], [
    0,
    "modid,cmdid,ip,port,weight,modidName,cmdidName\n1,1,0.0.0.1,80,100,,\n",
  ]);
  assertStringIncludes(stderr, "3 rows left out");
});

Deno.test("the tools tell what a running system does", async () => {
  await using folder = new TempFolder();
  const config = folder.database;
  await using dns = await Role.start("dns", storeSettings(config));
  await using reporter = await Role.start("reporter", storeSettings(config));
  await using agent = await Role.start("agent", [
    `dnsserver.port=${dns.port}`,
    `reporter.port=${reporter.port}`,
  ]);
  const lars = larsOn(config);
  const ofAgent = `--agent 127.0.0.1:${agent.port}`;

  // dns has not polled the database yet, and the agent knows already that there is no such module.
  await using client = new LarsClient({ port: agent.port });
  await client.getRoute(1, 1).catch(() => {});
  await lars("routes add 1 1 127.0.0.1:9001 127.0.0.1:9002");
  assertMatch((await lars(`get-host 1 1 ${ofAgent}`)).stdout, /^127.0.0.1:900[12]\n$/);

  await lars("routes name 1 shop");
  await lars("routes name 1 1 search");
  assertMatch((await lars(`get-host shop search ${ofAgent}`)).stdout, /^127.0.0.1:900[12]\n$/);
  const unknown = await lars(`get-host shop find ${ofAgent}`);
  assertEquals([unknown.code, unknown.stdout], [2, ""]);
  assertStringIncludes(unknown.stderr, "Cannot find a cmdid called find");

  for (const host of ["127.0.0.1:9001", "127.0.0.1 9001"]) {
    assertEquals(await lars(`report 1 1 ${host} 0 ${ofAgent}`), {
      code: 0,
      stdout: "Told the agent that a call to 127.0.0.1:9001 went well (0)\n",
      stderr: "",
    });
  }
  const stranger = await lars(`report 1 1 127.0.0.1:9999 0 ${ofAgent}`);
  assertEquals([stranger.code, stranger.stdout], [1, ""]);
  assertStringIncludes(
    stranger.stderr,
    "Cannot report on 127.0.0.1:9999 as module (1, 1) has no such",
  );

  await lars("routes add 7 1 127.0.0.1:9001 --weight 0");
  const drained = await lars(`get-host 7 1 ${ofAgent}`);
  assertEquals(drained.code, 1);
  assertStringIncludes(drained.stderr, "as all of its hosts are drained in");

  await using watch = Program.lars(`dns watch 1 1 --json --count 2 --dns 127.0.0.1:${dns.port}`);
  const first = JSON.parse(await watch.stdout.next());
  assertEquals([first.kind, first.hosts.length], ["answer", 2]);
  await lars("routes remove 1 1 127.0.0.1:9002");
  const second = JSON.parse(await watch.stdout.next());
  assertEquals([second.kind, second.hosts], [
    "push",
    [{ hostname: "127.0.0.1", port: 9001, weight: 100 }],
  ]);
  assertEquals(await watch.ended(), 0);

  const simulated = await lars(`simulate 1 1 3 40 --seed 7 --json ${ofAgent}`);
  assertEquals(simulated.code, 0);
  const { seed, tried, hosts, errors } = JSON.parse(simulated.stdout);
  const [{ picks, ok, failed }] = hosts;
  assertEquals([seed, tried, hosts.length, ok + failed], [7, 40, 1, picks]);
  assertEquals(picks, 40 - (errors.overload ?? 0));

  const admins = `--dns-admin ${dns.admin} --reporter-admin ${reporter.admin} ` +
    `--agent-admin ${agent.admin}`;
  const up = await runLars(`status --json ${admins}`);
  const statuses: { role: string; ready: boolean; numbers: object }[] = JSON.parse(up.stdout);
  assertEquals(up.code, 0);
  assertEquals(statuses.map(({ role, ready }) => [role, ready]), [
    ["dns", true],
    ["reporter", true],
    ["agent", true],
  ]);
  assertEquals(statuses.map(({ numbers }) => Object.keys(numbers)), [
    ["modules", "hosts", "staleSec", "snapshotAgeSec", "heldHosts"],
    ["pending"],
    [
      ...["modules", "hosts", "overloaded", "workersMissing", "workersStuck", "snapshotAgeSec"],
      ...["dnsConnections", "reporterConnections"],
    ],
  ]);
  await dns.stop();
  const down = await runLars(`status ${admins}`);
  assertEquals(down.code, 1);
  assertMatch(down.stdout, /\ndns +\S+ +away: Connection refused/);
});

Deno.test("reporter send brings a status into the database", async () => {
  await using folder = new TempFolder();
  const config = folder.database;
  const reporter = await Role.start("reporter", storeSettings(config));
  const send = "reporter send 1 2 10.0.0.5:80 --succ 3 --err 4 --overload --caller 10.0.0.9 " +
    `--reporter 127.0.0.1:${reporter.port}`;
  assertEquals(await runLars(send), { code: 0, stdout: "", stderr: "" });
  await reporter.stop();
  const store = await openStatusStore(config);
  const [{ tsSec: _, ...status }] = await store.read();
  await store.close();
  assertEquals(status, {
    modid: 1,
    cmdid: 2,
    ip: parseIpv4("10.0.0.5")!,
    port: 80,
    caller: parseIpv4("10.0.0.9")!,
    succ: 3,
    err: 4,
    overload: true,
  });
  const away = await runLars(send);
  assertEquals(away.code, 1);
  assertStringIncludes(away.stderr, "lars: Cannot reach a reporter at 127.0.0.1:");
});

Deno.test("dns watch fails when no route comes", async () => {
  await using dns = await FakeDns.start();
  dns.answers = false;
  const { code, stderr } = await runLars(
    `dns watch 1 1 --seconds 0.1 --dns 127.0.0.1:${dns.port}`,
  );
  assertEquals(code, 1);
  assertStringIncludes(stderr, "no route came");
});

for (const udp of ["", " --udp"]) {
  Deno.test(`echo server and echo qps measure the reactor alone${udp}`, async () => {
    await using server = Program.lars(`echo server 0 --json${udp}`);
    const { listen } = JSON.parse(await server.stdout.next());
    const taken = await runLars(`echo server ${listen.split(":")[1]}${udp}`);
    assertEquals(taken.code, 1);
    assertStringIncludes(taken.stderr, "in use");
    const { code, stdout } = await runLars(
      `echo qps 2 --seconds 0.5 --json --server ${listen}${udp}`,
    );
    const { average, threads, errors } = JSON.parse(stdout.trim().split("\n").at(-1)!);
    assertEquals([code, threads, errors, average > 0], [0, 2, {}, true]);
    assertEquals(await server.stop("SIGINT"), 0);
  });
}

Deno.test("lars tells what it is, and what is wrong, in a line", async () => {
  const version = await runLars("routes import --version");
  assertMatch(version.stdout, /^lars \d+\.\d+\.\d+ \(Deno .*\)\n$/);
  const cases: [command: string, code: number, says: RegExp][] = [
    ["nope", 2, /^Cannot run nope/],
    ["routes list --nope", 2, /--nope/],
    ["routes import missing.csv", 2, /there is no such file/],
    ["routes import deno.json", 2, /JSON array/],
    ["simulate 1 1 11", 2, /ERRRATE/],
    ["status --dns-admin [::1]:7788", 2, /HOST:PORT/],
    ["dns watch 1", 2, /CMDID/],
    ["get-host -1 1", 2, /-1/],
    ["get-host one 1 --set store.path=/nowhere/lars.db", 1, /\/nowhere\/lars.db must exist/],
    ["get-host 1 1 --agent 127.0.0.1:1", 1, /^Cannot reach the agent at 127.0.0.1:/],
    ["report 1 1 10.0.0.1:80 0 --agent 127.0.0.1:1", 1, /^Cannot reach the agent/],
  ];
  for (const [command, expected, says] of cases) {
    const { code, stdout, stderr } = await runLars(command);
    assertEquals([code, stdout], [expected, ""], command);
    assertMatch(stderr, /^lars: Cannot [^\n]+\n$/, command);
    assertMatch(stderr.slice("lars: ".length), says, command);
  }
});
