import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  ORIGINAL_FORMS,
  type OriginalForm,
  originalTables,
  originalUpsert,
  runStatements,
} from "../testing/original_database.ts";
import { mariadb } from "../testing/each_database.ts";
import { until } from "../testing/until.ts";
import { MysqlConnection } from "./mysql/mysql_connection.ts";
import { applyMysqlMigrations } from "./mysql/mysql_migrations.ts";
import { migrate, openRouteStore, openStatusStore } from "./open.ts";
import type { CallStatus } from "./statuses/call_status.ts";
import type { StatusStore } from "./statuses/status_store.ts";
import type { MysqlConfig } from "./store_config.ts";
import { LevelError, StoreError } from "./store_error.ts";

/** On both sides of 128.0.0.0, from which on a signed column has negative numbers. */
const ADDRESSES = [0, 0x7f00_0001, 0x7fff_ffff, 0x8000_0000, 0xc0a8_01b1, 0xffff_ffff];

/** One status for every pair of addresses. */
function statusesAt(tsSec: number, part: Partial<CallStatus> = {}): CallStatus[] {
  const status = { modid: 1, cmdid: 1, port: 80, succ: 1, err: 2, overload: false, tsSec };
  return ADDRESSES.flatMap((ip) => ADDRESSES.map((caller) => ({ ...status, ip, caller, ...part })));
}

function openOld(config: MysqlConfig): Promise<StatusStore> {
  return openStatusStore(config, { onOldLevel: () => {} });
}

async function readStored(config: MysqlConfig): Promise<CallStatus[]> {
  await using store = await openOld(config);
  return await store.read();
}

/** The numbers that a column holds, as the database has them. */
async function readColumn(config: MysqlConfig, column: string): Promise<number[]> {
  await using connection = await MysqlConnection.open(config);
  const rows = await connection.read<{ value: number }>(
    `SELECT DISTINCT ${column} AS value FROM ServerCallStatus ORDER BY value`,
  );
  return rows.map(({ value }) => value);
}

function testOnEachForm(
  name: string,
  run: (config: MysqlConfig, form: OriginalForm) => Promise<void>,
): void {
  for (const form of ORIGINAL_FORMS) {
    for (const sqlMode of ["", "STRICT_TRANS_TABLES,ANSI_QUOTES,ONLY_FULL_GROUP_BY"]) {
      const kind = `${form.tables} tables, ${form.signed ? "" : "un"}signed, '${sqlMode}'`;
      Deno.test(`${name} (${kind})`, async () => {
        const config = await mariadb.createDatabase();
        await runStatements(config, [
          `SET GLOBAL sql_mode = '${sqlMode}'`,
          ...originalTables(form),
        ]);
        try {
          await run(config, form);
        } finally {
          await runStatements(config, ["SET GLOBAL sql_mode = DEFAULT"]);
        }
      });
    }
  }
}

testOnEachForm("an original's routes are read as they are", async (config) => {
  await runStatements(config, [
    `INSERT INTO RouteData (modid, cmdid, serverip, serverport)
      VALUES (1, 1, 2130706433, 80), (1, 1, 3232235953, 81)`,
    "INSERT INTO RouteChange (modid, cmdid, version) VALUES (1, 1, 1528000000)",
  ]);
  const told: string[] = [];
  const store = await openRouteStore(config, { onOldLevel: ({ message }) => told.push(message) });
  assertEquals(told.length, 1);
  const row = { modid: 1, cmdid: 1, weight: 100 };
  const rows = [
    { ...row, id: 1, ip: 0x7f00_0001, port: 80 },
    { ...row, id: 2, ip: 0xc0a8_01b1, port: 81 },
  ];
  assertEquals((await Array.fromAsync(store.readAll())).flat(), rows);
  assertEquals(await store.readModules([row]), rows);
  assertEquals(await store.readPosition(), { version: 1_528_000_000, changeId: 1 });
  assertEquals((await store.readChanges([{ from: 0 }])).length, 1);
  assertEquals((await store.readNames()).modids.size, 0);
  assertEquals(await store.readAcceptedId(), 0);
  assertEquals(await store.pruneChanges({ id: 1, beforeVersion: 2e9, limit: 10 }), 1);
  await store.close();
  await assertRejects(() => openRouteStore(config), LevelError, "lars db migrate");
});

