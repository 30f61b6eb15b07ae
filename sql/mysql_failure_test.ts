import { assertEquals, assertStringIncludes } from "@std/assert";
import { adviceOn } from "./mysql_failure.ts";
import type { MysqlConfig } from "./store_config.ts";

const CONFIG: MysqlConfig = {
  driver: "mysql",
  host: "db",
  port: 3306,
  user: "lars",
  password: "s3cret",
  database: "lars_dns",
};

function adviceFor(
  message: string,
  { isEncrypted = false, offersTls = false, ...fields }: {
    isEncrypted?: boolean;
    offersTls?: boolean;
    code?: string;
    errno?: number;
  },
): string {
  const cause = Object.assign(new Error(message), fields);
  return adviceOn(cause, { config: CONFIG, isEncrypted, offersTls }) ?? "";
}

Deno.test("adviceOn() names the user, their method and those that there are", () => {
  const code = "AUTH_SWITCH_PLUGIN_ERROR";
  const unknown = "Server requests authentication using unknown plugin dialog. See TODO";
  assertStringIncludes(
    adviceFor(unknown, { code }),
    "user lars logs in by dialog, and Lars knows mysql_native_password, caching_sha2_password, ",
  );
  const clear = adviceFor("mysql_clear_password …", { code: "MYSQL_CLEAR_PASSWORD_NOT_ENABLED" });
  assertStringIncludes(clear, "user lars logs in by a method that sends the password itself");
});

Deno.test("adviceOn() blames the password alone where nothing else can be", () => {
  assertEquals(adviceFor("Access denied", { errno: 1045 }), "");
  assertStringIncludes(adviceFor("Access denied", { errno: 1045, offersTls: true }), "REQUIRE SSL");
  assertStringIncludes(adviceFor("Access denied", { errno: 1045, isEncrypted: true }), "X509");
});

Deno.test("adviceOn() tells a server that takes only encrypted connections, and one that takes no changes", () => {
  assertStringIncludes(adviceFor("…", { errno: 3159 }), "[mysql] ssl = required");
  const readOnly = "The MariaDB server is running with the --read-only option so it cannot …";
  assertStringIncludes(
    adviceFor(readOnly, { errno: 1290 }),
    "[mysql] db_host must name the server",
  );
  assertEquals(adviceFor("… --secure-file-priv option …", { errno: 1290 }), "");
  assertEquals(adviceFor("Too many connections", { errno: 1040 }), "");
});
