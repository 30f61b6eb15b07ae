/**
 * Several dns and reporters on a Galera cluster of three nodes, of which one is killed, one comes back with nothing, and one
 * is cut off, while routes are changed by way of all nodes and statuses reported. An oracle knows each change that was
 * committed and each status that was sent.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Host, MessageId, ModuleMap, ReportStatusRequest } from "../../proto/mod.ts";
import {
  type CallStatus,
  migrate,
  type MysqlConfig,
  openRouteStore,
  openStatusStore,
  type RouteStore,
  StoreError,
} from "../../sql/mod.ts";
import { MysqlConnection } from "../../sql/mysql/mysql_connection.ts";
import { errnoOf } from "../../sql/store_error.ts";
import { requestFrame, RoutePeer } from "../../testing/dns/route_peer.ts";
import { GaleraCluster } from "../../testing/galera.ts";
import { originalTables, runStatements } from "../../testing/original_database.ts";
import { bodyOf } from "../../testing/proto/plain_message.ts";
import { RawPeer } from "../../testing/reactor/raw_peer.ts";
import { Role, storeSettings } from "../../testing/role.ts";
import { until } from "../../testing/until.ts";

/** In each of which every writer makes a change: so many at least between two faults. */
const ROUNDS = 40;
/** Modules of each writer; past the last one it begins anew, with other ports. */
const NAMES = 1000;
/** Of the module that is changed late. */
const LATE_MODID = 9;
const START_SEC = 1_800_000_000;
/** Of MySQL's numbers, those of what is to be retried. */
const CONFLICTS: readonly unknown[] = [1213, 1205, 1047];

let cluster: GaleraCluster;

Deno.test.beforeAll(async () => {
  cluster = await GaleraCluster.start();
});

Deno.test.afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

/** A database as who prefers one of the nodes names it. */
function preferring(config: MysqlConfig, first: number): MysqlConfig {
  const { nodes } = cluster;
  const endpoints = nodes.map((_, n) => ({
    hostname: "127.0.0.1",
    port: nodes[(first + n) % nodes.length].port,
  }));
  return { ...config, endpoints };
}

async function read<Row>(config: MysqlConfig, sql: string): Promise<Row[]> {
  await using connection = await MysqlConnection.open(config);
  return await connection.read<Row>(sql);
}

/** Changes routes by way of one node, those of one modid, and knows which changes were committed. */
class Writer {
  readonly modid: number;
  /** The port of the only host that a module is to have, by cmdid. */
  readonly committed = new Map<number, number>();
  /** What failed on the way: the outcome of a change whose connection was lost is not known, so it is made again. */
  readonly errors: StoreError[] = [];
  readonly #store: RouteStore;

  constructor(store: RouteStore, modid: number) {
    this.#store = store;
    this.modid = modid;
  }

  /** Makes the next change, whatever happens meanwhile. */
  async change(round: number): Promise<void> {
    const { modid } = this;
    const cmdid = round % NAMES;
    const put = [{ ip: modid, port: 1 + round }];
    for (;;) {
      try {
        await this.#store.changeRoutes([{ modid, cmdid, put, drop: "others" }]);
        this.committed.set(cmdid, 1 + round);
        return;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        this.errors.push(error);
      }
    }
  }
}

/** Writers that change routes all at once, again and again: each time they are in each other's way. */
class Rounds implements AsyncDisposable {
  readonly #writers: readonly Writer[];
  readonly #running: Promise<void>;
  #done = 0;
  #isOver = false;

  constructor(writers: readonly Writer[]) {
    this.#writers = writers;
    this.#running = this.#run();
  }

  get done(): number {
    return this.#done;
  }

