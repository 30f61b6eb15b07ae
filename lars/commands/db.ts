/**
 * The command `db migrate`.
 *
 * @module
 */

import { migrate } from "../../sql/mod.ts";
import type { Command } from "../command.ts";
import { storeFlags, storeOf } from "../store_flags.ts";

/** Commands about the database as a whole. */
export const dbCommands: readonly Command[] = [
  {
    name: "db migrate",
    summary: "Bring the database's tables up to date; safe at any time, and twice",
    args: [],
    flags: { ...storeFlags, json: { doc: "Print JSON" } },
    examples: [
      "db migrate",
      "db migrate --set mysql.db_host=10.0.0.9 --set mysql.db_user=lars --set mysql.db_passwd_file=pw",
    ],
    async run(input) {
      const { applied } = await migrate(storeOf(input));
      if (input.has("json")) console.log(JSON.stringify({ applied }));
      else if (applied.length === 0) console.log("The database is up to date");
      else console.log(applied.map((migration) => `Applied ${migration}`).join("\n"));
      return 0;
    },
  },
];
