import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { MessageId, ReportStatusRequest } from "../proto/mod.ts";
import { bodyOf, type StatusReport } from "../testing/proto/plain_message.ts";
import { encodeFrame } from "../reactor/mod.ts";
import { loadOptions, StartError } from "../service/mod.ts";
import { type CallStatus, migrate, openStatusStore, type StoreConfig } from "../sql/mod.ts";
import { startMariadb } from "../testing/mariadb.ts";
import { originalTables, runStatements } from "../testing/original_database.ts";
import { type ReporterOptions, reporterSchema } from "./options.ts";
import { ReporterService } from "./service.ts";
import { storeSettings } from "../testing/role.ts";
import { TempFolder } from "../testing/temp_folder.ts";
import { until } from "../testing/until.ts";

/** As much as succ_cnt and err_cnt can hold. */
const MAX_COUNT = 0x7fff_ffff;

const START_SEC = 1_573_034_612;

/** Starts a reporter on free ports. */
function startReporter(
  config: StoreConfig,
  settings: Record<string, unknown> = {},
): Promise<ReporterService> {
  return ReporterService.start(optionsFor(config, settings));
}

function optionsFor(config: StoreConfig, settings: Record<string, unknown>): ReporterOptions {
  const all = {
    "reactor.port": 0,
    "reactor.threadNum": 0,
    "admin.port": 0,
    "log.level": "error",
    "reporter.status_keep_days": 0, // these tests' statuses are years old
    ...settings,
  };
  const set = Object.entries(all).map(([path, value]) => `${path}=${value}`);
  return loadOptions(reporterSchema, {
    env: () => undefined,
    set: [...storeSettings(config), ...set],
  }).values;
}

/** An agent, as far as reporter sees it: it closes its connection when reporter does. */
class Agent implements AsyncDisposable {
  readonly #tcp: Deno.TcpConn;
  readonly #closed: Promise<void>;

  static async connect(reporter: ReporterService): Promise<Agent> {
    const [hostname, port] = reporter.addresses.listen.split(":");
    return new Agent(await Deno.connect({ hostname, port: Number(port) }));
  }

  private constructor(tcp: Deno.TcpConn) {
    this.#tcp = tcp;
    this.#closed = tcp.readable.pipeTo(new WritableStream()).catch(() => {});
  }

  async report(...reports: StatusReport[]): Promise<void> {
    for (const each of reports) await this.send(frameOf(each));
  }

  async send(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) sent += await this.#tcp.write(bytes.subarray(sent));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#tcp.close();
    } catch {
      // Closed when reporter closed.
    }
    await this.#closed;
  }
}

function frameOf(report: StatusReport): Uint8Array {
  return encodeFrame(MessageId.ReportStatusRequest, bodyOf(ReportStatusRequest, report));
}

function reportOf(modid: number, part: Partial<StatusReport> = {}): StatusReport {
  const host = { port: 80, succ: 5, err: 1, overload: false };
  return {
    modid,
    cmdid: 1,
    caller: 0xc0a8_01b1,
    results: [{ ...host, ip: 0xc801_0203 }, { ...host, ip: 1, overload: true }],
    tsSec: START_SEC,
    ...part,
  };
}

/** Everything as large as it can be on the wire. */
const LARGEST: StatusReport = {
  modid: 0x7fff_ffff,
  cmdid: 0x7fff_ffff,
  caller: 0xffff_ffff,
  tsSec: 0xffff_ffff,
  results: [
    { ip: 0xffff_ffff, port: 65535, succ: 0xffff_ffff, err: 0xffff_ffff, overload: true },
  ],
};

function statusesOf(reports: StatusReport[]): CallStatus[] {
  return sorted(
    reports.flatMap(({ results, ...report }) =>
      results.map(({ succ, err, ...result }) => ({
        ...report,
        ...result,
        succ: Math.min(succ, MAX_COUNT),
        err: Math.min(err, MAX_COUNT),
      }))
    ),
  );
}

