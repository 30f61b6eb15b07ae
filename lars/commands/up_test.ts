import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../service/mod.ts";
import { parseRoleSettings } from "./up.ts";

Deno.test("parseRoleSettings() gives each role its own", () => {
  const words = ["dns:reactor.port=1", "agent:admin.port=2", "dns:log.level=debug"];
  assertEquals(parseRoleSettings(words), {
    dns: ["reactor.port=1", "log.level=debug"],
    reporter: [],
    agent: ["admin.port=2"],
  });
});

Deno.test("parseRoleSettings() throws when no role is named, and hides the value", () => {
  for (const word of ["reactor.port=1", "client:a.b=1", "mysql.db_passwd=a:b", ":a.b=1", "dns:"]) {
    const { message } = assertThrows(() => parseRoleSettings([word]), UsageError);
    assertEquals(message.includes("a:b"), false);
  }
});