  /** Waits for some that begin after this was called. */
  async goOn(): Promise<void> {
    const goal = this.#done + ROUNDS;
    await until(() => this.#done > goal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    for (; !this.#isOver; this.#done++) {
      await Promise.all(this.#writers.map((writer) => writer.change(this.#done)));
    }
  }
}

/** A change that has its id before others, and is committed after them. */
async function changeLate(config: MysqlConfig): Promise<{ commit(): Promise<void> }> {
  const connection = await MysqlConnection.open(config);
  await connection.write("START TRANSACTION");
  await connection.write(
    "INSERT INTO RouteData (modid, cmdid, serverip, serverport) VALUES (?, 0, 1, 80)",
    [LATE_MODID],
  );
  await connection.write("INSERT INTO RouteChange (modid, cmdid, version) VALUES (?, 0, 1)", [
    LATE_MODID,
  ]);
  return {
    async commit() {
      await connection.write("COMMIT");
      await connection.quit();
    },
  };
}

/** An agent that has asked one dns for all modules, and knows the last answer for each. */
class Subscriber implements AsyncDisposable {
  readonly routes = new ModuleMap<readonly Host[]>();
  readonly #peer: RoutePeer;
  readonly #reading: Promise<void>;

  static async start(dns: Role, modids: readonly number[]): Promise<Subscriber> {
    const subscriber = new Subscriber(
      await RoutePeer.connect({ hostname: "127.0.0.1", port: dns.port }),
    );
    for (const modid of modids) {
      for (let cmdid = 0; cmdid < NAMES; cmdid++) {
        await subscriber.#peer.write(requestFrame(modid, cmdid));
      }
    }
    return subscriber;
  }

  private constructor(peer: RoutePeer) {
    this.#peer = peer;
    this.#reading = this.#read();
  }

  /** The modules whose route is not as committed. */
  wrong(writers: readonly Writer[]): string[] {
    return writers.flatMap(({ modid, committed }) =>
      [...committed].flatMap(([cmdid, port]) => {
        const hosts = this.routes.get(modid, cmdid) ?? [];
        return hosts.length === 1 && hosts[0].port === port ? [] : [`${modid}/${cmdid}`];
      })
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peer[Symbol.asyncDispose]();
    await this.#reading;
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        const { modid, cmdid, hosts } = await this.#peer.next();
        this.routes.set(modid, cmdid, hosts);
      }
    } catch {
      // The connection is closed.
    }
  }
}

/** Reports to one reporter, now and then, and knows the last status of each row. */
class Caller implements Disposable {
  readonly #peer: RawPeer;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #caller: number;
  #sent = 0;
  #isOver = false;

  static async start(reporter: Role, caller: number): Promise<Caller> {
    return new Caller(
      await RawPeer.connect({ hostname: "127.0.0.1", port: reporter.port }),
      caller,
    );
  }

  private constructor(peer: RawPeer, caller: number) {
    this.#peer = peer;
    this.#caller = caller;
    this.#timer = setInterval(() => this.#report(), 20);
  }

  /** The statuses that are to be stored. */
  get last(): CallStatus[] {
    return Array.from(
      { length: Math.min(this.#sent, 10) },
      (_, n) => this.#statusOf(this.#sent - 1 - n),
    );
  }

  /** Ends the reports. */
  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#peer[Symbol.dispose]();
  }

  #report(): void {
    const { modid, cmdid, caller, tsSec, ...result } = this.#statusOf(this.#sent++);
    const report = { modid, cmdid, caller, tsSec, results: [result] };
    this.#peer.send(MessageId.ReportStatusRequest, bodyOf(ReportStatusRequest, report));
  }

  #statusOf(n: number): CallStatus {
    return {
      modid: n % 10,
      cmdid: 1,
      ip: 1,
      port: 80,
      caller: this.#caller,
      succ: n,
      err: 0,
      tsSec: START_SEC + n,
      overload: false,
    };
  }
}

Deno.test("migrate() brings an old database up to date from all nodes at once", async () => {
  const config = await cluster.nodes[0].createDatabase();
  await runStatements(config, [
    ...originalTables({ tables: 4, signed: true }),
    "INSERT INTO RouteData (modid, cmdid, serverip, serverport) VALUES (1, 1, 2130706433, 80)",
    "INSERT INTO ServerCallStatus VALUES (1, 1, -1062731343, 80, -1, 5, 1, 1528000000, '0')",
  ]);
  const places = cluster.nodes.map((_, first) => preferring(config, first));
  await Promise.all([...places, ...places].map(migrate));
  assertEquals(await migrate(config), { applied: [] });
  for (const { port } of cluster.nodes) {
    const rows = await read(
      { ...config, port },
      "SELECT ip, caller, weight FROM ServerCallStatus JOIN RouteData USING (modid, cmdid)",
    );
    assertEquals(rows.map((row) => ({ ...row as object })), [
      { ip: 0xc0a8_01b1, caller: 0xffff_ffff, weight: 100 },
    ]);
  }
});

