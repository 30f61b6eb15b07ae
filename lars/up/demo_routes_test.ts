import { assertEquals, assertRejects } from "@std/assert";
import { openRouteStore, type RouteStore, type SqliteConfig } from "../../sql/mod.ts";
import { CommandError } from "../cli/command.ts";
import { DEMO_MODULE, DemoRoutes, takeBackDemoRoutes } from "./demo_routes.ts";

const PORTS = [40_001, 40_002];
const OWN = { ip: 0x0a00_0001, port: 80 };

interface Scene {
  config: SqliteConfig;
  store: RouteStore;
  /** How many hosts each module has, and the names. */
  look(): Promise<unknown[]>;
}

function testDemo(name: string, run: (scene: Scene) => Promise<void>): void {
  Deno.test(name, async () => {
    const folder = await Deno.makeTempDir({ prefix: "lars_demo_" });
    const config: SqliteConfig = { driver: "sqlite", path: `${folder}/lars.db` };
    const store = await openRouteStore(config);
    const look = async () => {
      const rows = (await Array.fromAsync(store.readAll())).flat();
      const { modids, cmdids } = await store.readNames();
      return [rows.map(({ modid, port }) => `${modid}:${port}`), [...modids], [...cmdids]];
    };
    try {
      await run({ config, store, look });
      const files = Array.from(Deno.readDirSync(folder), ({ name }) => name);
      assertEquals(files.filter((name) => name.includes("demo")), []);
    } finally {
      await store.close();
      await Deno.remove(folder, { recursive: true });
    }
  });
}

testDemo("DemoRoutes are there until they are disposed of", async ({ config, look }) => {
  {
    await using _routes = await DemoRoutes.put(config, PORTS);
    const [rows, modids, cmdids] = await look();
    assertEquals((rows as string[]).length, 9 * PORTS.length);
    assertEquals([modids, cmdids], [[[1000, "demo"]], [[1, "hello"]]]);
  }
  assertEquals(await look(), [[], [], []]);
});

testDemo("DemoRoutes leave alone what others have", async ({ config, store, look }) => {
  await store.addHosts({ modid: 1, cmdid: 1 }, [OWN]);
  await store.addHosts({ modid: 2000, cmdid: 1 }, [OWN]);
  await store.setName({ cmdid: 1, name: "search" });
  const before = await look();
  {
    await using _routes = await DemoRoutes.put(config, PORTS);
    assertEquals((await store.readModules([{ modid: 1, cmdid: 1 }])).length, 1);
    assertEquals((await store.readNames()).cmdids.get(1), "search");
    await store.addHosts(DEMO_MODULE, [OWN]);
    await store.setName({ modid: 1000, name: "mine" });
  }
  const [rows, modids, cmdids] = await look();
  assertEquals(rows, [...before[0] as string[], "1000:80"]);
  assertEquals([modids, cmdids], [[[1000, "mine"]], [[1, "search"]]]);
});

testDemo(
  "DemoRoutes of a demo that was ended abruptly are taken back by the next run",
  async ({ config, store, look }) => {
    await store.addHosts({ modid: 3, cmdid: 1 }, [OWN]);
    const before = await look();
    await DemoRoutes.put(config, PORTS);
    await takeBackDemoRoutes(config);
    assertEquals(await look(), before);
    await takeBackDemoRoutes(config);
    assertEquals(await look(), before);
  },
);

testDemo(
  "DemoRoutes.put() throws when its module has hosts of others, and changes nothing",
  async ({ config, store, look }) => {
    await store.addHosts(DEMO_MODULE, [OWN]);
    const before = await look();
    await assertRejects(() => DemoRoutes.put(config, PORTS), CommandError, "routes remove 1000 1");
    assertEquals(await look(), before);
  },
);
