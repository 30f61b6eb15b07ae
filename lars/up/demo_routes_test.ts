import { assertEquals, assertRejects } from "@std/assert";
import { openRouteStore, type RouteStore, type SqliteConfig } from "../../sql/mod.ts";
import { TempFolder } from "../../testing/temp_folder.ts";
import { CommandError } from "../cli/command.ts";
import { DEMO_MODULE, DemoRoutes, takeBackDemoRoutes } from "./demo_routes.ts";

const PORTS = [40_001, 40_002];
const OWN = { ip: 0x0a00_0001, port: 80 };

interface Scene {
  config: SqliteConfig;
  store: RouteStore;
  /** How many hosts each module has, and the names. */
  content(): Promise<unknown[]>;
}

function testDemo(name: string, run: (scene: Scene) => Promise<void>): void {
  Deno.test(name, async () => {
    await using folder = new TempFolder();
    const config = folder.database;
    await using store = await openRouteStore(config);
    const content = async () => {
      const rows = (await Array.fromAsync(store.readAll())).flat();
      const { modids, cmdids } = await store.readNames();
      return [rows.map(({ modid, port }) => `${modid}:${port}`), [...modids], [...cmdids]];
    };
    await run({ config, store, content });
    const files = Array.from(Deno.readDirSync(folder.path), ({ name }) => name);
    assertEquals(files.filter((name) => name.includes("demo")), []);
  });
}

testDemo("DemoRoutes are there until they are disposed of", async ({ config, content }) => {
  {
    await using _routes = await DemoRoutes.put(config, PORTS);
    const [rows, modids, cmdids] = await content();
    assertEquals((rows as string[]).length, 9 * PORTS.length);
    assertEquals([modids, cmdids], [[[1000, "demo"]], [[1, "hello"]]]);
  }
  assertEquals(await content(), [[], [], []]);
});

testDemo("DemoRoutes leave alone what others have", async ({ config, store, content }) => {
  await store.addHosts({ modid: 1, cmdid: 1 }, [OWN]);
  await store.addHosts({ modid: 2000, cmdid: 1 }, [OWN]);
  await store.setName({ cmdid: 1, name: "search" });
  const before = await content();
  {
    await using _routes = await DemoRoutes.put(config, PORTS);
    assertEquals((await store.readModules([{ modid: 1, cmdid: 1 }])).length, 1);
    assertEquals((await store.readNames()).cmdids.get(1), "search");
    await store.addHosts(DEMO_MODULE, [OWN]);
    await store.setName({ modid: 1000, name: "mine" });
  }
  const [rows, modids, cmdids] = await content();
  assertEquals(rows, [...before[0] as string[], "1000:80"]);
  assertEquals([modids, cmdids], [[[1000, "mine"]], [[1, "search"]]]);
});

testDemo(
  "DemoRoutes of a demo that was ended abruptly are taken back by the next run",
  async ({ config, store, content }) => {
    await store.addHosts({ modid: 3, cmdid: 1 }, [OWN]);
    const before = await content();
    await DemoRoutes.put(config, PORTS);
    await takeBackDemoRoutes(config);
    assertEquals(await content(), before);
    await takeBackDemoRoutes(config);
    assertEquals(await content(), before);
  },
);

testDemo(
  "DemoRoutes.put() throws when its module has hosts of others, and changes nothing",
  async ({ config, store, content }) => {
    await store.addHosts(DEMO_MODULE, [OWN]);
    const before = await content();
    await assertRejects(() => DemoRoutes.put(config, PORTS), CommandError, "routes remove 1000 1");
    assertEquals(await content(), before);
  },
);
