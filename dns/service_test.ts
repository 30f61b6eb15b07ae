import {
  assertEquals,
  assertGreater,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { loadOptions, StartError } from "../service/mod.ts";
import { messageOf } from "../service/observe/log_format.ts";
import { setLogSink } from "../service/observe/logger.ts";
import { migrate, openRouteStore, type RouteStore } from "../sql/mod.ts";
import { reservePort } from "../testing/lasting_port.ts";
import { storeSettings } from "../testing/role.ts";
import { TempFolder } from "../testing/temp_folder.ts";
import { until } from "../testing/until.ts";
import { startMariadb } from "../testing/mariadb.ts";
import { originalTables, runStatements } from "../testing/original_database.ts";
import { type DnsOptions, dnsSchema } from "./options.ts";
import { describeRoute, requestFrame, RoutePeer } from "../testing/dns/route_peer.ts";
import { DnsService } from "./service.ts";

/** A folder with a database for the time of a test. */
class Files extends TempFolder {
  readonly db = this.database.path;
  /** The setting that has a dns keep a snapshot. */
  readonly snapshot = `dns.snapshot=${this.file("dns.snapshot")}`;
  #store?: RouteStore;

  async store(): Promise<RouteStore> {
    return this.#store ??= await openRouteStore(this.database);
  }

  /** Runs SQL as somebody would who knows nothing of Lars. */
  runSql(sql: string): void {
    const database = new DatabaseSync(this.db, { timeout: 5000 });
    database.exec(sql);
    database.close();
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.#store?.close();
    await super[Symbol.asyncDispose]();
  }
}

function optionsFor(path: string, ...set: string[]): DnsOptions {
  return loadOptions(dnsSchema, {
    env: () => undefined,
    set: [
      "reactor.port=0",
      "admin.port=0",
      `store.path=${path}`,
      "dns.version_poll_ms=10",
      "reactor.threadNum=1",
      "log.level=error",
      "dns.snapshot=off",
      ...set,
    ],
  }).values;
}

/** A process that must not be ended. */
const unfailing = {
  fail(error: Error): void {
    throw error;
  },
};

function toAddress(address: string): { hostname: string; port: number } {
  const [hostname, port] = address.split(":");
  return { hostname, port: Number(port) };
}

async function startDns(path: string, ...set: string[]) {
  const service = await DnsService.start(optionsFor(path, ...set), unfailing);
  return {
    service,
    connect: () => RoutePeer.connect(toAddress(service.addresses.listen)),
    [Symbol.asyncDispose]: () => service.stop(),
  };
}

/** A database that does not answer. */
const AWAY = ["store.driver=mysql", `mysql.db_port=${reservePort()}`];

/** The value of a metric. */
async function metricOf(service: DnsService, name: string): Promise<number> {
  const [, text] = await get(service, "/metrics");
  return Number(text.match(new RegExp(`^${name} (.*)$`, "m"))?.[1]);
}

/** Status and text of a GET on the admin port. */
async function get(service: DnsService, path: string): Promise<[number, string]> {
  const response = await fetch(`http://${service.addresses.admin}${path}`);
  return [response.status, await response.text()];
}

function host(port: number) {
  return { ip: 0x7f000001, port };
}

Deno.test("DnsService serves and pushes out of the tutorial's four tables, and drains once they are migrated", async () => {
  await using server = await startMariadb();
  const config = await server.createDatabase();
  await runStatements(config, [
    ...originalTables({ tables: 4, signed: true }),
    "INSERT INTO RouteData (modid, cmdid, serverip, serverport) VALUES (1, 1, 2130706433, 80)",
  ]);
  await using dns = await startDns("unused.db", ...storeSettings(config));
  await using peer = await dns.connect();
  assertEquals(describeRoute(await peer.ask(1, 1)), "1/1: 80");
  const nowSec = Math.floor(Date.now() / 1000);
  await runStatements(config, [ // as an original's tools do it
    "INSERT INTO RouteData (modid, cmdid, serverip, serverport) VALUES (1, 1, 3232235953, 81)",
    `INSERT INTO RouteChange (modid, cmdid, version) VALUES (1, 1, ${nowSec})`,
    `UPDATE RouteVersion SET version = ${nowSec} WHERE id = 1`,
  ]);
  assertEquals(describeRoute(await peer.next()), "1/1: 80 81");
  await migrate(config);
  await using store = await openRouteStore(config);
  for (const weight of [0, 100]) {
    await store.addHosts({ modid: 1, cmdid: 1 }, [{ ...host(80), weight }]);
    assertEquals(describeRoute(await peer.next()), weight === 0 ? "1/1: 81" : "1/1: 80 81");
  }
});

Deno.test("DnsService holds back what a database lacks that was never migrated, and heeds its migration", async () => {
  await using server = await startMariadb();
  const config = await server.createDatabase();
  const hosts = [80, 81, 82, 83, 84].map((port) => `(1, 1, 2130706433, ${port})`);
  await runStatements(config, [
    ...originalTables({ tables: 4, signed: true }),
    `INSERT INTO RouteData (modid, cmdid, serverip, serverport) VALUES ${hosts.join(", ")}`,
  ]);
  const settings = [...storeSettings(config), "dns.reload_interval=0.1"];
  await using dns = await startDns("unused.db", ...settings);
  await using peer = await dns.connect();
  assertEquals(describeRoute(await peer.ask(1, 1)), "1/1: 80 81 82 83 84");
  await runStatements(config, ["DELETE FROM RouteData"]);
  await until(async () => await metricOf(dns.service, "lars_dns_held_reads_total") > 2);
  assertEquals(describeRoute(await peer.ask(1, 1)), "1/1: 80 81 82 83 84");
  await migrate(config);
  await using store = await openRouteStore(config);
  await store.acceptLoss();
  assertEquals(await peer.nextLine(), "1/1:");
});

Deno.test("DnsService answers and pushes announced changes from threads and in process", async () => {
  for (const threads of [0, 2]) {
    await using files = new Files();
    const store = await files.store();
    await store.addHosts({ modid: 1, cmdid: 1 }, [host(80), host(81)]);
    await using dns = await startDns(files.db, `reactor.threadNum=${threads}`);
    await using one = await dns.connect();
    await using other = await dns.connect();
    assertEquals(describeRoute(await one.ask(1, 1)), "1/1: 80 81");
    assertEquals(describeRoute(await other.ask(1, 1)), "1/1: 80 81");
    await store.removeHosts({ modid: 1, cmdid: 1 }, [host(80)]);
    assertEquals(await one.nextLine(), "1/1: 81");
    assertEquals(await other.nextLine(), "1/1: 81");
    await store.removeHosts({ modid: 1, cmdid: 1 });
    assertEquals(await one.nextLine(), "1/1:");
  }
});

Deno.test("DnsService pushes a module that comes into being after it was asked for", async () => {
  await using files = new Files();
  await using dns = await startDns(files.db);
  await using peer = await dns.connect();
  assertEquals(describeRoute(await peer.ask(5, 6)), "5/6:");
  await (await files.store()).addHosts({ modid: 5, cmdid: 6 }, [host(80)]);
  assertEquals(await peer.nextLine(), "5/6: 80");
});

Deno.test("DnsService pushes what was edited by hand, announced or not", async () => {
  await using files = new Files();
  await (await files.store()).addHosts({ modid: 1, cmdid: 1 }, [host(80)]);
  await using dns = await startDns(files.db, "dns.reload_interval=0.1");
  await using peer = await dns.connect();
  await peer.ask(1, 1);
  files.runSql("UPDATE RouteData SET serverport = 81");
  assertEquals(await peer.nextLine(), "1/1: 81");
  files.runSql(
    "INSERT INTO RouteData (modid, cmdid, serverip, serverport) VALUES (1, 1, 2130706433, 82)",
  );
  assertEquals(await peer.nextLine(), "1/1: 81 82");
  files.runSql(`BEGIN;
    DELETE FROM RouteData WHERE serverport = 81;
    INSERT INTO RouteChange (modid, cmdid, version) VALUES (1, 1, 7);
    UPDATE RouteVersion SET version = 7;
    COMMIT`);
  assertEquals(await peer.nextLine(), "1/1: 82");
});

Deno.test("DnsService reads everything at once when a script only moved the version", async () => {
  await using files = new Files();
  await (await files.store()).addHosts({ modid: 1, cmdid: 1 }, [host(80)]);
  await using dns = await startDns(files.db, "dns.reload_interval=86400");
  await using peer = await dns.connect();
  await peer.ask(1, 1);
  files.runSql(
    "UPDATE RouteData SET serverport = 81; UPDATE RouteVersion SET version = version + 1",
  );
  assertEquals(await peer.nextLine(), "1/1: 81");
});

Deno.test("DnsService.reload() has the watcher look at other intervals", async () => {
  await using files = new Files();
  await (await files.store()).addHosts({ modid: 1, cmdid: 1 }, [host(80)]);
  await using dns = await startDns(files.db, "dns.reload_interval=86400");
  await using peer = await dns.connect();
  await peer.ask(1, 1);
  files.runSql("UPDATE RouteData SET serverport = 81");
  dns.service.reload(optionsFor(files.db, "dns.reload_interval=0.1"));
  assertEquals(await peer.nextLine(), "1/1: 81");
});

Deno.test("DnsService polls the database at once on POST /refresh", async () => {
  await using files = new Files();
  const store = await files.store();
  await using dns = await startDns(files.db, "dns.version_poll_ms=60000");
  await using peer = await dns.connect();
  await peer.ask(1, 1);
  const refresh = async (method: string) => {
    const response = await fetch(`http://${dns.service.addresses.admin}/refresh`, { method });
    return [response.status, await response.text()];
  };
  for (const port of [80, 81]) {
    await store.addHosts({ modid: 1, cmdid: 1 }, [host(port)]);
    assertEquals(await refresh("POST"), [204, ""]);
    assertEquals(await peer.nextLine(), port === 80 ? "1/1: 80" : "1/1: 80 81");
  }
  assertEquals((await refresh("GET"))[0], 405);
});

Deno.test("POST /refresh says that the database does not answer", async () => {
  await using files = new Files();
  const options = optionsFor(`${files.db}/none/routes.db`);
  await Deno.writeTextFile(files.db, "a file where there should be a folder");
  const service = await DnsService.prepare(options, unfailing);
  const response = await fetch(`http://${service.addresses.admin}/refresh`, { method: "POST" });
  assertEquals([response.status, await response.text()], [
    503,
    "not refreshed: the database does not answer\n",
  ]);
  await service.stop();
});

Deno.test("DnsService understands requests that arrive one byte at a time", async () => {
  await using files = new Files();
  await (await files.store()).addHosts({ modid: 70000, cmdid: 2 }, [host(80)]);
  await using dns = await startDns(files.db);
  await using peer = await dns.connect();
  for (const byte of [...requestFrame(70000, 2), ...requestFrame(3, 3)]) {
    await peer.write(Uint8Array.of(byte));
  }
  assertEquals(await peer.nextLine(), "70000/2: 80");
  assertEquals(await peer.nextLine(), "3/3:");
});

Deno.test("DnsService lets several of its kind follow one database", async () => {
  await using files = new Files();
  const store = await files.store();
  await using one = await startDns(files.db);
  await using other = await startDns(files.db);
  await using peerOfOne = await one.connect();
  await using peerOfOther = await other.connect();
  for (const peer of [peerOfOne, peerOfOther]) await peer.ask(1, 1);
  for (const port of [81, 82, 83]) {
    await store.removeHosts({ modid: 1, cmdid: 1 });
    await store.addHosts({ modid: 1, cmdid: 1 }, [host(port)]);
    for (const peer of [peerOfOne, peerOfOther]) {
      // The moment without hosts may or may not be seen.
      let line = await peer.nextLine();
      if (line === "1/1:") line = await peer.nextLine();
      assertEquals(line, `1/1: ${port}`);
    }
  }
});

Deno.test("DnsService waits, alive but not ready, while the database is away at the start", async () => {
  await using files = new Files();
  Deno.writeTextFileSync(files.db, "a file where the folder of the database should be");
  const path = `${files.db}/routes.db`;
  const service = await DnsService.prepare(optionsFor(path, "log.level=error"), unfailing);
  const serving = service.serve();
  assertEquals(await get(service, "/healthz"), [200, "ok\n"]);
  const [status, text] = await get(service, "/readyz");
  assertEquals(status, 503);
  assertStringIncludes(text, "the database has given no routes yet");
  assertEquals(service.addresses.listen, undefined);

  Deno.removeSync(files.db);
  await serving;
  assertEquals(await get(service, "/readyz"), [200, "ready\n"]);
  {
    await using peer = await RoutePeer.connect(toAddress(service.addresses.listen));
    assertEquals(describeRoute(await peer.ask(1, 1)), "1/1:");
  }
  await service.stop();
});

Deno.test("DnsService serves its snapshot while the database is away at the start, and says so", async () => {
  await using files = new Files();
  const store = await files.store();
  await store.addHosts({ modid: 1, cmdid: 1 }, [host(80), host(81)]);
  {
    await using dns = await startDns(files.db, files.snapshot);
    assertEquals(await get(dns.service, "/readyz"), [200, "ready\n"]);
    await store.addHosts({ modid: 2, cmdid: 1 }, [host(82)]);
    await until(async () => await metricOf(dns.service, "lars_dns_modules") === 2);
  }
  {
    await using dns = await startDns(files.db, files.snapshot, ...AWAY);
    await using peer = await dns.connect();
    assertEquals(describeRoute(await peer.ask(1, 1)), "1/1: 80 81");
    assertEquals(describeRoute(await peer.ask(2, 1)), "2/1: 82");
    const [status, text] = await get(dns.service, "/readyz");
    assertEquals(status, 200);
    assertMatch(
      text,
      /^ready, but its database is away since .*; it serves the snapshot of 20\d\d-/,
    );
    assertGreater(await metricOf(dns.service, "lars_dns_snapshot_age_seconds"), 0);
    assertGreater(await metricOf(dns.service, "lars_dns_staleness_seconds"), 0);
    assertEquals(await metricOf(dns.service, "lars_dns_hosts"), 3);
  }
});

Deno.test("DnsService pushes what differs from its snapshot once the database is there", async () => {
  await using files = new Files();
  const store = await files.store();
  await store.addHosts({ modid: 1, cmdid: 1 }, [host(80), host(81)]);
  await (await startDns(files.db, files.snapshot)).service.stop();
  await store.removeHosts({ modid: 1, cmdid: 1 }, [host(80)]);
  await Deno.rename(files.db, `${files.db}.away`);
  await Deno.mkdir(files.db); // no database can be opened there
  await using dns = await startDns(files.db, files.snapshot);
  await using peer = await dns.connect();
  assertEquals(describeRoute(await peer.ask(1, 1)), "1/1: 80 81");
  await Deno.remove(files.db);
  await Deno.rename(`${files.db}.away`, files.db);
  assertEquals(await peer.nextLine(), "1/1: 81");
  await until(async () => (await get(dns.service, "/readyz"))[1] === "ready\n");
  assertEquals(await metricOf(dns.service, "lars_dns_snapshot_age_seconds"), 0);
});

Deno.test("DnsService never answers from its snapshot what the database has otherwise", async () => {
  await using files = new Files();
  const store = await files.store();
  await store.addHosts({ modid: 1, cmdid: 1 }, [host(80), host(81)]);
  await (await startDns(files.db, files.snapshot)).service.stop();
  await store.removeHosts({ modid: 1, cmdid: 1 }, [host(80)]);
  for (let restarts = 0; restarts < 5; restarts++) {
    await using dns = await startDns(files.db, files.snapshot);
    await using peer = await dns.connect();
    assertEquals(describeRoute(await peer.ask(1, 1)), "1/1: 81");
  }
});

Deno.test("DnsService holds back what the database lacks, also after a restart, until that is accepted", async () => {
  await using files = new Files();
  const store = await files.store();
  const hosts = [80, 81, 82, 83, 84, 85].map(host);
  await store.addHosts({ modid: 1, cmdid: 1 }, hosts);
  const settings = [files.snapshot, "dns.reload_interval=0.1"];
  const all = "1/1: 80 81 82 83 84 85";
  {
    await using dns = await startDns(files.db, ...settings);
    files.runSql("DELETE FROM RouteData");
    await until(async () => await metricOf(dns.service, "lars_dns_held_hosts") === 6);
    await using peer = await dns.connect();
    assertEquals(describeRoute(await peer.ask(1, 1)), all);
    assertMatch((await get(dns.service, "/readyz"))[1], /^ready, but it holds back since 20\d\d-/);
  }
  await using dns = await startDns(files.db, ...settings);
  await using peer = await dns.connect();
  assertEquals(describeRoute(await peer.ask(1, 1)), all);
  const { held } = JSON.parse((await get(dns.service, "/guard"))[1]);
  assertEquals([held.modules, held.hosts, held.isAll], [1, 6, true]);

  await store.addHosts({ modid: 2, cmdid: 1 }, [host(90)]); // what is announced goes on
  assertEquals(describeRoute(await peer.ask(2, 1)).slice(0, 4), "2/1:");
  await store.acceptLoss();
  const lines = [await peer.nextLine()];
  if (lines[0] !== "1/1:") lines.push(await peer.nextLine()); // the announced one came as a push
  assertEquals(lines.at(-1), "1/1:");
  await until(async () => (await get(dns.service, "/guard"))[1] === '{"held":null}');
  assertEquals(await get(dns.service, "/readyz"), [200, "ready\n"]);
});

Deno.test("DnsService says that it begins without routes", async () => {
  await using files = new Files();
  const said: string[] = [];
  const sink = setLogSink((record) => said.push(messageOf(record)));
  try {
    await using _dns = await startDns(files.db);
  } finally {
    setLogSink(sink);
  }
  assertEquals(said, [
    "Begins without routes: the database has none, and there is no snapshot of any",
  ]);
});

Deno.test("DnsService can be stopped while it waits for the database", async () => {
  await using files = new Files();
  Deno.writeTextFileSync(files.db, "not a folder");
  const service = await DnsService.prepare(optionsFor(`${files.db}/routes.db`), unfailing);
  await service.stop();
});

Deno.test("DnsService.start() rejects when its port is taken", async () => {
  await using files = new Files();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await assertRejects(
    () => startDns(files.db, `reactor.port=${taken.addr.port}`),
    StartError,
    `127.0.0.1:${taken.addr.port}`,
  );
});

Deno.test("DnsService shows what it does at /metrics", async () => {
  await using files = new Files();
  await (await files.store()).addHosts({ modid: 1, cmdid: 1 }, [host(80), host(81)]);
  files.runSql(
    "INSERT INTO RouteData (modid, cmdid, serverip, serverport) VALUES (1, 1, 2130706433, 0)",
  );
  await using dns = await startDns(files.db);
  await using peer = await dns.connect();
  await peer.ask(1, 1);
  const [, text] = await get(dns.service, "/metrics");
  for (
    const line of [
      'lars_dns_requests_total{worker="0"} 1',
      'lars_dns_subscriptions{worker="0"} 1',
      'lars_dns_connections{worker="0"} 1',
      'lars_dns_protocol_errors_total{worker="0"} 0',
      "lars_dns_modules 1",
      "lars_dns_hosts 2",
      "lars_dns_unservable_rows 1",
      "lars_dns_reloads_total 1",
    ]
  ) assertStringIncludes(text, `\n${line}\n`);
  const [, staleness] = text.match(/^lars_dns_staleness_seconds (.*)$/m)!;
  assertEquals(Number(staleness) < 60, true);
});
