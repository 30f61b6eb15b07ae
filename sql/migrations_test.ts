import { assert, assertEquals, assertRejects } from "@std/assert";
import { mariadb, testOnEachDatabase } from "../testing/each_database.ts";
import { ORIGINAL_FORMS, originalTables, runStatements } from "../testing/original_database.ts";
import { runProgram } from "../testing/process.ts";
import { TempFolder } from "../testing/temp_folder.ts";
import { MysqlConnection } from "./mysql/mysql_connection.ts";
import { splitStatements } from "./migrations.ts";
import { applyMysqlMigrations } from "./mysql/mysql_migrations.ts";
import {
  migrate,
  openDatabase,
  openRouteStore,
  openStatusStore,
  planMigration,
  surveyDatabase,
} from "./open.ts";
import { SqliteDatabase } from "./sqlite/sqlite_database.ts";
import type { StoreConfig } from "./store_config.ts";
import { LevelError, NoDatabaseError, StoreError } from "./store_error.ts";

const MYSQL_NAMES = [
  "create_tables",
  "make_status_addresses_unsigned",
  "add_route_weight",
  "index_routes_by_module",
  "begin_route_version",
  "create_accepted_losses",
];
const SQLITE_NAMES = ["create_tables", "create_accepted_losses"];

/** The tables as the C++ original's databases have them at first, with rows that its programs wrote. */
const OLD_DATABASE = [
  ...originalTables({ tables: 6, signed: true }),
  `INSERT INTO RouteData (modid, cmdid, serverip, serverport)
    VALUES (1, 1, 3232235953, 7777), (1, 2, 4294967295, 9999)`,
  "INSERT INTO RouteChange (modid, cmdid, version) VALUES (1, 1, 1528000000)",
  "INSERT INTO ModIDConfig (modid, content) VALUES (1, 'first module')",
  // 192.168.1.177, 127.0.0.1 and 255.255.255.255, each as the signed number with its bits.
  `INSERT INTO ServerCallStatus VALUES
    (1, 1, -1062731343, 7777, 2130706433, 5, 6, 1528000001, '0'),
    (1, 1, 2130706433, 7777, -1062731343, 7, 8, 1528000002, '1'),
    (1, 2, -1, 9999, -1, 9, 10, 1528000003, '0')`,
];

Deno.test("an original's database that was never migrated serves as it is where that is allowed", async () => {
  const config = await mariadb.createDatabase();
  await runStatements(config, OLD_DATABASE);
  await assertRejects(() => openRouteStore(config), LevelError, "lars db migrate");
  const told: string[] = [];
  const onOldLevel = ({ message }: LevelError) => told.push(message);
  const routes = await openRouteStore(config, { onOldLevel });
  const [row] = await routes.readModules([{ modid: 1, cmdid: 1 }]);
  assertEquals(row, { id: 1, modid: 1, cmdid: 1, ip: 3232235953, port: 7777, weight: 100 });
  await routes.close();
  const statuses = await openStatusStore(config, { onOldLevel });
  const status = { modid: 9, cmdid: 9, ip: 1, port: 2, caller: 3, succ: 4, err: 5, tsSec: 6 };
  await statuses.write([{ ...status, overload: true }]);
  assertEquals(await statuses.read({ modid: 9, cmdid: 9 }), [{ ...status, overload: true }]);
  await statuses.close();
  assertEquals(told.length, 2);
});

Deno.test("a database that lacks an original's tables is refused all the same", async () => {
  const config = await mariadb.createDatabase();
  await runStatements(config, [OLD_DATABASE[0]]);
  await assertRejects(() => openRouteStore(config, { onOldLevel: () => {} }), LevelError);
});

async function rowsOf(config: StoreConfig, select: string): Promise<unknown[][]> {
  await using database = await openDatabase(config);
  return (await database.read<Record<string, unknown>>(select)).map((row) => Object.values(row));
}

