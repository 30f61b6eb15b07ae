/**
 * What reporter can be told.
 *
 * @module
 */

import {
  adminSection,
  count,
  logSection,
  millis,
  mysqlSection,
  type OptionValues,
  reactorSection,
  storeSection,
} from "../service/mod.ts";

/** The configuration of reporter. */
export const reporterSchema = {
  reactor: reactorSection({ port: 7779 }),
  mysql: mysqlSection,
  store: storeSection,
  reporter: {
    doc: "How statuses are stored",
    alias: "repoter",
    settings: {
      dbThreadCnt: count({
        key: "db_thread_cnt",
        doc: "Lanes that write to the database side by side",
        default: 3,
        min: 1,
        max: 64,
      }),
      flushMs: millis({
        key: "flush_ms",
        doc: "Time between two writes of a lane; 1,000 rows are written at once",
        default: 200,
        min: 1,
        max: 60_000,
      }),
      maxPending: count({
        key: "max_pending",
        doc: "Statuses held while the database is away; past it new rows are refused",
        default: 100_000,
        min: 1,
        max: 10_000_000,
      }),
    },
  },
  admin: adminSection({ port: 7789 }),
  log: logSection,
};

/** The values of {@link reporterSchema}. */
export type ReporterOptions = OptionValues<typeof reporterSchema>;
