/**
 * What is served when what stands behind it is emptied or away: the last that was known to be right, said to be old, until
 * there is something fresher or somebody says that it is meant.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { LarsClient } from "../client/mod.ts";
import { ROUTE_SNAPSHOT, RouteSnapshot } from "../agent/upstream/route_snapshot.ts";
import { decodeTableSnapshot, TABLE_SNAPSHOT } from "../dns/routes/table_snapshot.ts";
import { SnapshotFile, type SnapshotKind } from "../service/mod.ts";
import { openRouteStore, type RouteStore } from "../sql/mod.ts";
import { FakeDns } from "../testing/agent_peers.ts";
import { reservePort } from "../testing/lasting_port.ts";
import { runLars, setFlags } from "../testing/process.ts";
import { Role } from "../testing/role.ts";
import { canMountDisk, SmallDisk } from "../testing/small_disk.ts";
import { TempFolder } from "../testing/temp_folder.ts";
import { PATIENCE_MS, until } from "../testing/until.ts";

/** Modules 1 to 3, of six hosts each. */
const MODIDS = [1, 2, 3];
const HOSTS = Array.from({ length: 6 }, (_, i) => ({ ip: 0x7f000001, port: 9001 + i }));

/**
 * What is in a snapshot's file, if there is one. Reading tidies up after a writer that is gone, and this one is not: so it
 * is a copy that is read.
 */
