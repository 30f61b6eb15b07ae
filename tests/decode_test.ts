import { assertEquals, assertMatch } from "@std/assert";
import { runLars } from "../testing/process.ts";
import { TempFolder } from "../testing/temp_folder.ts";

const ROUTE = "01000000 04000000 08011001";

Deno.test("lars decode reads hex as arguments, from a file, and bytes from standard input", async () => {
  await using folder = new TempFolder();
  const file = await folder.write("frames.txt", `0x${ROUTE.replaceAll(" ", ":")}\n`);
  const expected = {
    code: 0,
    stdout: 'byte 0: GetRouteRequest {"modid": 1, "cmdid": 1}\n',
    stderr: "",
  };
  assertEquals(await runLars(`decode ${ROUTE}`), expected);
  assertEquals(await runLars(`decode ${file}`), expected);
  assertEquals(await runLars("decode -", { stdin: ROUTE }), expected);
  const bytes = Uint8Array.fromHex(ROUTE.replaceAll(" ", ""));
  assertEquals(await runLars("decode -", { stdin: bytes }), expected);
});

Deno.test("lars decode says what is wrong, by its exit code too, and what it cannot take", async () => {
  const json = await runLars(["decode", "--json", ROUTE.slice(0, -2)]);
  assertEquals(json.code, 1);
  const { message, fields, problems } = JSON.parse(json.stdout);
  assertEquals([message, fields], ["GetRouteRequest", { modid: 1 }]);
  assertEquals(problems[0], "byte 4: msglen is 4, but only 3 bytes follow");

  const odd = await runLars("decode 010");
  assertEquals(odd.code, 1);
  assertMatch(odd.stderr, /no hex \(an even number of digits\), and no file/);
  const words = await runLars("decode 01 zz");
  assertEquals(words.code, 2);
  assertMatch(words.stderr, /must be hex/);
});
