import { assert, assertEquals, assertGreater } from "@std/assert";
import { LarsClient } from "../client/mod.ts";
import { type ModuleName, parseIpv4 } from "../proto/mod.ts";
import {
  type CallStatus,
  migrate,
  openRouteStore,
  openStatusStore,
  type StoreConfig,
} from "../sql/mod.ts";
import { mariadb, testOnEachDatabase } from "../testing/each_database.ts";
import { startMariadb } from "../testing/mariadb.ts";
import { Qps } from "../testing/qps.ts";
import { Role, storeSettings } from "../testing/role.ts";
import { PATIENCE_MS, until } from "../testing/until.ts";

const LOOPBACK = parseIpv4("127.0.0.1")!;
const CALLER = parseIpv4("10.9.8.7")!;

/** dns, reporter and agent as processes of their own on one database. */
class System implements AsyncDisposable {
  private constructor(
    readonly config: StoreConfig,
    readonly dns: Role,
    readonly reporter: Role,
    readonly agent: Role,
    readonly parts: AsyncDisposableStack,
  ) {}

  static async start(config: StoreConfig, ...dnsSettings: string[]): Promise<System> {
    await migrate(config);
    const store = storeSettings(config);
    await using parts = new AsyncDisposableStack();
    const dns = parts.use(await Role.start("dns", [...store, ...dnsSettings]));
    const reporter = parts.use(await Role.start("reporter", store));
    const settings = [
      `dnsserver.port=${dns.port}`,
      `reporter.port=${reporter.port}`,
      "agent.report_interval_ms=100",
      "agent.caller=10.9.8.7",
      // What is promised is that no pick fails, not how soon dns answers one that has restarted.
      "agent.first_pull_wait_ms=5000",
    ];
    const agent = parts.use(await Role.start("agent", settings));
    return new System(config, dns, reporter, agent, parts.move());
  }

  client(): LarsClient {
    return new LarsClient({ port: this.agent.port });
  }

