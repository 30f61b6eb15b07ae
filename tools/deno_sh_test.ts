import { assertEquals } from "@std/assert";

Deno.test("tools/deno.sh runs a program of the folder that it is called from", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/deno.json`, `{ "imports": { "#where": "./where.ts" } }`);
    await Deno.writeTextFile(`${folder}/where.ts`, "export default Deno.cwd();\n");
    await Deno.writeTextFile(
      `${folder}/main.ts`,
      `import where from "#where";\nconsole.log(where);\n`,
    );
    const script = new URL("deno.sh", import.meta.url).pathname;
    const { success, stdout, stderr } = await new Deno.Command(script, {
      args: ["run", "main.ts"],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    assertEquals(new TextDecoder().decode(stdout), `${await Deno.realPath(folder)}\n`);
    assertEquals(success, true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
