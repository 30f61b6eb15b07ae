import { assertEquals } from "@std/assert";
import { formatExampleFile, loadOptions } from "../service/mod.ts";
import { exampleFileOf, ROLE_SCHEMAS } from "./generate.ts";
import { TempFolder } from "../testing/temp_folder.ts";

for (const [role, schema] of Object.entries(ROLE_SCHEMAS)) {
  const file = exampleFileOf(role);
  const defaults = loadOptions(schema, { env: () => undefined });

  Deno.test(`conf/${role}.conf says what ${role} does (else: deno task conf)`, async () => {
    assertEquals(await Deno.readTextFile(file), formatExampleFile({ role, schema }));
  });

  Deno.test(`conf/${role}.conf changes nothing, as it is and with every setting in it`, async () => {
    const { settings } = loadOptions(schema, { file: file.pathname, env: () => undefined });
    assertEquals(settings, defaults.settings);

    await using folder = new TempFolder();
    const text = await Deno.readTextFile(file);
    const path = await folder.write("all.conf", text.replaceAll(/^;/gm, ""));
    const all = loadOptions(schema, { file: path, env: () => undefined });
    assertEquals(all.values, defaults.values);
    assertEquals(all.settings.filter(({ origin }) => !origin.startsWith(`${path}:`)), []);
  });
}