testOnEachDatabase("migrate() makes all tables, and then finds nothing to do", async (config) => {
  const { applied } = await migrate(config);
  assertEquals(applied, config.driver === "mysql" ? MYSQL_NAMES : SQLITE_NAMES);
  assertEquals(await migrate(config), { applied: [] });
  const tables = [
    "RouteData",
    "RouteChange",
    "ServerCallStatus",
    "ModIDConfig",
    "CmdIDConfig",
  ];
  for (const table of tables) assertEquals(await rowsOf(config, `SELECT * FROM ${table}`), []);
  assertEquals(await rowsOf(config, "SELECT * FROM RouteVersion"), [[1, 0]]);
});

testOnEachDatabase("migrate() applies each migration once when several run", async (config) => {
  const results = await Promise.all(Array.from({ length: 5 }, () => migrate(config)));
  assertEquals(results.filter(({ applied }) => applied.length > 0).length, 1);
});

testOnEachDatabase("migrate() does no harm when its steps are run again", async (config) => {
  await migrate(config);
  await using store = await openRouteStore(config);
  await store.addHosts({ modid: 1, cmdid: 1 }, [{ ip: 1, port: 80, weight: 5 }]);
  const position = await store.readPosition();
  const database = await openDatabase(config);
  await database.write("DELETE FROM LarsMigration");
  await migrate(config);
  assertEquals(await store.readPosition(), position);
  assertEquals((await store.readModules([{ modid: 1, cmdid: 1 }]))[0].weight, 5);
  await database.close();
});

Deno.test("applyMysqlMigrations() does no harm when several run and no lock parts them", async () => {
  const config = await mariadb.createDatabase();
  await runStatements(config, [
    ...OLD_DATABASE,
    "CREATE TABLE LarsMigration (level INT UNSIGNED NOT NULL PRIMARY KEY, name VARCHAR(64) NOT NULL)",
  ]);
  await Promise.all(Array.from({ length: 4 }, async () => {
    await using connection = await MysqlConnection.open(config);
    await applyMysqlMigrations(connection);
  }));
  assertEquals(await migrate(config), { applied: [] });
  assertEquals(await rowsOf(config, "SELECT ip FROM ServerCallStatus ORDER BY ip"), [
    [0x7f00_0001],
    [0xc0a8_01b1],
    [0xffff_ffff],
  ]);
});

Deno.test("migrate() keeps an old database's rows, and makes addresses unsigned", async () => {
  const config = await mariadb.createDatabase();
  await runStatements(config, OLD_DATABASE);
  assertEquals((await migrate(config)).applied, MYSQL_NAMES);

  const statuses = await openStatusStore(config);
  const host = { modid: 1, cmdid: 1, port: 7777 };
  assertEquals(await statuses.read(), [
    {
      ...host,
      ip: 0x7f00_0001,
      caller: 0xc0a8_01b1,
      succ: 7,
      err: 8,
      tsSec: 1_528_000_002,
      overload: true,
    },
    {
      ...host,
      ip: 0xc0a8_01b1,
      caller: 0x7f00_0001,
      succ: 5,
      err: 6,
      tsSec: 1_528_000_001,
      overload: false,
    },
    {
      modid: 1,
      cmdid: 2,
      port: 9999,
      ip: 0xffff_ffff,
      caller: 0xffff_ffff,
      succ: 9,
      err: 10,
      tsSec: 1_528_000_003,
      overload: false,
    },
  ]);
  await statuses.close();

  const routes = await openRouteStore(config);
  assertEquals(await routes.readPosition(), { version: 1_528_000_000, changeId: 1 });
  assertEquals(await routes.readModules([{ modid: 1, cmdid: 1 }, { modid: 1, cmdid: 2 }]), [
    { id: 1, modid: 1, cmdid: 1, ip: 0xc0a8_01b1, port: 7777, weight: 100 },
    { id: 2, modid: 1, cmdid: 2, ip: 0xffff_ffff, port: 9999, weight: 100 },
  ]);
  await routes.close();
  assertEquals(await rowsOf(config, "SELECT * FROM ModIDConfig"), [[1, 1, "first module"]]);
});

