import { assertEquals } from "@std/assert";
import { TokenBucket } from "./token_bucket.ts";

/** How many tokens can be taken at a time. */
function takeAll(bucket: TokenBucket, nowMs: number): number {
  let taken = 0;
  while (bucket.take(nowMs)) taken++;
  return taken;
}

Deno.test("TokenBucket gives its burst, then its rate, and its burst again after a rest", () => {
  const bucket = new TokenBucket(100, 5);
  assertEquals([0, 9, 10, 20, 1000].map((nowMs) => takeAll(bucket, nowMs)), [5, 0, 1, 1, 5]);
});

Deno.test("TokenBucket takes back no more than fits, and gives what was taken back", () => {
  const bucket = new TokenBucket(100, 5);
  bucket.giveBack();
  assertEquals(takeAll(bucket, 0), 5);
  bucket.giveBack();
  assertEquals(takeAll(bucket, 0), 1);
});

Deno.test("TokenBucket goes on with another rate and size", () => {
  const bucket = new TokenBucket(100, 5);
  bucket.resize(1000, 3);
  assertEquals([0, 2, 100].map((nowMs) => takeAll(bucket, nowMs)), [3, 2, 3]);
});
