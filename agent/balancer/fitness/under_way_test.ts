import { assertEquals } from "@std/assert";
import { PoolLoad, UnderWay } from "./under_way.ts";

/** One host whose calls usually take 50 ms at most: calls are young for 100 to 200 ms. */
function start(): { pool: PoolLoad; host: UnderWay; at: (nowMs: number) => void } {
  const pool = new PoolLoad();
  const at = (nowMs: number) => pool.setTime(nowMs, 50);
  at(1000);
  return { pool, host: new UnderWay(pool), at };
}

Deno.test("UnderWay counts calls until they end, and the pool with it", () => {
  const { pool, host, at } = start();
  host.began();
  host.began();
  assertEquals([host.young, pool.young, host.unanswered], [2, 2, 2]);
  at(1010);
  host.ended(10);
  assertEquals([host.young, pool.young, host.unanswered, host.unansweredFromMs], [1, 1, 0, -1]);
});

Deno.test("UnderWay takes calls for stuck that are out for far longer than any", () => {
  const { pool, host, at } = start();
  host.began();
  for (const nowMs of [1100, 1200, 1300]) {
    at(nowMs);
    host.began();
  }
  assertEquals([host.young, host.stuck, pool.young, pool.stuck], [2, 2, 2, 2]);
});

Deno.test("UnderWay ends the call that began when the cost says, and else the oldest", () => {
  const { host, at } = start();
  host.began();
  at(1300);
  host.began();
  assertEquals([host.young, host.stuck], [1, 1]);
  at(1310);
  host.ended(10);
  assertEquals([host.young, host.stuck], [0, 1]);
  host.began();
  host.ended(0);
  assertEquals([host.young, host.stuck], [1, 0]);
});

Deno.test("UnderWay takes half of the stuck calls for lost in ten seconds", () => {
  const { pool, host, at } = start();
  for (let n = 0; n < 8; n++) host.began();
  for (const nowMs of [1300, 11_500, 21_600]) {
    at(nowMs);
    host.began();
  }
  assertEquals([host.stuck, pool.stuck], [2, 2]); // 8, then half of 9, then half of 5
});

Deno.test("UnderWay counts no call that it does not know of", () => {
  const { pool, host } = start();
  host.ended(10);
  host.ended(0);
  assertEquals([host.young, host.stuck, pool.young, pool.stuck], [0, 0, 0, 0]);
});

Deno.test("UnderWay.setCounted() takes a host's calls out of the pool, and in again", () => {
  const { pool, host } = start();
  host.began();
  host.setCounted(false);
  host.began();
  assertEquals([pool.young, host.young], [0, 2]);
  host.setCounted(true);
  assertEquals(pool.young, 2);
});