Deno.test("migrate() leaves an old database to its old readers and writers", async () => {
  const config = await mariadb.createDatabase();
  await runStatements(config, OLD_DATABASE);
  await migrate(config);
  // As the original's programs word them; they read rows by position.
  await runStatements(config, [
    "INSERT INTO RouteData(modid, cmdid, serverip, serverport) VALUES (2, 1, 3232235953, 80)",
    "INSERT INTO RouteChange(modid, cmdid, version) VALUES (2, 1, 1528000009)",
    "UPDATE RouteVersion SET version = 1528000009 WHERE id = 1",
    `INSERT INTO ServerCallStatus (modid, cmdid, ip, port, caller, succ_cnt, err_cnt, ts, overload)
      VALUES (1, 2, 4294967295, 9999, 4294967295, 1, 2, 3, 1)
      ON DUPLICATE KEY UPDATE succ_cnt = 1, err_cnt = 2, ts = 3, overload = 1`,
  ]);
  assertEquals(await rowsOf(config, "SELECT * FROM RouteData WHERE modid = 2"), [
    [3, 2, 1, 3232235953, 80, 100],
  ]);
  const store = await openRouteStore(config);
  assertEquals(await store.readPosition(), { version: 1_528_000_009, changeId: 2 });
  await store.close();
  assertEquals(await rowsOf(config, "SELECT ts, overload FROM ServerCallStatus WHERE cmdid = 2"), [
    [3, "1"],
  ]);
});

Deno.test("migrate() takes the right row when a status is stored signed and unsigned", async () => {
  const config = await mariadb.createDatabase();
  await runStatements(config, OLD_DATABASE);
  // A run was cut off after it had widened the columns; then a writer stored one of the keys anew.
  await runStatements(config, [
    `ALTER TABLE ServerCallStatus MODIFY ip bigint NOT NULL, MODIFY port bigint NOT NULL,
      MODIFY caller bigint NOT NULL`,
    "INSERT INTO ServerCallStatus VALUES (1, 2, 4294967295, 9999, 4294967295, 0, 0, 1600000000, '1')",
  ]);
  await migrate(config);
  await using store = await openStatusStore(config);
  assertEquals((await store.read({ modid: 1, cmdid: 2 })).map(({ tsSec }) => tsSec), [1600000000]);
  assertEquals((await store.read()).length, 3);
});

Deno.test("migrate() adds no index when the old database has one", async () => {
  const config = await mariadb.createDatabase();
  await runStatements(config, [
    ...OLD_DATABASE,
    "CREATE INDEX mine ON RouteData (modid, cmdid, serverip)",
  ]);
  await migrate(config);
  assertEquals(
    await rowsOf(
      config,
      `SELECT DISTINCT index_name FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name = 'RouteData' ORDER BY index_name`,
    ),
    [["mine"], ["PRIMARY"]],
  );
});

Deno.test("migrate() begins RouteVersion when an old database has no row", async () => {
  const config = await mariadb.createDatabase();
  await runStatements(config, [...OLD_DATABASE, "DELETE FROM RouteVersion"]);
  await migrate(config);
  assertEquals(await rowsOf(config, "SELECT id, version FROM RouteVersion"), [[1, 0]]);
});

Deno.test("migrate() makes the database in utf8mb4 when it is missing", async () => {
  const config = { ...await mariadb.createDatabase(), database: "missing-yet" };
  await migrate(config);
  const charsets = await rowsOf(
    config,
    `SELECT DISTINCT character_set_name FROM information_schema.columns
    WHERE table_schema = DATABASE() AND character_set_name IS NOT NULL`,
  );
  assertEquals(charsets, [["utf8mb4"]]);
});

