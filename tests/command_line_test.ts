import { DatabaseSync } from "node:sqlite";
import { assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { LarsClient } from "../client/mod.ts";
import { ownCommand } from "../lars/cli/command.ts";
import { parseIpv4 } from "../proto/mod.ts";
import { migrate, openRouteStore, openStatusStore, type StoreConfig } from "../sql/mod.ts";
import { openDatabase } from "../sql/open.ts";
import { storeName } from "../lars/cli/store_flags.ts";
import { FakeDns } from "../testing/agent_peers.ts";
import { runLars, RunningLars } from "../testing/command_line.ts";
import { mariadb, testOnEachDatabase } from "../testing/each_database.ts";
import { originalTables, runStatements } from "../testing/original_database.ts";
import { Role, storeSettings } from "../testing/role.ts";

function sets(config: StoreConfig): string[] {
  return storeSettings(config).flatMap((setting) => ["--set", setting]);
}

async function readRoutes(config: StoreConfig): Promise<string[]> {
  const store = await openRouteStore(config);
  const rows = (await Array.fromAsync(store.readAll())).flat();
  await store.close();
  return rows.map(({ id, modid, cmdid, ip, port, weight }) =>
    `${id}: ${modid}/${cmdid} ${ip & 255}:${port} ${weight}`
  );
}

Deno.test("lars routes lists what the tutorial's database has, and changes it once it is migrated", async () => {
  const config = await mariadb.createDatabase();
  await runStatements(config, [
    ...originalTables({ tables: 4, signed: true }),
    "INSERT INTO RouteData (modid, cmdid, serverip, serverport) VALUES (1, 1, 3232235953, 80)",
  ]);
  const listed = await runLars(["routes", "list", "--json", ...sets(config)]);
  assertEquals([listed.code, listed.stderr], [0, ""]);
  assertStringIncludes(listed.stdout, "192.168.1.177");
  const exported = await runLars(["routes", "export", ...sets(config)]);
  assertStringIncludes(exported.stdout, "1,1,192.168.1.177,80,100");
  const changes = [
    ["routes", "add", "1", "1", "10.0.0.1:80"],
    ["routes", "drain", "1", "1", "192.168.1.177:80"],
    ["routes", "remove", "1", "1", "--yes"],
    ["routes", "name", "1", "one"],
  ];
  for (const change of changes) {
    const { code, stderr } = await runLars([...change, ...sets(config)]);
    assertEquals(code, 1, change.join(" "));
    assertStringIncludes(stderr, "lars db migrate", change.join(" "));
  }
  assertEquals((await runLars(["db", "migrate", ...sets(config)])).code, 0);
  assertEquals((await runLars([...changes[1], ...sets(config)])).code, 0);
  assertEquals(await readRoutes(config), ["1: 1/1 177:80 0"]);
});

testOnEachDatabase("tools that change routes have dns look at once", async (config) => {
  await migrate(config);
  await using dns = await Role.start("dns", [
    ...storeSettings(config),
    "dns.version_poll_ms=60000",
  ]);
  await using watch = new RunningLars([
    "dns",
    "watch",
    "1",
    "1",
    "--json",
    "--dns",
    `127.0.0.1:${dns.port}`,
  ]);
  const nextHosts = async () => {
    const { hosts } = JSON.parse(await watch.lines.next());
    return hosts.map(({ hostname }: { hostname: string }) => hostname);
  };
  assertEquals(await nextHosts(), []);
  const silent = "127.0.0.1:1";
  const told = [...sets(config), "--set", `dns.admin=${dns.admin}, ${silent}`];

  const added = await runLars(["routes", "add", "1", "1", "10.0.0.1:80", ...told]);
  assertEquals([added.code, added.stderr], [
    0,
    `lars: Could not tell dns at ${silent} of the change (it does not answer): ` +
    "it finds it at its next poll of the database\n",
  ]);
  assertEquals(await nextHosts(), ["10.0.0.1"]);
  await runLars(["routes", "import", "-", "--yes", ...told], CSV);
  assertEquals(await nextHosts(), ["10.0.0.1", "10.0.0.2"]);
  await runLars(["routes", "drain", "1", "1", "10.0.0.1:80", ...told]);
  assertEquals(await nextHosts(), ["10.0.0.2"]);
  await runLars(["routes", "remove", "1", "1", "--yes", ...told]);
  assertEquals(await nextHosts(), []);
});

const CSV = `modid,cmdid,ip,port,weight
1,1,10.0.0.1,80,100
1,1,10.0.0.2,80,5
2,1,10.0.0.1,80
`;

testOnEachDatabase("routes go in and out by files, all of them or none", async (config) => {
  await migrate(config);
  const store = sets(config);
  const imported = await runLars(["routes", "import", "-", "--yes", ...store], CSV);
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

  const unasked = await runLars(
    ["routes", "import", "-", "--replace", ...store],
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

  const wrong = await runLars(
    ["routes", "import", "-", "--yes", ...store],
    `${CSV}3,1,10.0.0.1,80\n3,1,10.0.0.1,0\n-3,1,10.0.0.1,80\n`,
  );
  assertEquals([wrong.code, wrong.stdout], [1, ""]);
  assertEquals(wrong.stderr.split("\n"), [
    "lars: standard input:6: port must be an integer 1 … 65535: it is 0",
    'lars: standard input:7: modid must be an integer 0 … 2147483647: it is "-3"',
    "lars: Cannot import standard input as 2 of 6 rows must be mended first: nothing was changed",
    "",
  ]);
  const many = await runLars(
    ["routes", "import", "-", "--yes", ...store],
    CSV + "3,1,server,80\n".repeat(1000),
  );
  assertEquals(many.stderr.split("\n").slice(99, -1), [
    'lars: standard input:104: ip must be an IPv4 address such as 10.0.0.5: it is "server"',
    "lars: … and 900 more rows like these",
    "lars: Cannot import standard input as 1,000 of 1,003 rows must be mended first: nothing was changed",
  ]);
  assertEquals(await readRoutes(config), routes);

  for (const format of [[], ["--json"]]) {
    const exported = await runLars(["routes", "export", ...format, ...store]);
    const again = await runLars(["routes", "import", "-", "--replace", ...store], exported.stdout);
    assertEquals([again.code, again.stdout, again.stderr], [
      0,
      `Nothing to do: database ${storeName(config)} has these routes\n`,
      "",
    ]);
  }
  const replaced = await runLars(
    ["routes", "import", "-", "--replace", "--yes", "--json", ...store],
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

  await runLars(["routes", "name", "1", "shop", ...store]);
  await runLars(["routes", "name", "1", "1", "search", ...store]);
  assertEquals((await runLars(["routes", "list", ...store])).stdout.split("\n"), [
    "modid  cmdid  name         host         weight",
    "    1      1  shop/search  10.0.0.2:80       6",
    "    2      1  /search      10.0.0.1:80     100",
    "",
  ]);
});

testOnEachDatabase(
  "routes import --replace-all brings back just what an export held",
  async (config) => {
    await migrate(config);
    const store = sets(config);
    const lars = (...words: string[]) => runLars([...words, ...store]);
    await lars("routes", "add", "1", "1", "10.0.0.1:80", "10.0.0.2:80", "--weight", "7");
    await lars("routes", "drain", "1", "1", "10.0.0.2:80");
    await lars("routes", "name", "1", 'shop; "pay"');
    await lars("routes", "name", "9", "no host yet");
    for (const format of [[], ["--json"]]) {
      const exported = (await lars("routes", "export", ...format)).stdout;
      await lars("routes", "remove", "1", "1", "10.0.0.2:80");
      await lars("routes", "weight", "1", "1", "10.0.0.1:80", "50");
      await lars("routes", "add", "2", "2", "10.0.0.3:80");
      await lars("routes", "name", "1", "other");
      await lars("routes", "name", "9", "");
      await lars("routes", "name", "2", "2", "new");
      const changed = await readRoutes(config);
      const words = ["routes", "import", "-", "--replace-all", ...store];

      const shown = await runLars([...words, "--dry-run"], exported);
      assertEquals([shown.code, shown.stderr, shown.stdout.split("\n")], [0, "", [
        `Database ${storeName(config)}:`,
        "module (1, 1)",
        "  ~ 10.0.0.1:80 weight 50 → 7",
        "  + 10.0.0.2:80 drained",
        "module (2, 2)",
        "  - 10.0.0.3:80",
        "2 modules to change: 1 host to add, 1 host to reweight, 1 host to remove",
        'modid 1 is called shop; "pay"',
        "modid 9 is called no host yet",
        "cmdid 2 loses its name",
        "",
      ]]);
      const unasked = await runLars(words, exported);
      assertEquals(unasked.code, 2);
      assertStringIncludes(
        unasked.stderr,
        "as there is no terminal: add --yes. Nothing was changed",
      );
      assertEquals(await readRoutes(config), changed);

      assertEquals((await runLars([...words, "--yes"], exported)).code, 0);
      assertEquals((await lars("routes", "export", ...format)).stdout, exported);
    }

    const empty = await runLars(["routes", "import", "-", "--replace-all", ...store], "[]");
    assertEquals(empty.code, 2);
    assertStringIncludes(empty.stderr, "as it holds none: add --yes to remove every host and name");
    assertEquals((await readRoutes(config)).length, 2);
  },
);

testOnEachDatabase(
  "commands that change routes say what they changed, where, and what undoes it",
  async (config) => {
    await migrate(config);
    const store = sets(config);
    const lars = (...words: string[]) => runLars([...words, ...store]);
    const where = `Database ${storeName(config)}, module (1, 1):`;
    const undo = `${ownCommand()} routes`;
    const at = store.join(" ");
    const hosts = ["10.0.0.1:80", "10.0.0.2:80"];
    const none =
      "lars: module (1, 1) has no host left that is served: programs that ask for it are told that " +
      "there is no such module\n";

    const added = await lars("routes", "add", "1", "1", hosts[0], "--weight", "50");
    assertEquals(added.stdout.split("\n"), [
      where,
      "  added      10.0.0.1:80  weight 50",
      "To undo it:",
      `  ${undo} remove 1 1 10.0.0.1:80 ${at}`,
      "",
    ]);
    const known = await lars("routes", "add", "1", "1", ...hosts);
    assertEquals([known.code, known.stdout.split("\n")], [0, [
      where,
      "  added      10.0.0.2:80  weight 100",
      "  unchanged  10.0.0.1:80  weight 50",
      "To undo it:",
      `  ${undo} remove 1 1 10.0.0.2:80 ${at}`,
      "",
    ]]);
    const other = await lars("routes", "add", "1", "1", hosts[0], "--weight", "70");
    assertEquals([other.code, other.stdout.split("\n")], [1, [
      where,
      "  unchanged  10.0.0.1:80  weight 50",
      "",
    ]]);
    assertStringIncludes(other.stderr, "`lars routes weight 1 1 10.0.0.1:80 70` does");

    const weighed = await lars("routes", "weight", "1", "1", ...hosts, "70");
    assertEquals(weighed.stdout.split("\n"), [
      where,
      "  changed    10.0.0.1:80  weight 50 → 70",
      "  changed    10.0.0.2:80  weight 100 → 70",
      "To undo it:",
      `  ${undo} weight 1 1 10.0.0.1:80 50 ${at}`,
      `  ${undo} weight 1 1 10.0.0.2:80 100 ${at}`,
      "",
    ]);
    const absent = await lars("routes", "weight", "1", "1", hosts[0], "10.0.0.9:80", "1");
    assertEquals([absent.code, absent.stdout], [1, ""]);
    assertStringIncludes(
      absent.stderr,
      "Cannot reweight 10.0.0.9:80 as module (1, 1) does not have it",
    );
    assertEquals(await readRoutes(config), ["1: 1/1 1:80 70", "2: 1/1 2:80 70"]);

    const drained = await lars("routes", "drain", "1", "1", hosts[0]);
    assertEquals([drained.stdout.split("\n")[1], drained.stderr], [
      "  changed    10.0.0.1:80  weight 70 → drained",
      "",
    ]);
    await lars("routes", "add", "2", "1", hosts[1]);
    const unasked = await lars("routes", "drain", hosts[1]);
    assertEquals([unasked.code, unasked.stdout], [2, ""]);
    assertStringIncludes(unasked.stderr, "2 modules to change");
    const everywhere = await lars("routes", "drain", hosts[1], "--yes");
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
    assertStringIncludes((await lars("routes", "list", "1")).stdout, "10.0.0.1:80  drained");
    const listed = JSON.parse((await lars("routes", "list", "1", "--json")).stdout);
    assertEquals([listed[0].weight, listed[0].drained], [0, true]);
    const again = await lars("routes", "drain", "1", "1", ...hosts);
    assertEquals([again.stdout.split("\n").slice(1), again.stderr], [
      ["  unchanged  10.0.0.1:80  drained", "  unchanged  10.0.0.2:80  drained", ""],
      none,
    ]);

    await lars("routes", "weight", "1", "1", hosts[0], "100");
    const whole = await lars("routes", "remove", "1", "1");
    assertEquals([whole.code, whole.stdout], [2, ""]);
    assertStringIncludes(whole.stderr, "  - 10.0.0.1:80\n  - 10.0.0.2:80\n");
    assertEquals((await readRoutes(config)).length, 3);
    const removed = await lars("routes", "remove", "1", "1", "--yes");
    assertEquals([removed.code, removed.stderr, removed.stdout.split("\n")], [0, none, [
      where,
      "  removed    10.0.0.1:80  weight 100",
      "  removed    10.0.0.2:80  drained",
      "To undo it:",
      `  ${undo} add 1 1 10.0.0.1:80 ${at}`,
      `  ${undo} add 1 1 10.0.0.2:80 --weight 0 ${at}`,
      "",
    ]]);
    const gone = await lars("routes", "remove", "1", "1", "--yes");
    assertEquals([gone.code, gone.stdout], [1, ""]);
  },
);

Deno.test("what a command prints to undo it brings back exactly what was exported before", async () => {
  const folder = await Deno.makeTempDir({ prefix: "lars_command_line_" });
  try {
    const config: StoreConfig = { driver: "sqlite", path: `${folder}/lars.db` };
    await migrate(config);
    const store = sets(config);
    const file = [
      "modid,cmdid,ip,port,weight,modidName,cmdidName",
      '2,1,10.0.0.3,80,0,shop,"find,\n""all"""',
      "1,1,10.0.0.2,80,50,,",
      "1,1,10.0.0.1,80,100,,",
      "9,,,,,later,",
    ].join("\r\n");
    const exported = async () => (await runLars(["routes", "export", ...store])).stdout;
    await runLars(["routes", "import", "-", "--yes", ...store], file);
    const before = await exported();
    assertStringIncludes(before, '2,1,10.0.0.3,80,0,shop,"find,\n""all"""\n');
    const changes = [
      ["add", "1", "1", "10.0.0.9:80", "10.0.0.8:80"],
      ["remove", "1", "1", "10.0.0.2:80"],
      ["name", "9", ""],
      ["name", "--", "2", "1", "-x"],
      ["import", "-", "--replace-all", "--yes"],
    ];
    for (const [change, ...words] of changes) {
      const other =
        "modid,cmdid,ip,port,weight,modidName\n1,1,10.0.0.2,80,1,one\n1,2,10.0.0.2,80,,\n";
      const done = await runLars(["routes", change, ...store, "--json", ...words], other);
      assertEquals([done.code, done.stderr], [0, ""], change);
      assertNotEquals(await exported(), before, change);
      for (const line of JSON.parse(done.stdout).undo) {
        assertEquals((await runLars(await wordsOf(line))).code, 0, line);
      }
      assertEquals(await exported(), before, change);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The words of a command line behind `deno task lars`, as a shell takes them. */
async function wordsOf(line: string): Promise<string[]> {
  const script = `eval "set -- $1"; printf '%s\\0' "$@"`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script, "sh", line] }).output();
  return new TextDecoder().decode(stdout).split("\0").slice(3, -1);
}

Deno.test("commands make no database where there is none; db migrate does, and asks among others' tables", async () => {
  const folder = await Deno.makeTempDir({ prefix: "lars_command_line_" });
  try {
    const path = `${folder}/data/lars.db`;
    const store = ["--set", `store.path=${path}`];
    const commands = [
      ["list"],
      ["add", "1", "1", "10.0.0.1:80"],
      ["remove", "1", "1", "--yes"],
      ["name", "1", "shop"],
      ["export"],
      ["import", "-", "--yes"],
    ];
    for (const words of commands) {
      const { code, stdout, stderr } = await runLars(["routes", ...words, ...store], CSV);
      assertEquals([code, stdout], [1, ""], words.join(" "));
      assertMatch(
        stderr,
        /^lars: Database .* must exist: there is no such file\. `lars up` and `lars db /,
      );
      assertStringIncludes(stderr, path);
    }
    assertEquals([...Deno.readDirSync(folder)], []);

    const plan = await runLars(["db", "migrate", "--print", ...store]);
    assertStringIncludes(plan.stdout, "CREATE TABLE IF NOT EXISTS RouteData (");
    assertEquals([plan.code, [...Deno.readDirSync(folder)]], [0, []]);
    const made = await runLars(["db", "migrate", ...store]);
    assertEquals([made.code, made.stdout.split("\n")[0]], [0, `Database ${path} made`]);
    const same = await runLars(["db", "migrate", ...store]);
    assertEquals(same.stdout, `Database ${path} is up to date\n`);
    const nothing = await runLars(["db", "migrate", "--print", ...store]);
    assertEquals(nothing.stdout, `-- Database ${path} is up to date\n`);

    const foreign = `${folder}/shop.db`;
    const database = new DatabaseSync(foreign);
    database.exec("CREATE TABLE orders (id INT)");
    database.close();
    const before = await Deno.readFile(foreign);
    const refused = await runLars(["db", "migrate", "--set", `store.path=${foreign}`]);
    assertEquals([refused.code, refused.stdout], [2, ""]);
    assertStringIncludes(refused.stderr, `Database ${foreign} holds tables of something else`);
    assertEquals(await Deno.readFile(foreign), before);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("routes export leaves out what dns does not serve, and says so", async () => {
  const folder = await Deno.makeTempDir({ prefix: "lars_command_line_" });
  const config: StoreConfig = { driver: "sqlite", path: `${folder}/lars.db` };
  try {
    const database = await openDatabase(config);
    await database.write(
      `INSERT INTO RouteData (modid, cmdid, serverip, serverport) VALUES
        (1, 1, 1, 80), (1, 1, 1, 80), (1, 1, 1, 0), (4294967295, 1, 1, 80)`,
    );
    await database.close();
    const { code, stdout, stderr } = await runLars(["routes", "export", ...sets(config)]);
    assertEquals([code, stdout], [
      0,
      "modid,cmdid,ip,port,weight,modidName,cmdidName\n1,1,0.0.0.1,80,100,,\n",
    ]);
    assertStringIncludes(stderr, "3 rows left out");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the tools tell what a running system does", async () => {
  const folder = await Deno.makeTempDir({ prefix: "lars_command_line_" });
  const config: StoreConfig = { driver: "sqlite", path: `${folder}/lars.db` };
  try {
    await using dns = await Role.start("dns", storeSettings(config));
    await using reporter = await Role.start("reporter", storeSettings(config));
    await using agent = await Role.start("agent", [
      `dnsserver.port=${dns.port}`,
      `reporter.port=${reporter.port}`,
    ]);
    const ofAgent = ["--agent", `127.0.0.1:${agent.port}`];

    // dns has not looked at the database yet, and the agent has already heard that there is no such module.
    await using client = new LarsClient({ port: agent.port });
    await client.getRoute(1, 1).catch(() => {});
    await runLars(["routes", "add", "1", "1", "127.0.0.1:9001", "127.0.0.1:9002", ...sets(config)]);
    assertMatch(
      (await runLars(["get-host", "1", "1", ...ofAgent])).stdout,
      /^127.0.0.1:900[12]\n$/,
    );

    await runLars(["routes", "name", "1", "shop", ...sets(config)]);
    await runLars(["routes", "name", "1", "1", "search", ...sets(config)]);
    const named = await runLars(["get-host", "shop", "search", ...ofAgent, ...sets(config)]);
    assertMatch(named.stdout, /^127.0.0.1:900[12]\n$/);
    const unknown = await runLars(["get-host", "shop", "find", ...ofAgent, ...sets(config)]);
    assertEquals([unknown.code, unknown.stdout], [2, ""]);
    assertStringIncludes(unknown.stderr, "Cannot find a cmdid called find");

    for (const host of [["127.0.0.1:9001"], ["127.0.0.1", "9001"]]) {
      const told = await runLars(["report", "1", "1", ...host, "0", ...ofAgent]);
      assertEquals([told.code, told.stderr], [0, ""]);
      assertEquals(told.stdout, "Told the agent that a call to 127.0.0.1:9001 went well (0)\n");
    }
    const stranger = await runLars(["report", "1", "1", "127.0.0.1:9999", "0", ...ofAgent]);
    assertEquals([stranger.code, stranger.stdout], [1, ""]);
    assertStringIncludes(
      stranger.stderr,
      "Cannot report on 127.0.0.1:9999 as module (1, 1) has no such",
    );

    await runLars(["routes", "add", "7", "1", "127.0.0.1:9001", "--weight", "0", ...sets(config)]);
    const drained = await runLars(["get-host", "7", "1", ...ofAgent, ...sets(config)]);
    assertEquals(drained.code, 1);
    assertStringIncludes(drained.stderr, "as all of its hosts are drained in");

    await using watch = new RunningLars([
      ...["dns", "watch", "1", "1", "--json", "--count", "2"],
      ...["--dns", `127.0.0.1:${dns.port}`],
    ]);
    const first = JSON.parse(await watch.lines.next());
    assertEquals([first.kind, first.hosts.length], ["answer", 2]);
    await runLars(["routes", "remove", "1", "1", "127.0.0.1:9002", ...sets(config)]);
    const second = JSON.parse(await watch.lines.next());
    assertEquals([second.kind, second.hosts], [
      "push",
      [{ hostname: "127.0.0.1", port: 9001, weight: 100 }],
    ]);
    assertEquals(await watch.ended(), 0);

    const simulated = await runLars([
      "simulate",
      "1",
      "1",
      "3",
      "40",
      "--seed",
      "7",
      "--json",
      ...ofAgent,
    ]);
    assertEquals(simulated.code, 0);
    const { seed, tried, hosts, errors } = JSON.parse(simulated.stdout);
    const [{ picks, ok, failed }] = hosts;
    assertEquals([seed, tried, hosts.length, picks, ok + failed], [
      7,
      40,
      1,
      40 - (errors.overload ?? 0),
      picks,
    ]);

    const admins = [dns, reporter, agent].flatMap((role, i) => [
      `--${["dns", "reporter", "agent"][i]}-admin`,
      role.admin,
    ]);
    const up = await runLars(["status", "--json", ...admins]);
    const statuses: { role: string; ready: boolean; version: string }[] = JSON.parse(up.stdout);
    assertEquals(up.code, 0);
    assertEquals(statuses.map(({ role, ready }) => [role, ready]), [
      ["dns", true],
      ["reporter", true],
      ["agent", true],
    ]);
    const numbers = JSON.parse(up.stdout).map((status: { numbers: object }) =>
      Object.keys(status.numbers)
    );
    assertEquals(numbers, [
      ["modules", "hosts", "staleSec"],
      ["pending"],
      [
        ...["modules", "hosts", "overloaded", "workersMissing", "workersStuck"],
        ...["dnsConnections", "reporterConnections"],
      ],
    ]);
    await dns.stop();
    const down = await runLars(["status", ...admins]);
    assertEquals(down.code, 1);
    assertMatch(down.stdout, /\ndns +\S+ +away: Connection refused/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("report says when no agent answers", async () => {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const port = Math.min((socket.addr as Deno.NetAddr).port, 65_533);
  socket.close();
  const agent = ["--agent", `127.0.0.1:${port}`];
  const { code, stdout, stderr } = await runLars([
    "report",
    "1",
    "1",
    "10.0.0.1:80",
    "0",
    ...agent,
  ]);
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^lars: .*agent/);
});

Deno.test("reporter send brings a status into the database", async () => {
  const folder = await Deno.makeTempDir({ prefix: "lars_command_line_" });
  const config: StoreConfig = { driver: "sqlite", path: `${folder}/lars.db` };
  try {
    const reporter = await Role.start("reporter", storeSettings(config));
    const words = ["reporter", "send", "1", "2", "10.0.0.5:80", "--succ", "3", "--err", "4"];
    const options = ["--overload", "--caller", "10.0.0.9", "--reporter"];
    const sent = await runLars([...words, ...options, `127.0.0.1:${reporter.port}`]);
    assertEquals(sent, { code: 0, stdout: "", stderr: "" });
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
    const away = await runLars([...words, "--reporter", `127.0.0.1:${reporter.port}`]);
    assertEquals(away.code, 1);
    assertStringIncludes(away.stderr, "lars: Cannot reach a reporter at 127.0.0.1:");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("dns watch fails when no route comes", async () => {
  await using dns = await FakeDns.start();
  dns.answers = false;
  const words = ["dns", "watch", "1", "1", "--seconds", "0.1"];
  const { code, stderr } = await runLars([...words, "--dns", `127.0.0.1:${dns.port}`]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "no route came");
});

for (const udp of [[], ["--udp"]]) {
  Deno.test(`echo server and echo qps measure the reactor alone ${udp.join()}`, async () => {
    await using server = new RunningLars(["echo", "server", "0", "--json", ...udp]);
    const { listen } = JSON.parse(await server.lines.next());
    const taken = await runLars(["echo", "server", listen.split(":")[1], ...udp]);
    assertEquals(taken.code, 1);
    assertStringIncludes(taken.stderr, "in use");
    const words = ["echo", "qps", "2", "--seconds", "0.5", "--json", "--server", listen];
    const { code, stdout } = await runLars([...words, ...udp]);
    const { average, threads, errors } = JSON.parse(stdout.trim().split("\n").at(-1)!);
    assertEquals([code, threads, errors, average > 0], [0, 2, {}, true]);
    assertEquals(await server.stop(), 0);
  });
}

Deno.test("lars tells what it is, and what is wrong, in a line", async () => {
  const version = await runLars(["routes", "import", "--version"]);
  assertMatch(version.stdout, /^lars \d+\.\d+\.\d+ \(Deno .*\)\n$/);
  const cases = [
    ["routes", "import", "missing.csv"],
    ["simulate", "1", "1", "11"],
    ["status", "--dns-admin", "[::1]:7788"],
    ["dns", "watch", "1"],
    ["routes", "import", "deno.json"],
  ];
  const results = await Promise.all(cases.map((words) => runLars(words)));
  for (const [i, { code, stdout, stderr }] of results.entries()) {
    assertEquals([code, stdout], [2, ""], cases[i].join(" "));
    assertMatch(stderr, /^lars: Cannot [^\n]+\n$/, cases[i].join(" "));
  }
});