Deno.test("migrate() makes a database that is missing from all nodes at once", async () => {
  const config = { ...await cluster.nodes[0].createDatabase(), database: "lars_missing" };
  await Promise.all(cluster.nodes.map((_, first) => migrate(preferring(config, first))));
  await using store = await openRouteStore(preferring(config, 2));
  assertEquals((await store.readPosition()).changeId, 0);
});

Deno.test({
  name: "dns and reporters lose nothing while nodes are killed, come back and are cut off",
  // A node that comes back is another process than the one that was there before the test.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const config = await cluster.nodes[0].createDatabase();
    await migrate(config);
    const [, second, third] = cluster.nodes;
    await using parts = new AsyncDisposableStack();
    const modids = [1, 2, 3];
    const subscribers: Subscriber[] = [];
    for (const first of modids.keys()) {
      // What is announced must come by itself: no full read makes good what was missed.
      const settings = [...storeSettings(preferring(config, first)), "dns.reload_interval=3600"];
      const dns = parts.use(await Role.start("dns", [...settings, "dns.snapshot=off"]));
      subscribers.push(parts.use(await Subscriber.start(dns, [...modids, LATE_MODID])));
    }
    const callers: Caller[] = [];
    for (const first of [1, 2]) {
      const settings = storeSettings(preferring(config, first));
      const reporter = parts.use(await Role.start("reporter", settings));
      callers.push(parts.use(await Caller.start(reporter, first)));
    }
    const writers = await Promise.all(
      modids.map(async (modid, first) =>
        new Writer(parts.use(await openRouteStore(preferring(config, first))), modid)
      ),
    );
    const rounds = parts.use(new Rounds(writers));
    const late = await changeLate({ ...config, port: second.port });
    await rounds.goOn();
    await until(() => subscribers.every(({ routes }) => routes.get(modids[0], ROUNDS)?.length));
    await late.commit();
    await until(() => subscribers.every(({ routes }) => routes.get(LATE_MODID, 0)?.length));
    await second.kill();
    await rounds.goOn();
    await second.rejoinEmpty();
    await rounds.goOn();
    await third.isolate();
    await until(() => third.is("wsrep_ready", "OFF"));
    await rounds.goOn();
    await third.reconnect();
    await cluster.whole();
    await rounds.goOn();
    await rounds[Symbol.asyncDispose]();

    for (const caller of callers) caller[Symbol.dispose]();
    const statuses = callers.flatMap(({ last }) => last);
    for (const { errors } of writers) {
      const conflicts = errors.filter((error) => CONFLICTS.includes(errnoOf(error)));
      assertEquals(conflicts.map(String), [], "conflicts are retried");
    }
    for (const subscriber of subscribers) {
      await until(() => subscriber.wrong(writers).length === 0).catch(() => {
        assertEquals(subscriber.wrong(writers), [], "a change that was announced is not served");
      });
    }

    const byKey = (a: CallStatus, b: CallStatus) => a.caller - b.caller || a.modid - b.modid;
    for (const { port } of cluster.nodes) {
      await using store = await openStatusStore({ ...config, port });
      await until(async () => {
        const stored = (await store.read()).sort(byKey);
        return JSON.stringify(stored) === JSON.stringify(statuses.sort(byKey));
      });
      const [{ rows, versions, step }] = await read<Record<string, number>>(
        { ...config, port },
        `SELECT COUNT(*) AS \`rows\`, COUNT(DISTINCT version) AS versions,
        @@auto_increment_increment AS step FROM RouteChange`,
      );
      assertEquals(versions, rows, "no version is given twice");
      assertEquals(step, 3);
      assert(rows >= rounds.done * writers.length, "every change was announced");
    }
  },
});
