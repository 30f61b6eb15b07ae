import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { reservePort } from "../../testing/lasting_port.ts";
import { type MariadbServer, startMariadb } from "../../testing/mariadb.ts";
import { runStatements } from "../../testing/original_database.ts";
import { until } from "../../testing/until.ts";
import { migrate, type MysqlConfig, openRouteStore, StoreError } from "../mod.ts";
import { MysqlDatabase } from "./mysql_database.ts";

/** Each has a database of one name, whose row of RouteVersion says which server it is on. */
let first: MariadbServer;
let second: MariadbServer;
let config: MysqlConfig;

Deno.test.beforeAll(async () => {
  [first, second] = await Promise.all([startNumbered(1), startNumbered(2)]);
});

Deno.test.afterAll(async () => {
  await first?.[Symbol.asyncDispose]();
  await second?.[Symbol.asyncDispose]();
});

async function startNumbered(number: number): Promise<MariadbServer> {
  const server = await startMariadb();
  const created = config = await server.createDatabase();
  await migrate(created);
  await runStatements(created, [`UPDATE RouteVersion SET version = ${number}`]);
  return server;
}

function on(...ports: number[]): MysqlConfig {
  return { ...config, endpoints: ports.map((port) => ({ hostname: "127.0.0.1", port })) };
}

async function setReadOnly(server: MariadbServer, isReadOnly: boolean): Promise<void> {
  const { port } = server;
  await runStatements({ ...config, port }, [`SET GLOBAL read_only = ${isReadOnly ? 1 : 0}`]);
}

/** Which server was asked: 1 or 2. */
async function whichAnswers(database: MysqlDatabase): Promise<number> {
  const [{ version }] = await database.read<{ version: number }>(
    "SELECT version FROM RouteVersion",
  );
  return version;
}

/** Which server took a change: 1 or 2. */
async function whichTakes(database: MysqlDatabase): Promise<number> {
  return await database.transaction(async (session) => {
    await session.write("INSERT INTO AcceptedLoss (ts) VALUES (1)");
    const [{ version }] = await session.read<{ version: number }>(
      "SELECT version FROM RouteVersion",
    );
    return version;
  });
}

Deno.test("MysqlDatabase goes over to the next server with no failed read, and back to the first", async () => {
  await using first = await startNumbered(1);
  await using database = new MysqlDatabase(on(first.port, second.port));
  assertEquals(await whichAnswers(database), 1);
  await first.kill();
  assertEquals(await whichAnswers(database), 2);
  assertEquals(await whichTakes(database), 2);
  await first.restart();
  await until(async () => await whichAnswers(database) === 1);
  assertEquals(await whichTakes(database), 1);
});

Deno.test("MysqlDatabase passes over what listens and is no server", async () => {
  using hangsUp = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const hangingUp = (async () => {
    for await (const connection of hangsUp) connection.close();
  })();
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port: hangsUpPort } = hangsUp.addr as Deno.NetAddr;
  const { port: silentPort } = silent.addr as Deno.NetAddr;
  const places = on(reservePort(), hangsUpPort, silentPort, second.port);
  await using routes = await openRouteStore(places);
  assertEquals((await routes.readPosition()).version, 2);
  hangsUp.close();
  await hangingUp;
});

Deno.test("MysqlDatabase writes where changes are taken, and reads on where none are", async () => {
  await using database = new MysqlDatabase(on(first.port, second.port));
  try {
    await setReadOnly(first, true);
    assertEquals(await whichTakes(database), 2);
    assertEquals(await whichAnswers(database), 2, "what is written is read there");
    await setReadOnly(second, true);
    // Root may write all the same: so somebody asks anew whose connections are new.
    await using other = new MysqlDatabase(on(first.port, second.port));
    assertEquals(await whichAnswers(other), 1);
    const { message } = await assertRejects(() => whichTakes(other), StoreError);
    assertStringIncludes(
      message,
      `127.0.0.1:${first.port} takes no changes; 127.0.0.1:${second.port} takes`,
    );
    assertStringIncludes(message, "one of [mysql] endpoints must take changes");
    assertEquals(await whichAnswers(other), 1);
    await setReadOnly(second, false);
    assertEquals(await whichTakes(other), 2);
  } finally {
    await setReadOnly(first, false);
    await setReadOnly(second, false);
  }
});

Deno.test("MysqlDatabase says of each server why it will not do", async () => {
  const ports = [reservePort(), reservePort()];
  await using database = new MysqlDatabase(on(...ports));
  const { message } = await assertRejects(() => whichAnswers(database), StoreError);
  for (const port of ports) {
    assertStringIncludes(message, `127.0.0.1:${port}: connect ECONNREFUSED`);
  }
});

Deno.test("migrate() makes a database that is missing where changes are taken", async () => {
  await setReadOnly(first, true);
  try {
    const missing = { ...on(first.port, second.port), database: "lars_made" };
    await migrate(missing);
    await using routes = await openRouteStore({
      ...config,
      port: second.port,
      database: "lars_made",
    });
    assertEquals((await routes.readPosition()).version, 0);
  } finally {
    await setReadOnly(first, false);
  }
});
