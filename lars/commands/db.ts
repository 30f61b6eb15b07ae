/**
 * The command `db migrate`.
 *
 * @module
 */

import { migrate, planMigration, surveyDatabase } from "../../sql/mod.ts";
import { jsonFlag } from "../cli/arguments.ts";
import type { Command } from "../cli/command.ts";
import { storeFlags, storeName, storeOf } from "../cli/store_flags.ts";
import { confirm, yesFlag } from "../cli/confirm.ts";

/** Commands about the database as a whole. */
export const dbCommands: readonly Command[] = [
  {
    name: "db migrate",
    summary: "Bring the database's tables up to date; safe at any time, and twice",
    args: [],
    flags: {
      ...storeFlags,
      print: { doc: "Print the SQL that would run on this database, and change nothing" },
      json: jsonFlag,
      yes: yesFlag,
    },
    examples: [
      "db migrate",
      "db migrate --print --config dns.conf",
      "db migrate --set mysql.db_host=10.0.0.9 --set mysql.db_user=lars --set mysql.db_passwd_file=pw",
    ],
    notes: [
      "A database is made when missing. One that holds only tables of something else asks first.",
    ],
    async run(input) {
      const config = storeOf(input);
      const database = storeName(config);
      if (input.has("print")) {
        const plan = await planMigration(config);
        console.log(plan || `-- Database ${database} is up to date`);
        return 0;
      }
      const before = await surveyDatabase(config);
      if (before === "foreign") {
        const plan = [`Database ${database} holds tables of something else, and none of Lars`];
        confirm(plan, { isWanted: input.has("yes"), isShown: false });
      }
      const { applied } = await migrate(config);
      const made = before === "missing";
      if (input.has("json")) console.log(JSON.stringify({ database, made, applied }));
      else {
        const what = made ? "made" : applied.length === 0 ? "is up to date" : "brought up to date";
        const steps = applied.map((migration) => `  applied ${migration}`);
        console.log([`Database ${database} ${what}`, ...steps].join("\n"));
      }
      return 0;
    },
  },
];
