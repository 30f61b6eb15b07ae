import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { Counters } from "../../reactor/mod.ts";
import { Inbox } from "../../testing/inbox.ts";
import { DEFAULT_SETTINGS } from "../balancer/mod.ts";
import { ModuleTable } from "./module_table.ts";
import { SHARD_COUNTERS } from "./shard_counter.ts";
import { StatusTeller } from "./status_teller.ts";
import { HOST_WORDS, readStatuses } from "./status_words.ts";

const TIMES = { firstPullWaitMs: 50, updateTimeoutMs: 15_000, negativeTtlMs: 1000 };
const NAME = { modid: 1, cmdid: 2 };

/** A table, a teller of its news, and what it tells: of each section how many hosts, and how many of them are overloaded. */
function createTeller(hosts: number) {
  const told = new Inbox<{ hosts: number; overloaded: number }>();
  const table = new ModuleTable(DEFAULT_SETTINGS, TIMES, {
    onPull() {},
    onDrop() {},
    onTransition: () => teller.changed(),
    onRestore() {},
    onSuppress() {},
  });
  const teller = new StatusTeller({
    source: table.news,
    intervalMs: 60_000,
    counters: new Counters(SHARD_COUNTERS),
    send(message) {
      for (const { hosts } of readStatuses(message)) {
        const overloaded = hosts.filter((_, i) => i % HOST_WORDS === 4 && hosts[i] === 1).length;
        told.push({ hosts: hosts.length / HOST_WORDS, overloaded });
      }
    },
  });
  const route = Array.from({ length: hosts }, (_, ip) => ({ ip, port: 80, weight: 100 }));
  table.update({ ...NAME, hosts: route }, 0);
  const module = table.find(NAME, 0)!;
  const fail = (ip: number) => {
    table.report(module, { ip, port: 80, retcode: 1, count: 15 }, 0);
  };
  return { told, table, teller, fail };
}

Deno.test("StatusTeller tells once of all hosts that change their state in one turn", async () => {
  const { told, teller, fail } = createTeller(1000);
  for (let ip = 0; ip < 900; ip++) fail(ip);
  assertEquals(told.size, 0);
  assertEquals(await told.next(), { hosts: 1000, overloaded: 900 });
  await teller.stop();
  assertEquals(told.size, 0);
});

Deno.test("StatusTeller tells of what changes while it tells", async () => {
  const { told, teller, fail } = createTeller(10);
  fail(0);
  await told.next();
  fail(1);
  assertEquals(await told.next(), { hosts: 10, overloaded: 2 });
  await teller.stop();
});

Deno.test("StatusTeller tells of an outage in few messages, however many turns it takes", async () => {
  const { told, teller, fail } = createTeller(1000);
  let turns = 0;
  for (let ip = 0; ip < 1000; ip++) {
    fail(ip);
    if (ip % 10 > 0) continue;
    await new Promise((resolve) => setTimeout(resolve)); // the callers' reports come turn by turn
    turns++;
  }
  await teller.stop();
  assertEquals(turns, 100);
  // At most one in each pause, which is longer than many turns: were it one for each transition, it would be 1,000.
  assertLessOrEqual(told.size, turns + 1);
  const last = await told.until(({ overloaded }) => overloaded === 1000);
  assertEquals([last.hosts, told.size], [1000, 0]);
});

Deno.test("StatusTeller.stop() tells what is left, and gives the thread turns between many hosts", async () => {
  const { told, table, teller } = createTeller(1);
  const route = Array.from({ length: 200 }, (_, ip) => ({ ip, port: 80, weight: 100 }));
  for (let modid = 0; modid < 2000; modid++) {
    table.update({ modid, cmdid: 7, hosts: route }, 0);
    table.report(table.find({ modid, cmdid: 7 }, 0)!, { ip: 1, port: 80, retcode: 0 }, 0);
  }
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await teller.stop();
  clearInterval(timer);
  assertEquals(told.size, 2000);
  assert(turns > 0, "400,000 hosts were told in one turn");
});
