import { assertEquals, assertMatch } from "@std/assert";
import { migrate } from "../sql/mod.ts";
import { runLars } from "../testing/process.ts";
import { startMariadb } from "../testing/mariadb.ts";
import { Role, storeSettings } from "../testing/role.ts";
import { TempFolder } from "../testing/temp_folder.ts";
import { until } from "../testing/until.ts";

interface Status {
  role: string;
  admin: string;
  ready: boolean;
  database?: string;
  reason?: string;
}

async function status(...args: string[]): Promise<{ code: number; statuses: Status[] }> {
  const { code, stdout } = await runLars(["status", "--json", ...args]);
  return { code, statuses: JSON.parse(stdout) };
}

/** Waits until a role says such a thing when asked whether it is ready. */
async function saysReady(role: Role, pattern: RegExp): Promise<void> {
  await until(async () => pattern.test((await role.get("/readyz")).text));
}

Deno.test("lars status asks all that are named, and shows what their databases are", async () => {
  await using server = await startMariadb();
  const config = await server.createDatabase();
  await migrate(config);
  const store = storeSettings(config);
  await using dns = await Role.start("dns", store);
  await using reporter = await Role.start("reporter", store);
  await using locked = await Role.start("reporter", store, {
    env: { LARS_MYSQL_DB_PASSWD: "wrong" },
  });
  await using first = await Role.start("agent", []);
  await using second = await Role.start("agent", []);
  const agents = [`--agent-admin=${first.admin}, ${second.admin}`, `--agent-admin=${first.admin}`];
  const others = [`--dns-admin=${dns.admin}`, `--reporter-admin=${reporter.admin}`];

  const well = await status(...others, ...agents);
  assertEquals(
    well.statuses.map(({ role, admin, ready, database }) => [role, admin, ready, database]),
    [
      ["dns", dns.admin, true, "answers"],
      ["reporter", reporter.admin, true, "answers"],
      ["agent", first.admin, true, undefined],
      ["agent", second.admin, true, undefined],
    ],
  );
  assertEquals(well.code, 0);

  // A wrong password is known of though nothing was to be stored.
  const wrong = await status("--role", "reporter", `--reporter-admin=${locked.admin}`);
  const [{ ready, database, reason }] = wrong.statuses;
  assertEquals([wrong.code, ready, database], [1, true, "away"]);
  assertMatch(reason!, /^its database is away since \S+Z: .*Access denied/);

  await server.kill();
  await Promise.all([dns, reporter].map((role) => saysReady(role, /^ready, but its database is/)));
  const ill = await runLars(["status", ...others, ...agents]);
  assertEquals(ill.code, 1);
  assertMatch(ill.stdout, /^dns +\S+ +ready +away .* its database is away since \S+Z: /m);
  assertMatch(ill.stdout, /^reporter +\S+ +ready +away .* its database is away since \S+Z: /m);
  assertMatch(ill.stdout, /^agent +\S+ +ready +- /m);
  const { code } = await status("--role=agent", ...agents);
  assertEquals(code, 0);

  await server.restart();
  await Promise.all([dns, reporter].map((role) => saysReady(role, /^ready\n$/)));
  assertEquals((await status("--role=dns,reporter", ...others)).code, 0);
});

Deno.test("lars status takes every dns from the configuration, and knows the roles", async () => {
  await using folder = new TempFolder();
  const store = storeSettings(folder.database);
  await using one = await Role.start("dns", store);
  await using two = await Role.start("dns", store);
  const file = await folder.write("dns.conf", `[dns]\nadmin = ${one.admin}, ${two.admin}\n`);
  const { code, statuses } = await status("--role", "dns", "--config", file);
  assertEquals([code, statuses.map(({ admin }) => admin)], [0, [one.admin, two.admin]]);
  const named = await runLars("status --role dsn");
  assertEquals([named.code, named.stderr], [
    2,
    "lars: Cannot take --role dsn as it must be one of dns, reporter, agent\n",
  ]);
});
