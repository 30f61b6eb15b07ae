import { assert, assertEquals } from "@std/assert";
import { Counters, realClock } from "../../reactor/mod.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { ORIGINAL } from "../balancer/mod.ts";
import { ModuleTable } from "./module_table.ts";
import { SHARD_COUNTERS } from "./shard_counter.ts";
import { StatusSender } from "./status_sender.ts";
import { HOST_WORDS, readStatuses } from "./status_words.ts";

const TIMES = {
  firstPullWaitMs: 50,
  updateTimeoutMs: 15_000,
  negativeTtlMs: 1000,
  unknownNamesPerSec: 1000,
};
const NAME = { modid: 1, cmdid: 2 };

/** A table, a sender of its statuses, and what it sends: of each section how many hosts, and how many of them are overloaded. */
function createSender(hosts: number, { isReal = false } = {}) {
  const clock = new VirtualClock();
  const sent: { hosts: number; overloaded: number }[] = [];
  const table = new ModuleTable(ORIGINAL, TIMES, {
    onPull() {},
    onDrop() {},
    onTransition: () => sender.changed(),
    onRestore() {},
    onSuppress() {},
    onPullRefused() {},
  });
  const sender = new StatusSender({
    source: table.dirty,
    intervalMs: 60_000,
    counters: new Counters(SHARD_COUNTERS),
    clock: isReal ? realClock : clock,
    send(message) {
      for (const { hosts } of readStatuses(message)) {
        const overloaded = hosts.filter((_, i) => i % HOST_WORDS === 4 && hosts[i] === 1).length;
        sent.push({ hosts: hosts.length / HOST_WORDS, overloaded });
      }
    },
  });
  const route = Array.from({ length: hosts }, (_, ip) => ({ ip, port: 80, weight: 100 }));
  table.update({ ...NAME, hosts: route }, 0);
  const module = table.find(NAME, 0)!;
  const fail = (ip: number) => {
    table.report(module, { ip, port: 80, retcode: 1, count: 15 }, 0);
  };
  const report = () => void table.report(module, { ip: 0, port: 80, retcode: 0 }, 0);
  return { clock, sent, table, sender, fail, report };
}

Deno.test("StatusSender sends once of all hosts that change their state within a pause", async () => {
  const { clock, sent, sender, fail } = createSender(1000);
  for (let ip = 0; ip < 900; ip++) fail(ip);
  await clock.advance(24);
  assertEquals(sent, []);
  await clock.advance(1);
  assertEquals(sent, [{ hosts: 1000, overloaded: 900 }]);
  fail(900);
  await clock.advance(44); // the pause is longer after 1,000 hosts
  assertEquals(sent.length, 1);
  await clock.advance(1);
  assertEquals(sent.slice(1), [{ hosts: 1000, overloaded: 901 }]);
  await sender.stop();
  assertEquals([sent.length, clock.timers], [2, 0]);
});

Deno.test("StatusSender sends few messages in an outage, however many turns it takes", async () => {
  const { clock, sent, sender, fail } = createSender(1000);
  for (let ip = 0; ip < 1000; ip++) {
    fail(ip);
    if (ip % 10 === 9) await clock.advance(1); // the callers' reports come turn by turn
  }
  await sender.stop();
  assertEquals(sent.map(({ overloaded }) => overloaded), [250, 700, 1000]);
});

Deno.test("StatusSender sends reports on hosts that keep their state at its interval", async () => {
  const { clock, sent, sender, report } = createSender(10);
  report();
  await clock.advance(59_999);
  assertEquals(sent, []);
  await clock.advance(1);
  assertEquals(sent, [{ hosts: 10, overloaded: 0 }]);
  sender.reload(1000);
  report();
  await clock.advance(5000);
  assertEquals(sent.length, 2);
  await sender.stop();
});

Deno.test("StatusSender.stop() sends what is left, and yields between many hosts", async () => {
  const { sent, table, sender } = createSender(1, { isReal: true });
  const route = Array.from({ length: 200 }, (_, ip) => ({ ip, port: 80, weight: 100 }));
  for (let modid = 0; modid < 2000; modid++) {
    table.update({ modid, cmdid: 7, hosts: route }, 0);
    table.report(table.find({ modid, cmdid: 7 }, 0)!, { ip: 1, port: 80, retcode: 0 }, 0);
  }
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await sender.stop();
  clearInterval(timer);
  assertEquals(sent.length, 2000);
  assert(turns > 0, "400,000 hosts were sent in one turn");
});
