import { assert, assertEquals } from "@std/assert";
import { parseReady } from "../lars/up/role_process.ts";
import { type RoleName, ROLES, roleTaskArgs } from "../lars/up/role_task.ts";
import { Program, setFlags } from "../testing/process.ts";
import { TempFolder } from "../testing/temp_folder.ts";
import { findTable } from "../tools/markdown_table.ts";

const CANARY = new URL("../testing/canary.ts", import.meta.url).pathname;

/** What a canary can do in a role. */
const ALLOWED: Record<RoleName, readonly string[]> = {
  dns: ["write"],
  reporter: ["write"],
  agent: ["networkInterfaces", "libc"],
};

Deno.test("docs/security.md lists the permissions that each role's task has, and no others", async () => {
  const document = await Deno.readTextFile(new URL("../docs/security.md", import.meta.url));
  const { table: [, ...rows] } = findTable(document, "permissions");
  const listed = rows.map(([role, permission]) => `${role} ${/`(.*)`/.exec(permission)![1]}`);
  const given = ROLES.flatMap((role) =>
    roleTaskArgs(role)
      .filter((arg) => arg.startsWith("--allow-"))
      .map((arg) => `${role} ${arg.startsWith("--allow-ffi=") ? "--allow-ffi" : arg}`)
  );
  assertEquals(listed.toSorted(), given.toSorted());
  for (const role of ROLES) assert(roleTaskArgs(role).includes("--no-prompt"), role);
});

for (const name of ROLES) {
  Deno.test(`${name} serves with the permissions of its task, which deny a canary all else`, async () => {
    await using folder = new TempFolder();
    const [run, ...args] = roleTaskArgs(name);
    const store = name === "agent" ? [] : [`store.path=${folder.database.path}`];
    const set = setFlags([...store, "reactor.port=0", "admin.port=0", "log.format=json"]);
    await using role = new Program([run, `--preload=${CANARY}`, ...args, ...set]);
    const outcomes: Record<string, string> = await role.stderr.find((line) =>
      line.startsWith('{"canary"') ? JSON.parse(line).canary : undefined
    );
    await role.stderr.find(parseReady);
    assertEquals(await role.stop(), 0);
    const expected = Object.keys(outcomes).map((attempt) =>
      [attempt, ALLOWED[name].includes(attempt) ? "done" : "denied"] as const
    );
    assertEquals(outcomes, Object.fromEntries(expected));
  });
}
