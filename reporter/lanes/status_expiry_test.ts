import { assertEquals } from "@std/assert";
import { Counters } from "../../reactor/mod.ts";
import { messageOf } from "../../service/observe/log_format.ts";
import { setLogSink } from "../../service/observe/logger.ts";
import { type ExpireOptions, type StatusKey, StoreError } from "../../sql/mod.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { EXPIRY_COUNTERS, StatusExpiry } from "./status_expiry.ts";

const HOUR_MS = 3_600_000;
const NOW_SEC = 1_700_000_000;
const KEY: StatusKey = { modid: 1, cmdid: 1, ip: 1, port: 1, caller: 1 };

/** An expiry of a table that takes `steps` steps, each of which deletes one status. */
function setUp({ keepDays = 7, steps = 3 } = {}) {
  const clock = new VirtualClock({ startSec: NOW_SEC });
  const counters = new Counters(EXPIRY_COUNTERS);
  const asked: ExpireOptions[] = [];
  const world = { failure: undefined as unknown, open: 0 };
  const expiry = new StatusExpiry({
    open: () => {
      world.open++;
      return Promise.resolve({
        expire: (options) => {
          if (world.failure) return Promise.reject(world.failure);
          asked.push(options);
          const at = options.after?.ip ?? 0;
          return Promise.resolve({
            deleted: 1,
            next: at + 1 === steps ? undefined : { ...KEY, ip: at + 1 },
          });
        },
        close: () => Promise.resolve(void world.open--),
      });
    },
    keepDays,
    counters,
    clock,
  });
  return { clock, counters, asked, world, expiry, ips: () => asked.map(({ after }) => after?.ip) };
}

function refusal(): StoreError {
  const cause = Object.assign(new Error("DELETE command denied"), { sqlState: "42000" });
  return new StoreError({ driver: "sqlite", path: "x" }, cause);
}

/** The messages that `work` logs. */
async function logged(work: () => Promise<void>): Promise<string[]> {
  const lines: string[] = [];
  const before = setLogSink((record) => lines.push(messageOf(record)));
  try {
    await work();
  } finally {
    setLogSink(before);
  }
  return lines;
}

Deno.test("StatusExpiry goes through the table in steps, at the start and once an hour", async () => {
  const { clock, counters, asked, world, expiry, ips } = setUp();
  await clock.advance(1000);
  assertEquals(ips(), [undefined, 1, 2]);
  assertEquals([asked[0].keepSec, asked[0].nowSec, asked[0].rows], [604_800, NOW_SEC, 1000]);
  assertEquals([counters.get("expired"), world.open], [3, 0]);
  await clock.advance(HOUR_MS - 2000);
  assertEquals(asked.length, 3);
  await clock.advance(3000);
  assertEquals(ips().slice(3), [undefined, 1, 2]);
  await expiry.stop();
});

Deno.test("StatusExpiry deletes nothing while status_keep_days is 0, and begins anew when it is another", async () => {
  const { clock, asked, expiry } = setUp({ keepDays: 0, steps: 10 });
  await clock.advance(2 * HOUR_MS);
  assertEquals(asked.length, 0);
  expiry.reload({ keepDays: 2 });
  await clock.advance(150);
  assertEquals(asked.map(({ keepSec }) => keepSec), [172_800, 172_800]);
  expiry.reload({ keepDays: 1 });
  await clock.advance(0);
  expiry.reload({ keepDays: 1 });
  assertEquals([asked.at(-1)?.after, asked.at(-1)?.keepSec], [undefined, 86_400]);
  await expiry.stop();
});

Deno.test("StatusExpiry says once that it may not, and goes on when it may", async () => {
  const { clock, asked, world, expiry } = setUp();
  const lines = await logged(async () => {
    for (const failure of [refusal(), refusal(), undefined, refusal()]) {
      world.failure = failure;
      await clock.advance(HOUR_MS + 30_000);
    }
  });
  assertEquals(
    lines,
    Array(2).fill("Deleting old statuses failed: Database x: DELETE command denied"),
  );
  assertEquals([asked.length > 0, world.open], [true, 0]);
  await expiry.stop();
});

Deno.test("StatusExpiry tries again soon, and says nothing, when the database is away", async () => {
  const { clock, asked, world, expiry } = setUp();
  const lines = await logged(async () => {
    world.failure = new StoreError({ driver: "sqlite", path: "x" }, new Error("ECONNREFUSED"));
    await clock.advance(0);
    world.failure = undefined;
    await clock.advance(61_000);
  });
  assertEquals([lines, asked.length], [[], 3]);
  await expiry.stop();
});

Deno.test("StatusExpiry.stop() ends it between two steps, and closes", async () => {
  const { clock, asked, world, expiry } = setUp();
  await clock.advance(50);
  await expiry.stop();
  await clock.advance(2 * HOUR_MS);
  assertEquals([asked.length, clock.timers], [1, 0]);
  assertEquals(world.open <= 0, true);
});
