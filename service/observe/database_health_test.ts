import { assertEquals, assertMatch } from "@std/assert";
import { DatabaseHealth } from "./database_health.ts";
import { Metrics } from "./metrics.ts";

Deno.test("DatabaseHealth says since when and why the database is away", () => {
  const health = new DatabaseHealth();
  assertEquals([health.problem, health.askedAtMs], [undefined, -Infinity]);
  health.failed("Access denied\nfor user 'lars'");
  const first = health.problem;
  assertMatch(
    first!,
    /^its database is away since 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ: Access denied for user 'lars'$/,
  );
  health.failed("Connection refused");
  assertEquals(
    health.problem,
    first!.replace("Access denied for user 'lars'", "Connection refused"),
  );
  health.answered();
  assertEquals(health.problem, undefined);
});

Deno.test("DatabaseHealth is up once it has answered", () => {
  const health = new DatabaseHealth();
  const metrics = new Metrics({ role: "dns" });
  health.describe(metrics, "lars_dns");
  const up = () => /^lars_dns_database_up (\d)$/m.exec(metrics.render())?.[1];
  assertEquals(up(), "0");
  health.answered();
  assertEquals(up(), "1");
  health.failed("away");
  assertEquals(up(), "0");
});