testOnEachForm(
  "statuses are stored with the original's, before and after the migration",
  async (config, form) => {
    const original = (tsSec: number, { signed }: { signed: boolean }) =>
      statusesAt(tsSec).map((status) => originalUpsert(status, { signed }));
    await runStatements(config, original(100, form));
    await using store = await openOld(config);
    assertEquals(await store.read(), statusesAt(100));

    await store.write(statusesAt(101, { overload: true }));
    assertEquals(await store.read(), statusesAt(101, { overload: true }));
    await runStatements(config, original(102, form));
    assertEquals(await store.read(), statusesAt(102));
    const stored = ADDRESSES.map((value) => form.signed ? value | 0 : value).sort((a, b) => a - b);
    assertEquals(await readColumn(config, "ip"), stored);
    assertEquals(await readColumn(config, "caller"), stored);

    await migrate(config);
    assertEquals(await store.read(), statusesAt(102));
    assertEquals(await readColumn(config, "ip"), ADDRESSES);
    await store.write(statusesAt(103, { err: 7 })); // it was opened before the migration
    await runStatements(config, original(104, { signed: false }));
    await store.write(statusesAt(105));
    await migrate(config);
    assertEquals(await store.read(), statusesAt(105));
  },
);

Deno.test("tables whose types somebody has changed are read for what they mean", async () => {
  const config = await mariadb.createDatabase();
  await runStatements(config, [
    ...originalTables({ tables: 4, signed: true }),
    "ALTER TABLE RouteData MODIFY serverip INT NOT NULL",
    "ALTER TABLE ServerCallStatus MODIFY overload TINYINT NOT NULL",
    `INSERT INTO RouteData (modid, cmdid, serverip, serverport) VALUES (1, 1, ${
      0xc0a8_01b1 | 0
    }, 80)`,
  ]);
  const routes = await openRouteStore(config, { onOldLevel: () => {} });
  const [{ ip }] = (await Array.fromAsync(routes.readAll())).flat();
  assertEquals(ip, 0xc0a8_01b1);
  await routes.close();
  await using store = await openOld(config);
  for (const overload of [true, false]) {
    const statuses = statusesAt(100, { overload });
    await store.write(statuses);
    assertEquals(await store.read(), statuses);
  }
});

Deno.test("write() serves a table to which somebody has added columns", async () => {
  const config = await mariadb.createDatabase();
  await runStatements(config, originalTables({ tables: 4, signed: true }));
  await using store = await openOld(config);
  await store.write(statusesAt(100));
  await runStatements(config, [
    "ALTER TABLE ServerCallStatus ADD COLUMN note VARCHAR(20) NOT NULL AFTER modid",
    "ALTER TABLE ServerCallStatus ADD COLUMN `rtt ms` INT NOT NULL",
    "ALTER TABLE ServerCallStatus ADD COLUMN seen DATETIME NOT NULL",
    "ALTER TABLE ServerCallStatus ADD COLUMN rate DOUBLE",
  ]);
  await store.write(statusesAt(101, { overload: true }));
  assertEquals(await store.read(), statusesAt(101, { overload: true }));
  await store.write(statusesAt(102, { port: 81 }));
  await runStatements(config, ["ALTER TABLE ServerCallStatus DROP COLUMN note"]);
  await store.write(statusesAt(103, { port: 81 }));
  assertEquals(
    await store.read().then((all) => all.filter(({ tsSec }) => tsSec === 103).length),
    36,
  );
  await runStatements(config, ["ALTER TABLE ServerCallStatus DROP COLUMN err_cnt"]);
  await assertRejects(() => store.write(statusesAt(104)), StoreError, "err_cnt");
});

Deno.test("write() clamps nothing where the table's engine knows no transactions", async () => {
  const config = await mariadb.createDatabase();
  await runStatements(config, [
    ...originalTables({ tables: 4, signed: false })
      .map((statement) => statement.replace("InnoDB", "MyISAM")),
  ]);
  await using store = await openOld(config);
  await store.write(statusesAt(100)); // it knows now that the columns are unsigned, which they then are no more
  await runStatements(config, [
    "DELETE FROM ServerCallStatus",
    "ALTER TABLE ServerCallStatus MODIFY ip INT NOT NULL, MODIFY caller INT NOT NULL",
  ]);
  await store.write(statusesAt(101));
  assertEquals(await store.read(), statusesAt(101));
});

Deno.test("write() rejects what no column could hold, however often it looks", async () => {
  const config = await mariadb.createDatabase();
  await runStatements(config, [
    ...originalTables({ tables: 4, signed: true }),
    "ALTER TABLE ServerCallStatus MODIFY port SMALLINT NOT NULL",
  ]);
  await using store = await openOld(config);
  const [status] = statusesAt(100);
  await assertRejects(() => store.write([{ ...status, port: 40_000 }]), StoreError, "port");
  await store.write([status]);
  assertEquals(await store.read(), [status]);
});

