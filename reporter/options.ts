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
  type OptionValues,
  reactorSection,
} from "../service/mod.ts";
import { storeSections } from "../sql/options.ts";

/** The configuration of reporter. */
export const reporterSchema = {
  reactor: reactorSection({ port: 7779 }),
  ...storeSections,
  reporter: {
    doc: "How statuses are stored",
    alias: "repoter",
    settings: {
      dbThreadCnt: count({
        key: "db_thread_cnt",
        doc: "Lanes that write to the database side by side",
        detail:
          "A module belongs to one lane, so they never wait for each other's rows. SQLite has one writer: there " +
          "is one lane then.",
        default: 3,
        min: 1,
        max: 64,
      }),
      flushMs: millis({
        key: "flush_ms",
        doc: "Time between two writes of a lane; 1,000 rows are written at once",
        detail:
          "Of statuses of one row that come meanwhile, only the newest is written: longer spares the database.",
        reload: true,
        default: 200,
        min: 1,
        max: 60_000,
      }),
      maxPending: count({
        key: "max_pending",
        doc: "Statuses held while the database is away; past it new rows are refused",
        detail:
          "One row (module, host and agent) counts once, however often it was reported; it bounds the memory. " +
          "While as many are held, /readyz says not ready.",
        reload: true,
        default: 100_000,
        min: 1,
        max: 10_000_000,
      }),
      statusKeepDays: count({
        key: "status_keep_days",
        doc: "Days after which a status that nobody reports any more is deleted; 0 keeps all",
        detail:
          "What hosts and agents that are gone have left. The table is gone through once an hour, in steps for " +
          "which no write waits. The database's user needs DELETE on ServerCallStatus for it.",
        reload: true,
        default: 7,
        max: 36_500,
      }),
    },
  },
  admin: adminSection({ port: 7789 }),
  log: logSection,
};

/** The values of {@link reporterSchema}. */
export type ReporterOptions = OptionValues<typeof reporterSchema>;