function sorted(statuses: CallStatus[]): CallStatus[] {
  return statuses.sort((a, b) => a.modid - b.modid || a.cmdid - b.cmdid || a.ip - b.ip);
}

async function readStored(config: StoreConfig): Promise<CallStatus[]> {
  await using store = await openStatusStore(config);
  return await store.read();
}

async function get(reporter: ReporterService, path: string): Promise<[number, string]> {
  const response = await fetch(`http://${reporter.addresses.admin}${path}`);
  return [response.status, await response.text()];
}

/** Asks for the metrics until one of their lines is as wanted. */
async function metricsWith(reporter: ReporterService, line: string): Promise<string> {
  return await until(async () => {
    const [, text] = await get(reporter, "/metrics");
    return text.split("\n").includes(line) && text;
  });
}

async function withSqlite(test: (config: StoreConfig) => Promise<void>): Promise<void> {
  await using folder = new TempFolder();
  await test(folder.database);
}

for (const threads of [0, 2]) {
  Deno.test(`ReporterService stores what agents report, with ${threads} threads`, () =>
    withSqlite(async (config) => {
      const reporter = await startReporter(config, { "reactor.threadNum": threads });
      const reports = Array.from({ length: 200 }, (_, modid) => reportOf(modid));
      reports.push(LARGEST);
      {
        await using one = await Agent.connect(reporter);
        await using other = await Agent.connect(reporter);
        await one.report(...reports.slice(0, 100));
        await other.report(...reports.slice(100));
        await one.report(reportOf(7, { tsSec: START_SEC - 60, results: [] }));
      }
      await reporter.stop();
      assertEquals(await readStored(config), statusesOf(reports));
    }));
}

Deno.test("ReporterService writes in time, while it runs", () =>
  withSqlite(async (config) => {
    const reporter = await startReporter(config);
    await using agent = await Agent.connect(reporter);
    await agent.report(reportOf(1));
    await metricsWith(reporter, 'lars_reporter_lane_written_total{lane="0"} 2');
    assertEquals(await readStored(config), statusesOf([reportOf(1)]));
    await reporter.stop();
  }));

Deno.test("ReporterService.stop() takes what an agent sent that stays connected", () =>
  withSqlite(async (config) => {
    const reporter = await startReporter(config, { "reactor.threadNum": 1 });
    await using agent = await Agent.connect(reporter);
    const reports = Array.from({ length: 300 }, (_, modid) => reportOf(modid));
    await agent.report(...reports);
    await reporter.stop();
    assertEquals(await readStored(config), statusesOf(reports));
  }));

Deno.test("ReporterService costs bad input one message, or one connection, and counts it", () =>
  withSqlite(async (config) => {
    const reporter = await startReporter(config);
    await using agent = await Agent.connect(reporter);
    await using garbler = await Agent.connect(reporter);
    await garbler.send(Uint8Array.from([3, 0, 0, 0, 255, 255, 255, 255]));
    await agent.send(encodeFrame(99, new Uint8Array(10)));
    await agent.send(encodeFrame(MessageId.ReportStatusRequest, Uint8Array.from([255])));
    await agent.report(reportOf(-1), reportOf(1, { tsSec: 0 }));
    for (const byte of frameOf(reportOf(1))) await agent.send(Uint8Array.of(byte));
    const metrics = await metricsWith(
      reporter,
      'lars_reporter_tcp_protocol_errors_total{worker="0"} 1',
    );
    assertStringIncludes(metrics, "process_resident_memory_bytes");
    const served = await metricsWith(reporter, 'lars_reporter_statuses_handed_total{worker="0"} 2');
    assertStringIncludes(served, 'lars_reporter_statuses_invalid_total{worker="0"} 4');
    assertStringIncludes(served, 'lars_reporter_tcp_unknown_total{worker="0"} 1');
    assertStringIncludes(served, 'lars_reporter_tcp_malformed_total{worker="0"} 1');
    await reporter.stop();
    assertEquals(await readStored(config), statusesOf([reportOf(1)]));
  }));

