import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { until } from "../../testing/until.ts";
import { mariadb } from "../../testing/each_database.ts";
import { startMariadb } from "../../testing/mariadb.ts";
import { originalTables, runStatements } from "../../testing/original_database.ts";
import { MysqlConnection } from "./mysql_connection.ts";
import { migrate, openRouteStore, openStatusStore } from "../open.ts";
import type { MysqlConfig } from "../store_config.ts";
import { StoreError } from "../store_error.ts";

/** What administrators set for all who connect, each of which once broke something or might. */
const SERVER_SETTINGS = [
  "sql_mode = 'ANSI'",
  "sql_mode = 'ORACLE'",
  "sql_mode = 'TRADITIONAL,ONLY_FULL_GROUP_BY'",
  "sql_mode = 'PAD_CHAR_TO_FULL_LENGTH,NO_BACKSLASH_ESCAPES,NO_UNSIGNED_SUBTRACTION'",
  "sql_select_limit = 7",
  "sql_safe_updates = 1",
  "max_join_size = 10",
  "completion_type = 1",
  "autocommit = 0",
  "tx_isolation = 'SERIALIZABLE'",
  "tx_isolation = 'READ-UNCOMMITTED'",
  "time_zone = '+13:00'",
  "character_set_server = 'latin1'",
  "default_storage_engine = 'MyISAM'",
];

/** Does what dns, reporter and `lars` do, from the tutorial's tables on. */
async function useAll(config: MysqlConfig): Promise<void> {
  const nowSec = Math.floor(Date.now() / 1000);
  const module = { modid: 1, cmdid: 1 };
  await runStatements(config, originalTables({ tables: 4, signed: true }));
  const statuses = await openStatusStore(config, { onOldLevel: () => {} });
  const reported = Array.from({ length: 1200 }, (_, i) => ({
    ...module,
    ip: 0x7fff_ff00 + i,
    port: 80,
    caller: 0xc0a8_0001,
    succ: 1,
    err: 2,
    tsSec: i < 10 ? 1 : nowSec,
    overload: false,
  }));
  await statuses.write(reported);
  await migrate(config);
  assertEquals(await statuses.read(), reported);
  const { deleted } = await statuses.expire({ rows: 2000, keepSec: 86_400, nowSec });
  assertEquals(deleted, 10);
  await statuses.close();

  await using routes = await openRouteStore(config);
  const hosts = Array.from({ length: 1200 }, (_, ip) => ({ ip, port: 80 }));
  await routes.addHosts(module, hosts);
  const before = await routes.readPosition();
  await routes.addHosts({ ...module, modid: 2 }, hosts.slice(0, 1));
  const after = await routes.readPosition();
  assertEquals([after.changeId > before.changeId, after.version > before.version], [true, true]);
  assertEquals((await Array.fromAsync(routes.readAll())).flat().length, 1201);
  assertEquals((await routes.readModules([module])).length, 1200);
  await routes.setName({ modid: 1, name: "'a' \"b\" \\ é" });
  assertEquals((await routes.readNames()).modids.get(1), "'a' \"b\" \\ é");
  const ids = { id: after.changeId - 1, beforeVersion: 2 ** 40 };
  assertEquals(await routes.pruneChanges({ ...ids, limit: 10 }), 1);
}

for (const setting of SERVER_SETTINGS) {
  Deno.test(`stores work whatever the server sets: ${setting}`, async () => {
    const [name] = setting.split(" ");
    const config = await mariadb.createDatabase();
    await runStatements(config, [`SET GLOBAL ${setting}`]);
    try {
      await useAll(config);
    } finally {
      await runStatements(config, [`SET GLOBAL ${name} = DEFAULT`]);
    }
  });
}

for (const options of [["--lower-case-table-names=1"], ["--auto-increment-increment=3"]]) {
  Deno.test(`stores work whatever the server is started with: ${options}`, async () => {
    await using server = await startMariadb(options);
    await useAll(await server.createDatabase());
  });
}

Deno.test("stores notice that the server has closed their idle connections", async () => {
  const config = await mariadb.createDatabase();
  await migrate(config);
  await using routes = await openRouteStore(config);
  await Promise.all(Array.from({ length: 5 }, () => routes.readPosition()));
  const other = await MysqlConnection.open({ ...config, database: "mysql" });
  const idle = await other.read<{ id: number }>(
    "SELECT id FROM information_schema.processlist WHERE db = ?",
    [config.database],
  );
  assertEquals(idle.length, 5);
  for (const { id } of idle) await other.write("KILL ?", [id]);
  await until(async () => {
    const left = await other.read(
      "SELECT 1 FROM information_schema.processlist WHERE db = ?",
      [config.database],
    );
    return left.length === 0;
  });
  await routes.readPosition();
  await other.quit();
});

Deno.test("a server that takes no changes is read all the same, and named as such", async () => {
  const config = await mariadb.createDatabase();
  await migrate(config);
  await runStatements(config, [
    "CREATE USER reader@127.0.0.1 IDENTIFIED BY 'secret'",
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${config.database}.* TO reader@127.0.0.1`,
    "SET GLOBAL read_only = 1",
  ]);
  try {
    await using routes = await openRouteStore({ ...config, user: "reader", password: "secret" });
    assertEquals(await routes.readPosition(), { version: 0, changeId: 0 });
    const { message } = await assertRejects(
      () => routes.pruneChanges({ id: 1, beforeVersion: 1, limit: 1 }),
      StoreError,
    );
    assertStringIncludes(message, "[mysql] db_host must name the server that takes changes");
  } finally {
    await runStatements(config, ["SET GLOBAL read_only = 0"]);
  }
});
