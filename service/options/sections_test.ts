import { assertEquals } from "@std/assert";
import { loadOptions } from "./options.ts";
import { adminSection, logSection, reactorSection } from "./sections.ts";

const schema = {
  reactor: reactorSection({ port: 7778 }),
  admin: adminSection({ port: 7788 }),
  log: logSection,
};

function load(...set: string[]) {
  return loadOptions(schema, { env: () => undefined, set }).values;
}

Deno.test("sections run a role without any file", () => {
  assertEquals(load(), {
    reactor: {
      ip: "127.0.0.1",
      port: 7778,
      maxConn: 1024,
      threadNum: 2,
      networks: [],
      tokens: [],
      tokensFromFile: [],
      tlsCert: undefined,
      tlsKey: undefined,
    },
    admin: { ip: "127.0.0.1", port: 7788, tokens: [], tokensFromFile: [] },
    log: { level: "info", format: "auto" },
  });
});
