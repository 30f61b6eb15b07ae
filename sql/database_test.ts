import { assertEquals, assertRejects } from "@std/assert";
import { testOnEachDatabase } from "../testing/each_database.ts";
import { chunks, type Database, placeholders } from "./database.ts";
import { migrate, openDatabase } from "./open.ts";

const INSERT = "INSERT INTO RouteChange (modid, cmdid, version) VALUES (?, 0, 0)";

function testDatabase(name: string, run: (database: Database) => Promise<void>): void {
  testOnEachDatabase(name, async (config) => {
    await migrate(config);
    await using database = await openDatabase(config);
    await run(database);
  });
}

async function modids(database: Database): Promise<number[]> {
  const rows = await database.read<{ modid: number }>("SELECT modid FROM RouteChange ORDER BY id");
  return rows.map(({ modid }) => modid);
}

testDatabase("transaction() undoes everything when its work throws", async (database) => {
  const error = await assertRejects(() =>
    database.transaction(async (session) => {
      await session.write(INSERT, [1]);
      throw new TypeError("work");
    }), TypeError);
  assertEquals(error.message, "work", "an error that is not the database's stays as it is");
  await database.transaction((session) => session.write(INSERT, [2]));
  assertEquals(await modids(database), [2]);
});

testDatabase("transaction() shows nothing of its work before it is done", async (database) => {
  await database.transaction(async (session) => {
    await session.write(INSERT, [1]);
    assertEquals(await modids(database), []);
  });
  assertEquals(await modids(database), [1]);
});

testDatabase("transaction() runs beside others that read and write", async (database) => {
  await Promise.all(Array.from({ length: 30 }, async (_, index) => {
    if (index % 3 === 0) await modids(database);
    else if (index % 3 === 1) await database.write(INSERT, [index]);
    else {
      await database.transaction(async (session) => {
        await session.write(INSERT, [index]);
        await session.write(INSERT, [index]);
      });
    }
  }));
  assertEquals((await modids(database)).length, 30);
});

testDatabase("snapshot() sees the database as it was at its first read", async (database) => {
  await database.write(INSERT, [1]);
  await using snapshot = await database.snapshot();
  const count = async () => (await snapshot.read("SELECT id FROM RouteChange")).length;
  assertEquals(await count(), 1);
  await database.write(INSERT, [2]);
  assertEquals(await count(), 1);
  assertEquals((await modids(database)).length, 2);
});

Deno.test("placeholders() writes one group a row", () => {
  assertEquals(placeholders({ rows: 2, columns: 3 }), "(?, ?, ?), (?, ?, ?)");
});

Deno.test("chunks() cuts without leaving anything out", () => {
  assertEquals([...chunks([1, 2, 3, 4, 5], 2)], [[1, 2], [3, 4], [5]]);
  assertEquals([...chunks([1, 2], 2)], [[1, 2]]);
  assertEquals([...chunks([], 2)], []);
});