Deno.test("migrate() needs no right to lock tables where no old program writes", async () => {
  const config = await mariadb.createDatabase();
  const user = { ...config, user: "lars_admin", password: "secret" };
  const [old, current] = [statusesAt(100), statusesAt(101)];
  await runStatements(config, [
    ...originalTables({ tables: 4, signed: true }),
    "CREATE USER lars_admin@127.0.0.1 IDENTIFIED BY 'secret'",
    `GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON ${config.database}.*
      TO lars_admin@127.0.0.1`,
    ...old.map((status) => originalUpsert(status, { signed: true })),
    // A migration was cut off; then an older status and a newer one were stored rightly.
    "ALTER TABLE ServerCallStatus MODIFY ip BIGINT, MODIFY port BIGINT, MODIFY caller BIGINT",
    ...current.slice(0, 20).map((status) => originalUpsert(status, { signed: false })),
    ...statusesAt(99).slice(20).map((status) => originalUpsert(status, { signed: false })),
  ]);
  await migrate(user);
  const expected = [...current.slice(0, 20), ...old.slice(20)];
  const stored = await readStored(config);
  // Those whose addresses are below 128.0.0.0 have one form: the last writer counted.
  const isNegative = ({ ip, caller }: CallStatus) => (ip | 0) < 0 || (caller | 0) < 0;
  assertEquals(stored.filter(isNegative), expected.filter(isNegative));
  assertEquals(stored.length, expected.length);
});

/** Signed statuses, more than the migration goes through in one step, half of them negative. */
function manyStatuses(tsSec: number): CallStatus[] {
  return Array.from({ length: 12_000 }, (_, i) => ({
    modid: 1 + i % 3,
    cmdid: 1,
    ip: (i * 0x9e37_79b1) >>> 0,
    port: 1 + i % 65_535,
    caller: i % 2 === 0 ? 0xc0a8_0001 : 1,
    succ: 1,
    err: 0,
    tsSec,
    overload: false,
  }));
}

Deno.test("migrate() takes the newest of a status, whatever writers and other migrations do meanwhile", async () => {
  const config = await mariadb.createDatabase();
  await runStatements(config, [
    ...originalTables({ tables: 4, signed: true }),
    "CREATE TABLE LarsMigration (level INT UNSIGNED NOT NULL PRIMARY KEY, name VARCHAR(64) NOT NULL)",
  ]);
  await using store = await openOld(config);
  await store.write(manyStatuses(1));
  const expected = new Map(manyStatuses(1).map((status) => [keyOf(status), status]));
  const isDone = { migrating: false };

  async function report(seed: number): Promise<void> {
    await using reporter = await openOld(config);
    for (let tsSec = 2; tsSec < 10 || !isDone.migrating; tsSec++) {
      const some = manyStatuses(tsSec).filter((_, i) => i % 20 === seed);
      await writeAtLast(reporter, some);
      for (const status of some) expected.set(keyOf(status), status);
    }
  }

  /** An old program, which goes on as it is. What it writes into unsigned columns then is refused, and its own loss. */
  async function reportAsOriginal(): Promise<void> {
    await using connection = await MysqlConnection.open(config);
    const some = manyStatuses(0).filter((_, i) => i % 20 === 5);
    for (let tsSec = 2; !isDone.migrating; tsSec++) {
      for (const status of some.slice(0, 40).map((status) => ({ ...status, tsSec }))) {
        await connection.write(originalUpsert(status, { signed: true })).then(
          () => expected.set(keyOf(status), status),
          () => {},
        );
      }
    }
  }

  async function migrateWithoutLock(): Promise<void> {
    await using connection = await MysqlConnection.open(config, { queryTimeoutMs: 600_000 });
    await applyMysqlMigrations(connection);
  }

  const writing = Promise.all([report(1), report(2), reportAsOriginal()]);
  try {
    await Promise.all([migrateWithoutLock(), migrateWithoutLock(), migrateWithoutLock()]);
  } finally {
    isDone.migrating = true;
    await writing;
  }
  const stored = new Map((await store.read()).map((status) => [keyOf(status), status]));
  assertEquals(stored.size, expected.size);
  for (const [key, status] of expected) assertEquals(stored.get(key), status);
  assertEquals((await readStored(config)).length, expected.size, "no status is there twice");
  assert((await readColumn(config, "ip"))[0] >= 0);
});

/** A statement may have to wait longer for a lock than it does; the reporter's lanes try again then. */
async function writeAtLast(store: StatusStore, statuses: readonly CallStatus[]): Promise<void> {
  await until(() =>
    store.write(statuses).then(() => true, (error) => !(error instanceof StoreError))
  );
}

function keyOf({ modid, cmdid, ip, port, caller }: CallStatus): string {
  return `${modid} ${cmdid} ${ip} ${port} ${caller}`;
}