Deno.test("ReporterService.start() fails, and leaves nothing behind, when a port is taken", () =>
  withSqlite(async (config) => {
    const first = await startReporter(config);
    for (const [service, name] of [["reactor", "listen"], ["admin", "admin"]]) {
      const port = first.addresses[name].split(":")[1];
      const error = await assertRejects(
        () => startReporter(config, { [`${service}.port`]: port }),
        StartError,
      );
      assertStringIncludes(error.message, `[${service}] port`);
    }
    await first.stop();
  }));

Deno.test("ReporterService holds statuses up to max_pending while the database is away", async () => {
  const reporter = await startReporter(awayConfig(), { "reporter.max_pending": 5 });
  await using agent = await Agent.connect(reporter);
  assertEquals((await get(reporter, "/readyz"))[0], 200); // and says that the database is away, once it knows
  await agent.report(reportOf(1), reportOf(2));
  await metricsWith(reporter, 'lars_reporter_statuses_handed_total{worker="0"} 4');
  assertEquals((await get(reporter, "/readyz"))[0], 200);
  await agent.report(reportOf(3));
  await metricsWith(reporter, 'lars_reporter_statuses_handed_total{worker="0"} 6');
  const [status, text] = await get(reporter, "/readyz");
  assertEquals(status, 503);
  assertStringIncludes(text, "max_pending");
  const error = await assertRejects(() => reporter.stop(), Error);
  assertMatch(error.message, /^Cannot store 5 statuses/);
});

/** A database server that is not there. */
function awayConfig(): StoreConfig {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return { driver: "mysql", host: "127.0.0.1", port, user: "root", password: "", database: "x" };
}

Deno.test("ReporterService on MariaDB", async (t) => {
  await using server = await startMariadb();

  await t.step("does not start before the database is migrated, and says what to run", async () => {
    const config = await server.createDatabase();
    const error = await assertRejects(() => startReporter(config), StartError);
    assertStringIncludes(error.message, "lars db migrate");
  });

  /** Has reports come while something happens to the database, and finds the newest of them stored in the end. */
  async function streamWhile(
    config: StoreConfig,
    happens: (stream: Stream, reporter: ReporterService) => Promise<void>,
  ): Promise<void> {
    const settings = { "reactor.threadNum": 1, "reporter.flush_ms": 20 };
    const reporter = await startReporter(config, settings);
    await using agent = await Agent.connect(reporter);
    const stream = new Stream(agent);
    await stream.sendUntil(metricsWith(reporter, 'lars_reporter_lane_pending{lane="0"} 0'));
    await happens(stream, reporter);
    await reporter.stop();
    assertEquals(await readStored(config), statusesOf(stream.newest));
  }

  await t.step("stores the newest of all that came while the server was killed", async () => {
    const config = await server.createDatabase();
    await migrate(config);
    await streamWhile(config, async (stream, reporter) => {
      await stream.sendUntil(server.kill());
      await stream.send(20);
      const [, metrics] = await get(reporter, "/metrics");
      assertMatch(metrics, /lars_reporter_lane_retries_total{lane="[012]"} [1-9]/);
      await stream.sendUntil(server.restart());
      await stream.send(20);
    });
  });

  await t.step(
    "stores all on the original's tables, while they are migrated and after",
    async () => {
      const config = await server.createDatabase();
      await runStatements(config, originalTables({ tables: 4, signed: true }));
      await streamWhile(config, async (stream, reporter) => {
        await stream.sendUntil(migrate(config));
        await stream.send(20);
        const [, metrics] = await get(reporter, "/metrics");
        assertEquals(metrics.match(/lars_reporter_lane_rejected_total{lane="[012]"} [1-9]/), null);
      });
    },
  );

  await t.step("deletes what nobody has reported for status_keep_days", async () => {
    const config = await server.createDatabase();
    await migrate(config);
    const nowSec = Math.floor(Date.now() / 1000);
    const [old, current] = [
      reportOf(1, { tsSec: nowSec - 8 * 86_400 }),
      reportOf(2, { tsSec: nowSec }),
    ];
    const store = await openStatusStore(config);
    await store.write(statusesOf([old, current]));
    await store.close();
    const reporter = await startReporter(config, { "reporter.status_keep_days": 9 });
    reporter.reload(optionsFor(config, { "reporter.status_keep_days": 7 }));
    await metricsWith(reporter, "lars_reporter_expired_total 2");
    await reporter.stop();
    assertEquals(await readStored(config), statusesOf([current]));
  });

  await t.step("starts without the server, and stores what came once it is there", async () => {
    const config = await server.createDatabase();
    await migrate(config);
    await server.kill();
    const reporter = await startReporter(config);
    await using agent = await Agent.connect(reporter);
    const reports = Array.from({ length: 50 }, (_, modid) => reportOf(modid));
    reports.push(LARGEST);
    await agent.report(...reports);
    await metricsWith(reporter, 'lars_reporter_statuses_handed_total{worker="0"} 101');
    await server.restart();
    await reporter.stop();
    assertEquals(await readStored(config), statusesOf(reports));
  });
});

