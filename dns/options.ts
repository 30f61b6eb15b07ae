/**
 * What dns can be told.
 *
 * @module
 */

import {
  adminSection,
  logSection,
  millis,
  mysqlSection,
  type OptionValues,
  reactorSection,
  seconds,
  storeSection,
} from "../service/mod.ts";

/** The configuration of dns. */
export const dnsSchema = {
  reactor: reactorSection({ port: 7778 }),
  mysql: mysqlSection,
  store: storeSection,
  dns: {
    doc: "How changes in the database are noticed",
    settings: {
      versionPollMs: millis({
        key: "version_poll_ms",
        doc: "Time between two looks at whether a change was announced",
        default: 200,
        min: 10,
        max: 60_000,
      }),
      reloadIntervalMs: seconds({
        key: "reload_interval",
        doc: "Time between two full reads, which find changes that nobody announced",
        default: 10,
        min: 0.1,
        max: 86_400,
      }),
    },
  },
  admin: adminSection({ port: 7788 }),
  log: logSection,
};

/** The values of {@link dnsSchema}. */
export type DnsOptions = OptionValues<typeof dnsSchema>;