async function readCopy<Content>(
  path: string,
  { kind, read }: { kind: SnapshotKind; read: (content: Uint8Array<ArrayBuffer>) => Content },
): Promise<Content | undefined> {
  const copy = `${path}.copy`;
  try {
    await Deno.copyFile(path, copy);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return (await new SnapshotFile(copy, kind).read(read))?.content;
}

/** A dns on a database of its own, an agent, and a program. */
class System implements AsyncDisposable {
  readonly parts = new AsyncDisposableStack();
  readonly folder = this.parts.use(new TempFolder());
  readonly path = this.folder.database.path;
  readonly settings = [
    `store.path=${this.path}`,
    `dns.snapshot=${this.folder.file("dns.snapshot")}`,
    "dns.version_poll_ms=20",
    "dns.reload_interval=0.2",
  ];
  store!: RouteStore;
  dns!: Role;
  agent!: Role;
  client!: LarsClient;

  static async start(): Promise<System> {
    const system = new System();
    system.store = await openRouteStore({ driver: "sqlite", path: system.path });
    system.parts.defer(() => system.store.close());
    for (const modid of MODIDS) await system.store.addHosts({ modid, cmdid: 1 }, HOSTS);
    system.dns = system.parts.use(await Role.start("dns", system.settings));
    system.agent = system.parts.use(
      await Role.start("agent", [
        `dnsserver.port=${system.dns.port}`,
        "loadbalance.update_timeout=0.2",
      ]),
    );
    system.client = system.parts.use(
      new LarsClient({ port: system.agent.port, tries: PATIENCE_MS / 100 }),
    );
    for (const modid of MODIDS) {
      await system.client.register(modid, 1, { timeoutMs: PATIENCE_MS });
    }
    return system;
  }

  /** Runs SQL as somebody would who knows nothing of Lars. */
  sql(sql: string): void {
    const database = new DatabaseSync(this.path, { timeout: 5000 });
    database.exec(sql);
    database.close();
  }

  /** `lars guard`, of this system. */
  guard(...args: string[]): ReturnType<typeof runLars> {
    const set = setFlags([`store.path=${this.path}`, `dns.admin=${this.dns.admin}`]);
    return runLars(["guard", ...args, ...set]);
  }

  /** How many hosts an agent has of a module. */
  async hostsOf(modid: number): Promise<number> {
    return (await this.client.getRoute(modid, 1).catch(() => [])).length;
  }

  /** Waits until a full read has been held back, and others after it. */
  async holds(): Promise<void> {
    const before = await this.dns.metric("lars_dns_held_reads_total");
    await until(async () => await this.dns.metric("lars_dns_held_reads_total") > before + 2);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.parts.disposeAsync();
  }
}

Deno.test("DELETE FROM RouteData takes no agent its routes, until an operator accepts it", async () => {
  await using system = await System.start();
  const nothing = await system.guard();
  assertEquals([nothing.code, nothing.stdout], [
    0,
    `dns ${system.dns.admin} holds nothing back\n`,
  ]);
  const early = await system.guard("accept", "--yes");
  assertEquals(early.code, 1);
  assertStringIncludes(early.stderr, "no dns that was asked holds anything back");

  system.sql("DELETE FROM RouteData");
  await system.holds();
  for (const modid of MODIDS) assertEquals(await system.hostsOf(modid), HOSTS.length);
  const shown = await system.guard();
  assertEquals(shown.code, 1);
  assertMatch(
    shown.stdout,
    /holds back since \S+Z that the database lacks 3 of 3 modules and 18 of 18 hosts; 0 modules and 0 hosts would be left; only `lars guard accept` has it applied\n$/,
  );
  const status = await runLars(`status --role dns --dns-admin ${system.dns.admin}`);
  assertEquals(status.code, 1);
  assertStringIncludes(status.stdout, "18 hosts held back");

  // What is announced goes on all the while, and confirms nothing.
  await system.store.addHosts({ modid: 4, cmdid: 1 }, HOSTS);
  await until(async () => await system.hostsOf(4) === HOSTS.length);
  for (let reads = 0; reads < 3; reads++) await system.holds();

  const accepted = await system.guard("accept", "--yes");
  assertEquals([accepted.code, accepted.stderr], [0, ""]);
  await until(async () => await system.hostsOf(1) === 0);
  assertEquals(await system.hostsOf(4), HOSTS.length);
  assertEquals((await system.guard()).code, 0);
});

Deno.test("a dump that is being restored is not served half, and is when it is whole", async () => {
  await using system = await System.start();
  system.sql("CREATE TABLE Dump AS SELECT * FROM RouteData");
  system.sql("DELETE FROM RouteData; DELETE FROM RouteChange; UPDATE RouteVersion SET version = 1");
  for (const modid of MODIDS) {
    await system.holds();
    for (const modid of MODIDS) assertEquals(await system.hostsOf(modid), HOSTS.length);
    system.sql(`INSERT INTO RouteData SELECT * FROM Dump WHERE modid = ${modid}`);
  }
  await until(async () => await system.dns.metric("lars_dns_held_hosts") === 0);
  system.sql("UPDATE RouteData SET serverport = 9999 WHERE modid = 2 AND serverport = 9001");
  await until(async () => {
    const route = await system.client.getRoute(2, 1);
    return route.length === HOSTS.length && route.some(({ port }) => port === 9999);
  });
});

Deno.test("a removal that is announced is followed at once, and one that is not, when it is confirmed", async () => {
  await using system = await System.start();
  await system.store.removeHosts({ modid: 1, cmdid: 1 });
  await until(async () => await system.hostsOf(1) === 0);
  assertEquals(await system.dns.metric("lars_dns_held_reads_total"), 0);

  system.sql("DELETE FROM RouteData WHERE modid = 2");
  await until(async () => await system.hostsOf(2) === 0);
  assertEquals(await system.dns.metric("lars_dns_held_reads_total"), 5);
  assertEquals(await system.hostsOf(3), HOSTS.length);
});

Deno.test("a dns that is killed at any time starts without its database, with what it served", async () => {
  await using system = await System.start();
  const { dns, store } = system;
  for (let round = 0; round < 3; round++) {
    await store.addHosts({ modid: 10 + round, cmdid: 1 }, HOSTS);
    const kept = { kind: TABLE_SNAPSHOT, read: decodeTableSnapshot };
    await until(async () => {
      const snapshot = await readCopy(system.folder.file("dns.snapshot"), kept);
      return snapshot?.table.moduleCount === MODIDS.length + round + 1;
    });
    await dns.kill();
    await Deno.rename(system.path, `${system.path}.away`);
    await Deno.mkdir(system.path); // no database can be opened there
    await dns.restart();
    assertMatch((await dns.get("/readyz")).text, /^ready, but .* it serves the snapshot of 20/);
    assertEquals(await dns.metric("lars_dns_modules"), MODIDS.length + round + 1);
    assert(await dns.metric("lars_dns_snapshot_age_seconds") > 0);
    await Deno.remove(system.path);
    await Deno.rename(`${system.path}.away`, system.path);
    await until(async () => await dns.metric("lars_dns_snapshot_age_seconds") === 0);
  }
});

/** An agent that keeps its routes in a folder, and a program that asks it. */
async function startAgent(
  parts: AsyncDisposableStack,
  { dnsPort, folder }: { dnsPort: number; folder: string },
) {
  const settings = [
    `dnsserver.port=${dnsPort}`,
    `agent.snapshot=${folder}/agent.snapshot`,
    "loadbalance.update_timeout=0.2",
    `agent.first_pull_wait_ms=60000`,
  ];
  const agent = parts.use(await Role.start("agent", settings, { dataFolder: folder }));
  const client = parts.use(new LarsClient({ port: agent.port, tries: PATIENCE_MS / 100 }));
  return { agent, client };
}

/** The port of a module's host in the file that the agent keeps its routes in, as far as there is one. */
async function keptPort(folder: string, modid: number): Promise<number | undefined> {
  const read = (content: Uint8Array<ArrayBuffer>) => new RouteSnapshot(content);
  const snapshot = await readCopy(`${folder}/agent.snapshot`, { kind: ROUTE_SNAPSHOT, read });
  return snapshot?.get({ modid, cmdid: 1 })?.hosts[0].port;
}

Deno.test("an agent that is killed starts without any dns, with what it served, until a dns answers", async () => {
  await using parts = new AsyncDisposableStack();
  const { path: folder } = parts.use(new TempFolder());
  const dnsPort = reservePort();
  const route = (modid: number, port: number) => ({
    modid,
    cmdid: 1,
    hosts: [{ ip: 0x7f000001, port, weight: 100 }],
  });
  const { agent, client } = await startAgent(parts, { dnsPort, folder });
  {
    await using dns = await FakeDns.start(dnsPort);
    for (const modid of MODIDS) dns.set(route(modid, 9001));
    for (const modid of MODIDS) {
      await client.register(modid, 1, { timeoutMs: PATIENCE_MS });
    }
    for (const modid of MODIDS) dns.push(route(modid, 9001 + modid));
    for (const modid of MODIDS) {
      await until(async () => await keptPort(folder, modid) === 9001 + modid);
    }
  }
  for (let round = 0; round < 3; round++) {
    await agent.kill();
    await agent.restart();
    for (const modid of MODIDS) {
      assertEquals((await client.getHost(modid, 1)).port, 9001 + modid);
    }
    assertMatch(
      (await agent.get("/readyz")).text,
      /^ready, but dns at \S+ does not answer; dns has not answered yet for 3 modules, which are served as of 20\d\d-\S+Z$/m,
    );
    assert(await agent.metric("lars_agent_snapshot_age_seconds") > 0);
  }
  await using dns = await FakeDns.start(dnsPort);
  for (const modid of MODIDS) dns.set(route(modid, 9100));
  for (const modid of MODIDS) {
    await until(async () => (await client.getRoute(modid, 1))[0].port === 9100);
  }
  assertEquals((await agent.get("/readyz")).text, "ready\n");
  assertEquals(await agent.metric("lars_agent_snapshot_age_seconds"), 0);
});

Deno.test("an agent that starts has what its dns tells, whatever it kept", async () => {
  await using parts = new AsyncDisposableStack();
  const { path: folder } = parts.use(new TempFolder());
  await using dns = await FakeDns.start();
  const hosts = [{ ip: 0x7f000001, port: 9001, weight: 100 }];
  dns.set({ modid: 1, cmdid: 1, hosts });
  const { agent, client } = await startAgent(parts, { dnsPort: dns.port, folder });
  await client.register(1, 1, { timeoutMs: PATIENCE_MS });
  await until(async () => await keptPort(folder, 1) === 9001);
  await agent.kill();
  dns.set({ modid: 1, cmdid: 1, hosts: [{ ...hosts[0], port: 9002 }] });
  await agent.restart();
  await until(async () => (await client.getHost(1, 1)).port === 9002);
  await until(async () => await keptPort(folder, 1) === 9002);
});

Deno.test("a folder that cannot be written costs the snapshots alone", async () => {
  await using parts = new AsyncDisposableStack();
  const { path: folder } = parts.use(new TempFolder());
  Deno.writeTextFileSync(`${folder}/file`, "no folder");
  const dns = parts.use(
    await Role.start("dns", [
      `store.path=${folder}/lars.db`,
      `dns.snapshot=${folder}/file/dns.snapshot`,
    ]),
  );
  const { agent } = await startAgent(parts, { dnsPort: dns.port, folder: `${folder}/file` });
  await until(async () => await dns.metric("lars_dns_snapshot_write_failures_total") > 0);
  for (const role of [dns, agent]) assertEquals((await role.get("/readyz")).text, "ready\n");
});

Deno.test({
  name: "a full disk costs the snapshot alone, which is written once there is room",
  ignore: !canMountDisk,
  async fn() {
    await using system = await System.start();
    await using disk = SmallDisk.mount(64)!;
    await Deno.writeFile(`${disk.folder}/other`, new Uint8Array(64 << 10));
    const snapshot = `dns.snapshot=${disk.folder}/dns.snapshot`;
    await using dns = await Role.start("dns", [...system.settings, snapshot]);
    await until(async () => await dns.metric("lars_dns_snapshot_write_failures_total") > 0);
    assertEquals((await dns.get("/readyz")).text, "ready\n");
    assertEquals(await dns.metric("lars_dns_modules"), MODIDS.length);
    await Deno.remove(`${disk.folder}/other`);
    await until(async () => await dns.metric("lars_dns_snapshot_writes_total") > 0);
  },
});
