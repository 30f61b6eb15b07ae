import { assert, assertEquals } from "@std/assert";
import { isRoleName, ROLES, roleTaskArgs } from "./role_task.ts";

Deno.test("roleTaskArgs() gives a command line that needs no shell and not all permissions", () => {
  for (const name of ROLES) {
    const args = roleTaskArgs(name);
    assertEquals(args[0], "run");
    assertEquals(args.at(-1), `${name}/main.ts`);
    for (const arg of args) assert(/^[\w./:=,*-]+$/.test(arg), arg);
    assertEquals(args.includes("-A") || args.includes("--allow-all"), false);
    // A variable that a package may not read, such as TZ, must not stop a daemon on a terminal with a permission prompt.
    assert(args.includes("--no-prompt"));
  }
});

Deno.test("isRoleName() knows the roles", () => {
  assertEquals(["dns", "agent", "client", ""].map(isRoleName), [true, true, false, false]);
});
