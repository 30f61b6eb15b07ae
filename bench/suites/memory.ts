/**
 * What memory dns and reporter take for what they hold: at rest, while it is changed without end, and afterwards.
 *
 * @module
 */

import { MessageId, ReportStatusRequest } from "../../proto/mod.ts";
import { encodeFrame } from "../../reactor/mod.ts";
import { bodyOf } from "../../testing/proto/plain_message.ts";
import { Role, storeSettings } from "../../testing/role.ts";
import { CMDID, HOSTS, makeSqlite, openDatabase } from "../harness/databases.ts";
import { residentMb } from "../harness/process_cost.ts";
import { RouteChurn } from "../harness/route_churn.ts";
import { pause, until } from "../harness/waiting.ts";
import type { Figure, Suite, SuiteInput } from "../suite.ts";

const MODULES = [100, 10_000, 100_000];
const CHANGES_PER_SEC = 90;
/** For each second that is asked for. */
const CHURN_SEC = 40;
const SAMPLE_MS = 500;
/** Until what a start or a load leaves behind is collected. */
const SETTLE_MS = 3_000;
/** How soon an edit that nobody announced is to be served, s. */
const UNANNOUNCED_SEC = 15;

const FLOODS = 100;
const MAX_PENDING = 100_000;
const MODULE_HOSTS = 100;

/** Memory of dns and reporter. */
export const memorySuite: Suite = {
  name: "memory",
  summary:
    "Memory of dns under 90 changes a second, and of reporter under 100 floods, as long as the database is away",
  isExtra: true,
  async run(input: SuiteInput) {
    const figures: Figure[] = [];
    for (const modules of MODULES) figures.push(...await measureDns(input, modules));
    figures.push(...await measureReporter(input));
    return figures;
  },
};

async function measureDns(input: SuiteInput, modules: number): Promise<Figure[]> {
  const { folder, seconds, signal } = input;
  const store = await makeSqlite(`${folder}/${modules}`, modules);
  await using dns = await Role.start("dns", storeSettings(store));
  await pause(SETTLE_MS, signal);
  const restMb = residentMb(dns.pid);
  await using churn = new RouteChurn({ store, dns, modules, perSec: CHANGES_PER_SEC });
  const [servedSec, samples] = await Promise.all([
    unannouncedSec(input, { store, dns }),
    sample(dns.pid, { seconds: CHURN_SEC * seconds, signal }),
  ]);
  samples.push(residentMb(dns.pid)); // the edit may have taken longer
  await churn[Symbol.asyncDispose]();
  await pause(SETTLE_MS, signal);
  const what = `dns, ${(modules * HOSTS).toLocaleString("en")} hosts`;
  const atMost = 2 * restMb + 150;
  return [
    { name: `${what}, at rest`, unit: "MB", value: restMb },
    {
      name: `${what}, under ${CHANGES_PER_SEC} changes/s`,
      unit: "MB",
      value: Math.max(...samples),
      target: { atMost },
    },
    { name: `${what}, afterwards`, unit: "MB", value: residentMb(dns.pid), target: { atMost } },
    {
      name: `${what}, an edit that nobody announced is served meanwhile`,
      unit: "s",
      value: servedSec,
      target: modules > 10_000 ? undefined : { atMost: UNANNOUNCED_SEC },
    },
  ];
}

/** Adds a module by hand, in the midst of the changes, and waits until it is served. */
async function unannouncedSec(
  { signal }: SuiteInput,
  { store, dns }: { store: Parameters<typeof openDatabase>[0]; dns: Role },
): Promise<number> {
  const modules = await dns.metric("lars_dns_modules");
  await pause(SETTLE_MS, signal);
  await using database = await openDatabase(store);
  await database.write(
    "INSERT INTO RouteData (modid, cmdid, serverip, serverport) VALUES (?, ?, 1, 1)",
    [modules + 1, CMDID],
  );
  const startMs = performance.now();
  await until(async () => await dns.metric("lars_dns_modules") > modules, {
    what: "dns serves an edit that nobody announced",
    everyMs: 50,
    deadlineSec: 120,
    signal,
  });
  return (performance.now() - startMs) / 1000;
}

async function measureReporter({ seconds, signal }: SuiteInput): Promise<Figure[]> {
  const away = ["store.driver=mysql", "mysql.db_host=127.0.0.1", "mysql.db_port=1"];
  const reporter = await Role.start("reporter", [...away, `reporter.max_pending=${MAX_PENDING}`]);
  try {
    await pause(SETTLE_MS, signal);
    const restMb = residentMb(reporter.pid);
    const stop = new AbortController();
    const floods = Array.from({ length: FLOODS }, (_, n) => flood(reporter.port, n, stop.signal));
    const samples = await sample(reporter.pid, { seconds: CHURN_SEC * seconds, signal });
    stop.abort();
    await Promise.all(floods);
    await pause(SETTLE_MS, signal);
    const held = `${MAX_PENDING.toLocaleString("en")} statuses held`;
    const atMost = 2 * restMb + 150;
    return [
      { name: "reporter, at rest", unit: "MB", value: restMb },
      {
        name: `reporter, ${held}, under ${FLOODS} floods`,
        unit: "MB",
        value: Math.max(...samples),
        target: { atMost },
      },
      {
        name: `reporter, ${held}, afterwards`,
        unit: "MB",
        value: residentMb(reporter.pid),
        target: { atMost },
      },
    ];
  } finally {
    await reporter.kill(); // or it would try to store what it holds for as long as it may
  }
}

/** An agent that reports modules of its own as fast as they are read. */
async function flood(port: number, number: number, signal: AbortSignal): Promise<void> {
  const results = Array.from(
    { length: MODULE_HOSTS },
    (_, n) => ({ ip: n, port: 80, succ: 1, err: 0, overload: false }),
  );
  using tcp = await Deno.connect({ hostname: "127.0.0.1", port });
  for (let modid = number; !signal.aborted; modid = (modid + FLOODS) % 2 ** 31) {
    const tsSec = Math.floor(Date.now() / 1000);
    const body = bodyOf(ReportStatusRequest, {
      modid,
      cmdid: CMDID,
      caller: number,
      tsSec,
      results,
    });
    const frame = encodeFrame(MessageId.ReportStatusRequest, body);
    for (let sent = 0; sent < frame.length;) sent += await tcp.write(frame.subarray(sent));
    if (modid % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

async function sample(
  pid: number,
  { seconds, signal }: { seconds: number; signal: AbortSignal },
): Promise<number[]> {
  const samples: number[] = [];
  const endMs = performance.now() + seconds * 1000;
  while (performance.now() < endMs) {
    await pause(SAMPLE_MS, signal);
    samples.push(residentMb(pid));
  }
  return samples;
}