/** Reports of many modules, over and over, each newer than the one before. */
class Stream {
  newest: StatusReport[] = [];
  readonly #agent: Agent;
  #tsSec = START_SEC;

  constructor(agent: Agent) {
    this.#agent = agent;
  }

  async send(rounds: number): Promise<void> {
    for (; rounds > 0; rounds--) {
      const tsSec = this.#tsSec++;
      this.newest = Array.from({ length: 300 }, (_, modid) => reportOf(modid, { tsSec }));
      await this.#agent.report(...this.newest);
      await new Promise((resolve) => setTimeout(resolve, 5)); // the pace of the stream
    }
  }

  async sendUntil(event: Promise<unknown>): Promise<void> {
    let isOver = false;
    event.finally(() => isOver = true).catch(() => {});
    while (!isOver) await this.send(1);
    await event;
  }
}

Deno.test("ReporterService.reload() takes flush_ms over", () =>
  withSqlite(async (config) => {
    const reporter = await startReporter(config, { "reporter.flush_ms": 60_000 });
    reporter.reload(optionsFor(config, { "reporter.flush_ms": 1 }));
    await using agent = await Agent.connect(reporter);
    await agent.report(reportOf(1));
    await metricsWith(reporter, 'lars_reporter_lane_written_total{lane="0"} 2');
    await reporter.stop();
  }));

for (const threads of [0, 1]) {
  Deno.test(`ReporterService.reload() takes max_pending over, with ${threads} threads`, () =>
    withSqlite(async (config) => {
      const settings = { "reactor.threadNum": threads, "reporter.flush_ms": 60_000 };
      const reporter = await startReporter(config, { ...settings, "reporter.max_pending": 1 });
      await using agent = await Agent.connect(reporter);
      await agent.report(reportOf(1));
      await metricsWith(reporter, 'lars_reporter_lane_pending{lane="0"} 1');
      assertEquals((await get(reporter, "/readyz"))[0], 503);
      reporter.reload(optionsFor(config, { "reporter.max_pending": 3 }));
      assertEquals((await get(reporter, "/readyz"))[0], 200);
      // A receiving thread takes the new bound over in its own time, and refuses until then.
      await until(async () => {
        await agent.report(reportOf(2));
        const [, metrics] = await get(reporter, "/metrics");
        return metrics.split("\n").includes('lars_reporter_lane_pending{lane="0"} 3');
      });
      await reporter.stop();
    }));
}