Deno.test("migrate() needs no right to make databases when the database is there", async () => {
  const config = await mariadb.createDatabase();
  const limited = { ...config, user: "limited", password: 'it\'s \\ a "secret"' };
  await runStatements(config, [
    "CREATE USER limited@127.0.0.1 IDENTIFIED BY 'it''s \\\\ a \"secret\"'",
    `GRANT ALL ON ${config.database}.* TO limited@127.0.0.1`,
  ]);
  assertEquals((await migrate(limited)).applied, MYSQL_NAMES);
  await assertRejects(
    () => migrate({ ...limited, database: "not_allowed" }),
    StoreError,
    "Access denied",
  );
});

Deno.test("openRouteStore() says what to run when the server's database is not migrated", async () => {
  const empty = await mariadb.createDatabase();
  const old = await mariadb.createDatabase();
  await runStatements(old, OLD_DATABASE);
  const halfway = await mariadb.createDatabase();
  await migrate(halfway);
  await runStatements(halfway, ["DELETE FROM LarsMigration WHERE level > 2"]);
  for (const config of [empty, old, halfway, { ...empty, database: "nowhere" }]) {
    const error = await assertRejects(() => openRouteStore(config), LevelError);
    const level = config === halfway ? 2 : 0;
    assertEquals(
      error.message,
      `Database ${config.database} on 127.0.0.1:${config.port} must be at level 6: ` +
        `current level is ${level}. Run \`lars db migrate\` with the same --config and --set`,
    );
  }
});

Deno.test("openRouteStore() works when a later version has migrated the database", async () => {
  const config = await mariadb.createDatabase();
  await migrate(config);
  await runStatements(config, ["INSERT INTO LarsMigration VALUES (999, 'later')"]);
  await using store = await openRouteStore(config);
  await store.readPosition();
});

Deno.test("openRouteStore() makes a SQLite file, its folder and its tables", async () => {
  await using folder = new TempFolder();
  const path = folder.file("data/deeper/lars.db");
  await using store = await openRouteStore({ driver: "sqlite", path });
  assertEquals(await store.readPosition(), { version: 0, changeId: 0 });
});

Deno.test("openRouteStore() migrates a SQLite file when it is empty", async () => {
  await using folder = new TempFolder();
  const path = await folder.write("lars.db", "");
  await using store = await openRouteStore({ driver: "sqlite", path });
  assertEquals(await store.readPosition(), { version: 0, changeId: 0 });
});

Deno.test("openRouteStore() throws StoreError when the file is no SQLite database", async () => {
  await using folder = new TempFolder();
  const path = await folder.write("lars.conf", "[store]\ndriver = sqlite\n".repeat(100));
  const error = await assertRejects(
    () => openRouteStore({ driver: "sqlite", path }),
    StoreError,
    "file is not a database",
  );
  assert(error.message.startsWith(`Database ${path}: `));
});

Deno.test("openRouteStore() throws StoreError when the folder cannot be made", async () => {
  await using folder = new TempFolder();
  const path = `${await folder.write("file", "")}/lars.db`;
  await assertRejects(() => openRouteStore({ driver: "sqlite", path }), StoreError);
});

Deno.test("openRouteStore() needs no permission but for the file and the migrations, in several processes", async () => {
  await using folder = new TempFolder();
  const { path } = folder.database;
  // The folder is there: only where it is not must it be made.
  const program = `
    import { openRouteStore } from ${JSON.stringify(import.meta.resolve("./mod.ts"))};
    const store = await openRouteStore({ driver: "sqlite", path: ${JSON.stringify(path)} });
    for (let ip = 0; ip < 20; ip++) {
      await store.addHosts({ modid: Deno.pid & 0xffff, cmdid: 1 }, [{ ip, port: 80 }]);
    }
    await store.close();
  `;
  const migrations = new URL("./sqlite/migrations", import.meta.url).pathname;
  const reads = `--allow-read=${path},${migrations}`;
  const args = ["run", "--config", "deno.json", "--no-prompt", reads, `--allow-write=${path}`, "-"];
  const ends = await Promise.all(
    Array.from({ length: 3 }, () => runProgram(args, { stdin: program })),
  );
  for (const { code, stderr } of ends) assertEquals(code, 0, stderr);
  await using store = await openRouteStore(folder.database);
  const changes = await store.readChanges([{ from: 0 }]);
  assertEquals(new Set(changes.map(({ version }) => version)).size, 60);
});

