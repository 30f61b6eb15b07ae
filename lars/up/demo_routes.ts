/**
 * The demo's modules in the database: one with a name, which the demo calls, and some for `lars qps`.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";
import { openRouteStore, type StoreConfig } from "../../sql/mod.ts";

/** The module that the demo calls. */
export const DEMO_MODULE: Readonly<ModuleName> = { modid: 1000, cmdid: 1 };

/** What people call it. */
export const DEMO_NAME = { modid: "demo", cmdid: "hello" };

/** Modules 1 … so many, with cmdid 1, are there for `lars qps`. */
const QPS_MODULES = 8;

/** Gives the demo's modules these hosts on 127.0.0.1, and only these: an earlier demo's are gone. */
export async function replaceDemoRoutes(
  config: StoreConfig,
  ports: readonly number[],
): Promise<void> {
  const hosts = ports.map((port) => ({ ip: 0x7f00_0001, port }));
  const qpsModules = Array.from({ length: QPS_MODULES }, (_, i) => ({ modid: i + 1, cmdid: 1 }));
  const store = await openRouteStore(config);
  try {
    await store.changeRoutes(
      [DEMO_MODULE, ...qpsModules].map((module) => ({ ...module, put: hosts, drop: "others" })),
    );
    await store.setName({ modid: DEMO_MODULE.modid, name: DEMO_NAME.modid });
    await store.setName({ cmdid: DEMO_MODULE.cmdid, name: DEMO_NAME.cmdid });
  } finally {
    await store.close();
  }
}
