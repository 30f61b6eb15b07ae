import { assertEquals, assertRejects } from "@std/assert";
import { inTime, until } from "./until.ts";

Deno.test("until() gives the first answer that says yes", async () => {
  const answers = [false, undefined, 0, "yes"];
  assertEquals(await until(() => answers.shift()), "yes");
  assertEquals(answers, []);
});

Deno.test("until() and inTime() say what never came", async () => {
  const patience = { patienceMs: 5 };
  await assertRejects(
    () => until(() => Promise.resolve(1 > 2), patience),
    Error,
    "Not within 5 ms: ()=>Promise.resolve(1 > 2)",
  );
  await assertRejects(
    () => inTime("the end", new Promise(() => {}), patience),
    Error,
    "Not within 5 ms: the end",
  );
  assertEquals(await inTime("an end", Promise.resolve(7), patience), 7);
});
