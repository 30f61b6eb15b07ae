/**
 * What reporter takes in: from the first report sent until the last row stands in the database as it was last sent.
 *
 * @module
 */

import type { Database } from "../../sql/database.ts";
import type { StoreConfig } from "../../sql/mod.ts";
import { startMariadb } from "../../testing/mariadb.ts";
import { Role, storeSettings } from "../../testing/role.ts";
import { measureBareUpserts } from "../harness/bare_upserts.ts";
import { fill, makeSqlite, openDatabase } from "../harness/databases.ts";
import { measureAlternating } from "../harness/alternation.ts";
import { until } from "../harness/waiting.ts";
import type { Figure, Suite, SuiteInput } from "../suite.ts";

/** Rows for each second that is asked for: enough for some seconds. */
const NEW_ROWS = 400_000;
const REWRITTEN_ROWS = 100_000;
const REWRITES = 10;

/** Nothing is to be refused: what is measured is how fast rows are stored. So there are no more rows than that. */
const MAX_PENDING = 1_000_000;

const LOOK_EVERY_MS = 20;
const DEADLINE_SEC = 60;
/** The load counts a row's rewrites from here on. */
const FIRST_SUCC = 100;

/** Statuses written to both kinds of databases. */
export const reporterSuite: Suite = {
  name: "reporter",
  summary: "Statuses reported by 4 agents until they are stored, beside bare upserts of 1,000 rows",
  async run(input: SuiteInput) {
    const figures: Figure[] = [];
    {
      await using mariadb = await startMariadb();
      const store = await mariadb.createDatabase();
      await fill(store, 0);
      figures.push(...await measureStore(input, { name: "MariaDB", store, hasTargets: true }));
    }
    const store = await makeSqlite(input.folder, 0);
    figures.push(...await measureStore(input, { name: "SQLite", store, hasTargets: false }));
    return figures;
  },
};

async function measureStore(
  { native, rounds, seconds, signal }: SuiteInput,
  { name, store, hasTargets }: { name: string; store: StoreConfig; hasTargets: boolean },
): Promise<Figure[]> {
  const database = await openDatabase(store);
  await using _closing = { [Symbol.asyncDispose]: () => database.close() };
  const newRows = Math.min(NEW_ROWS * seconds, MAX_PENDING);
  const rewrittenRows = Math.min(REWRITTEN_ROWS * seconds, MAX_PENDING);
  const settings = [...storeSettings(store), `reporter.max_pending=${MAX_PENDING}`];
  await using reporter = await Role.start("reporter", settings);

  async function resultsPerSec({ rows, times }: { rows: number; times: number }): Promise<number> {
    await clear(database);
    const startMs = performance.now();
    const sent = await native.load("status_load", { port: reporter.port, rows, times });
    await until(async () => {
      return await reporter.metric("lars_reporter_lane_pending") === 0 &&
        await countStored(database, times) === sent.rows;
    }, {
      what: `all ${sent.rows} rows are stored`,
      everyMs: LOOK_EVERY_MS,
      deadlineSec: DEADLINE_SEC,
      signal,
    });
    return sent.results / ((performance.now() - startMs) / 1000);
  }

  return await measureAlternating({
    rounds,
    unit: "/s",
    reference: {
      name: "bare upserts",
      async measure() {
        await clear(database);
        return await measureBareUpserts(database, newRows);
      },
    },
    contenders: [
      {
        name: `rows into ${name}, all new`,
        measure: () => resultsPerSec({ rows: newRows, times: 1 }),
        target: hasTargets ? { atLeast: 100_000 } : undefined,
      },
      {
        name: `results into ${name}, rows rewritten ${REWRITES} times`,
        measure: () => resultsPerSec({ rows: rewrittenRows, times: REWRITES }),
        target: hasTargets ? { atLeast: 400_000 } : undefined,
      },
    ],
  });
}

/** How many rows stand as they were last sent. */
async function countStored(database: Database, times: number): Promise<number> {
  const [{ count }] = await database.read<{ count: number }>(
    "SELECT COUNT(*) AS count FROM ServerCallStatus WHERE cmdid = 1 AND succ_cnt = ?",
    [FIRST_SUCC + times - 1],
  );
  return count;
}

async function clear(database: Database): Promise<void> {
  const isMysql = database.dialect === "mysql";
  await database.write(`${isMysql ? "TRUNCATE TABLE" : "DELETE FROM"} ServerCallStatus`);
}
