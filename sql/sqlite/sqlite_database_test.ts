import { assert } from "@std/assert";
import { TempFolder } from "../../testing/temp_folder.ts";
import { PATIENCE_MS } from "../../testing/until.ts";
import { migrate } from "../open.ts";
import { SqliteDatabase } from "./sqlite_database.ts";

Deno.test("SqliteDatabase.write() leaves the thread to others when it is called without a pause", async () => {
  await using folder = new TempFolder();
  const config = { driver: "sqlite", path: folder.file("lars.db") } as const;
  await migrate(config);
  await using database = await SqliteDatabase.open(config);
  let isOthersTurn = false;
  setTimeout(() => isOthersTurn = true, 1);
  const endMs = performance.now() + PATIENCE_MS / 10;
  while (!isOthersTurn && performance.now() < endMs) {
    await database.write("UPDATE RouteVersion SET version = version + 1");
  }
  assert(isOthersTurn);
});