  async addHosts({ modid, cmdid }: ModuleName, ...ports: number[]): Promise<void> {
    await using store = await openRouteStore(this.config);
    await store.addHosts({ modid, cmdid }, ports.map((port) => ({ ip: LOOPBACK, port })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.parts.disposeAsync();
  }
}

async function portsOf(client: LarsClient, { modid, cmdid }: ModuleName): Promise<number[]> {
  const hosts = await client.getRoute(modid, cmdid).catch(() => []);
  return hosts.map(({ port }) => port).sort((a, b) => a - b);
}

function isRoute(client: LarsClient, name: ModuleName, ...ports: number[]) {
  return until(async () => String(await portsOf(client, name)) === String(ports));
}

testOnEachDatabase("all works together while nothing is broken", async (config) => {
  const system = await System.start(config, "dns.reload_interval=3600");
  await system.addHosts({ modid: 1, cmdid: 1 }, 9001, 9002);
  {
    await using client = system.client();
    await callIsStored(client, config);
    // Announced, as it is, it reaches the client without a reload.
    await system.addHosts({ modid: 1, cmdid: 1 }, 9003);
    await isRoute(client, { modid: 1, cmdid: 1 }, 9001, 9002, 9003);
  }
  for (const role of [system.dns, system.reporter, system.agent]) {
    assertEquals((await role.get("/healthz")).status, 200);
    assertEquals((await role.get("/readyz")).status, 200);
    assertGreater(await role.metric("process_resident_memory_bytes"), 0);
    assertEquals(await role.stop(), 0);
  }
});

/** Makes a call that succeeds and one that fails, and finds both in the database. */
async function callIsStored(client: LarsClient, config: StoreConfig): Promise<void> {
  await client.register(1, 1, { timeoutMs: PATIENCE_MS });
  const called = await client.call(1, 1, ({ port }) => Promise.resolve(port));
  const failure = await client.call(1, 1, ({ port }) => Promise.reject(new Error(String(port))))
    .catch((error) => Number(error.message));
  assertEquals([called, failure].sort(), [9001, 9002]);
  const statuses = await openStatusStore(config);
  const stored = await until(async () => {
    const rows = await statuses.read({ modid: 1, cmdid: 1 });
    const isWhole = rows.some(({ succ }) => succ === 1) && rows.some(({ err }) => err === 1);
    return isWhole && rows;
  });
  await statuses.close();
  const row = { modid: 1, cmdid: 1, ip: LOOPBACK, caller: CALLER, overload: false, tsSec: 0 };
  assertEquals(
    stored.map((status: CallStatus) => ({ ...status, tsSec: 0 })).sort((a, b) => a.port - b.port),
    [
      { ...row, port: 9001, succ: called === 9001 ? 1 : 0, err: called === 9001 ? 0 : 1 },
      { ...row, port: 9002, succ: called === 9002 ? 1 : 0, err: called === 9002 ? 0 : 1 },
    ],
  );
}

Deno.test("raw SQL that announces nothing reaches a client by the reload", async () => {
  const config = await mariadb.createDatabase();
  await using system = await System.start(config, "dns.reload_interval=1");
  await using client = system.client();
  const name = { modid: 3, cmdid: 1 };
  await system.addHosts(name, 9001);
  await isRoute(client, name, 9001);
  const { MysqlConnection } = await import("../sql/mysql/mysql_connection.ts");
  await using connection = await MysqlConnection.open(config);
  await connection.write("UPDATE RouteData SET serverport = 9002 WHERE modid = 3", []);
  await isRoute(client, name, 9002);
  await connection.write("DELETE FROM RouteData", []);
  await isRoute(client, name);
});

/** Runs `lars qps` on a system while `act` breaks and mends it; no pick may fail meanwhile. */
async function underLoad(system: System, act: () => Promise<void>): Promise<void> {
  await system.addHosts({ modid: 1, cmdid: 1 }, 9001, 9002);
  await system.addHosts({ modid: 2, cmdid: 1 }, 9003);
  await using client = system.client();
  await isRoute(client, { modid: 2, cmdid: 1 }, 9003);
  await using qps = await Qps.startSteady(2, system.agent.port);
  await act();
  await qps.madeProgress(); // and it goes on
  const { code, average, errors } = await qps.stop();
  assertEquals(errors, {});
  assertEquals(code, 0);
  assertGreater(average, 0);
}

/** The newest report that the database has of the modules under load. */
async function lastTsSec(config: StoreConfig): Promise<number> {
  const store = await openStatusStore(config);
  const rows = await store.read();
  await store.close();
  return Math.max(0, ...rows.map(({ tsSec }) => tsSec));
}

async function statusesGoOn(config: StoreConfig): Promise<void> {
  const beforeSec = await lastTsSec(config);
  await until(async () => await lastTsSec(config) > beforeSec);
}

testOnEachDatabase(
  "no pick fails when dns and reporter are killed, and their successors go on",
  async (config) => {
    await using system = await System.start(config);
    await using client = system.client();
    await underLoad(system, async () => {
      await system.dns.kill();
      await client.getHost(1, 1);
      await system.addHosts({ modid: 1, cmdid: 1 }, 9009);
      await system.dns.restart();
      await isRoute(client, { modid: 1, cmdid: 1 }, 9001, 9002, 9009);
      await statusesGoOn(config);
      await system.reporter.kill();
      await system.reporter.restart();
      await statusesGoOn(config);
    });
  },
);

Deno.test("no pick fails when MariaDB is killed, and all works again when it is back", async () => {
  await using server = await startMariadb();
  const config = await server.createDatabase();
  await using system = await System.start(config);
  await using client = system.client();
  await underLoad(system, async () => {
    await statusesGoOn(config);
    await server.kill();
    await until(async () => await system.reporter.metric("lars_reporter_lane_retries_total") > 0);
    await client.getHost(1, 1);
    assert((await system.dns.get("/readyz")).status === 200);
    await server.restart();
    await statusesGoOn(config);
    await system.addHosts({ modid: 1, cmdid: 1 }, 9009);
    await isRoute(client, { modid: 1, cmdid: 1 }, 9001, 9002, 9009);
  });
});
