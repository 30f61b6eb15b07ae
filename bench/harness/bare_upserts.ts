/**
 * The reference of reporter: the same rows written to the same table with nothing in between, as statements whose text is
 * made before the time begins.
 *
 * @module
 */

import type { Database } from "../../sql/database.ts";

const ROWS_AT_ONCE = 1_000;
/** As many as reporter has lanes by default. */
const WRITERS = 3;
const COLUMNS = "modid, cmdid, ip, port, caller, succ_cnt, err_cnt, ts, overload";

/** Writes so many new rows; gives rows per second. */
export async function measureBareUpserts(database: Database, rows: number): Promise<number> {
  const statements = Array.from({ length: Math.ceil(rows / ROWS_AT_ONCE) }, (_, at) => {
    const module = at + 1;
    const values = Array.from(
      { length: ROWS_AT_ONCE },
      (_, n) => `(${module}, 2, ${n}, 8000, 1, 100, 0, 1, '0')`,
    );
    return `INSERT INTO ServerCallStatus (${COLUMNS}) VALUES ${values.join(",")} ${
      onConflict(database)
    }`;
  });
  const startMs = performance.now();
  const remaining = statements.values();
  async function write(): Promise<void> {
    for (const statement of remaining) await database.write(statement);
  }
  await Promise.all(Array.from({ length: WRITERS }, write));
  return statements.length * ROWS_AT_ONCE / ((performance.now() - startMs) / 1000);
}

function onConflict({ dialect }: Database): string {
  return dialect === "mysql"
    ? "ON DUPLICATE KEY UPDATE succ_cnt = VALUES(succ_cnt), ts = VALUES(ts)"
    : "ON CONFLICT DO UPDATE SET succ_cnt = excluded.succ_cnt, ts = excluded.ts";
}
