import { assertEquals } from "@std/assert";
import { runProgram } from "../testing/process.ts";
import { TempFolder } from "../testing/temp_folder.ts";

Deno.test("tools/deno.sh runs a program of the folder that it is called from", async () => {
  await using folder = new TempFolder();
  await folder.write("deno.json", `{ "imports": { "#where": "./where.ts" } }`);
  await folder.write("where.ts", "export default Deno.cwd();\n");
  await folder.write("main.ts", `import where from "#where";\nconsole.log(where);\n`);
  const command = new URL("deno.sh", import.meta.url).pathname;
  assertEquals(await runProgram(["run", "main.ts"], { command, cwd: folder.path }), {
    code: 0,
    stdout: `${await Deno.realPath(folder.path)}\n`,
    stderr: "",
  });
});