Deno.test("openRouteStore() makes and migrates no embedded database that must exist", async () => {
  await using folder = new TempFolder();
  const config: StoreConfig = { driver: "sqlite", path: folder.file("deeper/lars.db") };
  const open = () => openRouteStore(config, { mustExist: true });
  await assertRejects(open, NoDatabaseError, `Database ${config.path} must exist`);
  assertEquals([...Deno.readDirSync(folder.path)], []);

  await Deno.mkdir(folder.file("deeper"));
  await Deno.writeTextFile(config.path, "");
  await assertRejects(open, LevelError, "current level is 0");
  assertEquals(await surveyDatabase(config), "empty");

  await migrate(config);
  await (await open()).close();
  await Deno.writeTextFile(config.path, "this is no database");
  await assertRejects(open, StoreError, config.path);
});

testOnEachDatabase(
  "surveyDatabase() tells Lars' own from what belongs to others",
  async (config) => {
    const away: StoreConfig = config.driver === "sqlite"
      ? { ...config, path: `${config.path}.none` }
      : { ...config, database: `${config.database}_none` };
    assertEquals(await surveyDatabase(away), "missing");
    const session = config.driver === "sqlite"
      ? await SqliteDatabase.open(config)
      : await MysqlConnection.open(config);
    assertEquals(await surveyDatabase(config), "empty");
    await session.write("CREATE TABLE orders (id INT)");
    assertEquals(await surveyDatabase(config), "foreign");
    await session.write("CREATE TABLE RouteData (id INT)");
    assertEquals(await surveyDatabase(config), "lars");
    await ("quit" in session ? session.quit() : session.close());
  },
);

/** How every table of a server's database is made. */
async function schemaOf(config: StoreConfig): Promise<unknown[]> {
  const tables = await rowsOf(config, "SHOW TABLES");
  const all = await Promise.all(
    tables.map(([name]) => rowsOf(config, `SHOW CREATE TABLE ${name}`)),
  );
  return all.map(([[, made]]) => String(made).replace(/ AUTO_INCREMENT=\d+/, ""));
}

Deno.test("planMigration() says all that migrate() does, and does nothing", async () => {
  const databases = [[], OLD_DATABASE, ...ORIGINAL_FORMS.map(originalTables)];
  for (const statements of databases) {
    const [twin, config] = [await mariadb.createDatabase(), await mariadb.createDatabase()];
    for (const each of [twin, config]) await runStatements(each, statements);
    const contents = await surveyDatabase(config);
    const plan = await planMigration(config);
    assertEquals(await planMigration(config), plan);
    assertEquals(await surveyDatabase(config), contents);

    await runStatements(config, splitStatements(plan));
    assertEquals(await planMigration(config), "");
    await migrate(twin);
    assertEquals(await schemaOf(config), await schemaOf(twin));
    const status = "SELECT * FROM ServerCallStatus ORDER BY ip";
    assertEquals(await rowsOf(config, status), await rowsOf(twin, status));
  }
});

testOnEachDatabase(
  "planMigration() begins with the database where there is none",
  async (config) => {
    const missing: StoreConfig = config.driver === "sqlite"
      ? config
      : { ...config, database: "not`there" };
    const plan = await planMigration(missing);
    if (config.driver === "mysql") {
      assert(
        plan.startsWith("CREATE DATABASE IF NOT EXISTS `not``there` CHARACTER SET utf8mb4;\nUSE"),
      );
      assert(
        !plan.includes("ALTER TABLE ServerCallStatus"),
        "which it makes with unsigned columns",
      );
    }
    assertEquals(await surveyDatabase(missing), "missing");
    await migrate(missing);
    assertEquals(await planMigration(missing), "");
  },
);
