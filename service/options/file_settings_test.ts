import { assertEquals } from "@std/assert";
import { readSetting as read } from "../../testing/service/read_setting.ts";
import { TempFolder } from "../../testing/temp_folder.ts";
import { fileContent, pemContent } from "./file_settings.ts";

const doc = "A setting";

Deno.test("fileContent() reads the file, without the line break at its end", async () => {
  await using folder = new TempFolder();
  const setting = fileContent({ doc });
  for (
    const [content, value] of [["a b\n", "a b"], ["x\r\n", "x"], [" y \n\n", " y \n"], ["", ""]]
  ) {
    assertEquals(read(setting, await folder.write("content", content)), value);
  }
  assertEquals(read(setting, ""), undefined);
  assertEquals(
    read(setting, folder.file("none")),
    "must be a file that can be read: there is none of that name",
  );
});

Deno.test("pemContent() takes a file that holds what it is to hold, and no key with a passphrase", async () => {
  await using folder = new TempFolder();
  const begins = ["CERTIFICATE", "EC PRIVATE KEY", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY"];
  const mistakes = {
    certificate: "must be a file that holds a certificate in PEM",
    key: "must be a file that holds a key without a passphrase in PEM",
  };
  for (const [kind, taken] of [["certificate", [0]], ["key", [1, 2]]] as const) {
    const setting = pemContent(kind, { doc });
    for (const [i, begin] of begins.entries()) {
      const content = `a comment\n-----BEGIN ${begin}-----`;
      const path = await folder.write("pem", content);
      assertEquals(read(setting, path), taken.some((at) => at === i) ? content : mistakes[kind]);
    }
    assertEquals(read(setting, ""), undefined);
  }
});
