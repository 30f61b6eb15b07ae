/**
 * For tests: runs one and the same test on a real MariaDB server and on SQLite, each time with a new, empty database.
 *
 * @module
 */

import { type MariadbServer, startMariadb } from "./mariadb.ts";
import type { StoreConfig } from "../sql/mod.ts";
import { TempFolder } from "./temp_folder.ts";

/** The server of this test file, for tests of MariaDB alone. */
export let mariadb: MariadbServer;

Deno.test.beforeAll(async () => {
  mariadb = await startMariadb();
});

Deno.test.afterAll(async () => {
  await mariadb?.[Symbol.asyncDispose](); // there is none where it did not start, which has been said
});

/** Registers a test for each database. The database is not migrated yet. */
export function testOnEachDatabase(
  name: string,
  run: (config: StoreConfig) => Promise<void>,
): void {
  Deno.test(`${name} (MariaDB)`, async () => {
    await run(await mariadb.createDatabase());
  });
  Deno.test(`${name} (SQLite)`, async () => {
    await using folder = new TempFolder();
    await run(folder.database);
  });
}
