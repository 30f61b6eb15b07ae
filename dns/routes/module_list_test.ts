import { assertEquals } from "@std/assert";
import { packModules, unpackModules } from "./module_list.ts";

Deno.test("unpackModules() reads what packModules() packed", () => {
  const modules = [{ modid: 1, cmdid: 0 }, { modid: 2147483647, cmdid: 2147483647 }];
  assertEquals([...unpackModules(packModules(modules))], modules);
  assertEquals([...unpackModules(packModules([]))], []);
});
