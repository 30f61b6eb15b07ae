import { assertEquals, assertStringIncludes } from "@std/assert";
import { DatabaseHealth } from "../service/mod.ts";
import { DatabaseCheck } from "./database_check.ts";

Deno.test("DatabaseCheck asks a database that nobody asked, and tells what it said", async () => {
  const health = new DatabaseHealth();
  const answers = [
    () => Promise.reject(new Error("Access denied")),
    () => Promise.resolve({ close: () => Promise.resolve() }),
  ];
  const told: (string | undefined)[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const check = new DatabaseCheck({
    open() {
      told.push(health.problem);
      const answer = answers[told.length - 1];
      if (answer !== undefined) return answer();
      resolve();
      return answers[1]();
    },
    health,
    checkMs: 1,
  });
  await promise;
  await check.stop();
  assertEquals([told[0], told[2]], [undefined, undefined]);
  assertStringIncludes(told[1]!, "Access denied");
});
