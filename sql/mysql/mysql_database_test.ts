import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { mariadb } from "../../testing/each_database.ts";
import { startMariadb } from "../../testing/mariadb.ts";
import { MysqlConnection } from "./mysql_connection.ts";
import { MysqlDatabase } from "./mysql_database.ts";
import { migrate, openRouteStore, openStatusStore } from "../open.ts";
import type { MysqlConfig } from "../store_config.ts";
import { StoreError } from "../store_error.ts";
import { PATIENCE_MS, until } from "../../testing/until.ts";

const MODULE = { modid: 1, cmdid: 1 };

async function createMigrated(): Promise<MysqlConfig> {
  const config = await mariadb.createDatabase();
  await migrate(config);
  return config;
}

/** How many connections the server has, but the one that asks. */
async function countConnections(config: MysqlConfig): Promise<number> {
  const connection = await MysqlConnection.open(config);
  const rows = await connection.read(
    "SELECT 1 FROM information_schema.processlist WHERE db = ? AND id <> CONNECTION_ID()",
    [config.database],
  );
  await connection.quit();
  return rows.length;
}

Deno.test("RouteStore works again when the server was killed and is back", async () => {
  await using server = await startMariadb();
  const config = await server.createDatabase();
  await migrate(config);
  await using store = await openRouteStore(config);
  await store.addHosts(MODULE, [{ ip: 1, port: 80 }]);
  const before = await store.readPosition();
  // Without calls in between, connections are idle that the server has forgotten.
  for (const callsMeanwhile of [10, 0]) {
    // Several connections are open, and idle or busy, when the server goes.
    const calls = Array.from({ length: 6 }, () => store.readPosition());
    await Promise.all(calls);
    const reading = Array.fromAsync(store.readAll()).catch((error) => error);
    await server.kill();
    const result = await reading;
    if (result instanceof Error) assertInstanceOf(result, StoreError);
    for (let call = 0; call < callsMeanwhile; call++) {
      const error = await assertRejects(() => store.readPosition(), StoreError);
      assertInstanceOf(error.cause, Error);
      await assertRejects(() => store.addHosts(MODULE, [{ ip: 2, port: 80 }]), StoreError);
      await assertRejects(() => Array.fromAsync(store.readAll()), StoreError);
      await assertRejects(() => openRouteStore(config), StoreError);
    }
    await server.restart();
    assertEquals(await store.readPosition(), before);
    assertEquals((await store.readModules([MODULE])).length, 1);
  }
  assert(await countConnections(config) <= 8);
  await store.close();
  assertEquals(await countConnections(config), 0);
});

Deno.test("StatusStore throws StoreError when the password is wrong", async () => {
  const config = await createMigrated();
  const error = await assertRejects(
    () => openStatusStore({ ...config, user: "nobody", password: "wrong" }),
    StoreError,
  );
  assert(error.message.startsWith(`Database ${config.database} on 127.0.0.1:${config.port}: `));
  assert(!error.message.includes("wrong"));
});

Deno.test("transaction() runs again when a deadlock undid it", async () => {
  const config = await createMigrated();
  const database = new MysqlDatabase(config);
  await database.write(
    "INSERT INTO RouteData (modid, cmdid, serverip, serverport) VALUES (1, 1, 0, 80), (2, 2, 0, 80)",
  );
  const bothHoldOne = Promise.withResolvers<void>();
  let runs = 0;
  async function addInOrder(first: number, second: number): Promise<void> {
    await database.transaction(async (session) => {
      const add = (id: number) =>
        session.write("UPDATE RouteData SET serverip = serverip + 1 WHERE id = ?", [id]);
      await add(first);
      if (++runs === 2) bothHoldOne.resolve();
      await bothHoldOne.promise;
      await add(second);
    });
  }
  try {
    await Promise.all([addInOrder(1, 2), addInOrder(2, 1)]);
    assertEquals(runs, 3);
    const rows = await database.read<{ ip: number }>("SELECT serverip AS ip FROM RouteData");
    assertEquals(rows.map(({ ip }) => ip), [2, 2]);
  } finally {
    await database.close();
  }
});

Deno.test("read() waits its turn when all connections are taken", async () => {
  const config = await createMigrated();
  await using database = new MysqlDatabase(config);
  await Promise.all(Array.from({ length: 50 }, () => database.read("SELECT 1")));
  assertEquals(await countConnections(config), 8);
});

Deno.test("close() fails calls that the server has not answered", async () => {
  const config = await createMigrated();
  const database = new MysqlDatabase(config);
  // One more than there are connections: the last waits for one.
  const calls = Array.from({ length: 9 }, () => database.read("SELECT SLEEP(60)"));
  const results = Promise.allSettled(calls);
  await until(async () => await countConnections(config) === 8);
  await database.close();
  for (const result of await results) {
    assert(result.status === "rejected");
    assertInstanceOf(result.reason, StoreError);
  }
});

Deno.test("MysqlConnection gives up when a statement takes too long", async () => {
  const config = await mariadb.createDatabase();
  // The limit holds for what sets the session up as well, which a busy machine may not do in that time.
  const connection = await until(() =>
    MysqlConnection.open(config, { queryTimeoutMs: 100 }).catch(() => undefined)
  );
  const error = await assertRejects(() => connection.read("SELECT SLEEP(60)"), StoreError);
  assert(error.message.endsWith("no answer in 100 ms"), error.message);
  await connection.closed;
  assert(!connection.alive);
});

Deno.test("MysqlConnection gives up when what listens says nothing", async () => {
  // Nobody accepts: the kernel connects, if there is time for that before it is given up.
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const config = await mariadb.createDatabase();
  await assertRejects(
    () => MysqlConnection.open({ ...config, port: listener.addr.port }, { connectTimeoutMs: 100 }),
    StoreError,
    "ETIMEDOUT",
  );
});

Deno.test("MysqlConnection fails when what listens speaks another language", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const config = await mariadb.createDatabase();
  for (const greeting of ["HTTP/1.1 400 Bad Request\r\n\r\n", "", "\0"]) {
    const opened = MysqlConnection.open(
      { ...config, port: listener.addr.port },
      { connectTimeoutMs: PATIENCE_MS },
    );
    const answered = listener.accept().then(async (peer) => {
      await peer.write(new TextEncoder().encode(greeting));
      peer.close();
    });
    await assertRejects(() => opened, StoreError);
    await answered;
  }
});

Deno.test("MysqlConnection keeps quotes and backslashes apart from the statement", async () => {
  await using connection = await MysqlConnection.open(await mariadb.createDatabase());
  const text = "\\' OR 1=1 -- \" \u{1f680} ?";
  const [row] = await connection.read<{ text: string }>("SELECT ? AS text", [text]);
  assertEquals(row.text, text);
});
