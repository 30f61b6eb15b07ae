/**
 * What dns can be told.
 *
 * @module
 */

import {
  adminSection,
  endpoints,
  logSection,
  millis,
  type OptionValues,
  reactorSection,
  seconds,
} from "../service/mod.ts";
import { storeSections } from "../sql/options.ts";

/** The configuration of dns. */
export const dnsSchema = {
  reactor: reactorSection({ port: 7778 }),
  ...storeSections,
  dns: {
    doc: "How changes in the database are noticed",
    settings: {
      versionPollMs: millis({
        key: "version_poll_ms",
        doc: "Time between two looks at whether a change was announced",
        detail: "An announced change is at the agents after about this. A look is one small query.",
        reload: true,
        default: 200,
        min: 10,
        max: 60_000,
      }),
      reloadIntervalMs: seconds({
        key: "reload_interval",
        doc: "Time between two full reads, which find changes that nobody announced",
        detail:
          "Edits that came with no row of RouteChange are served after this at the latest. Where a read takes " +
          "long, the next one waits until ten times as long has passed.",
        reload: true,
        default: 10,
        min: 0.1,
        max: 86_400,
      }),
      admin: endpoints({
        doc: "Admin addresses of all dns, which tools tell of changes; nothing is 127.0.0.1:7788",
        detail:
          "For the tools that change routes, such as lars routes add: every dns that they name here looks at the " +
          "database at once. One that is not told of a change finds it at its next look.",
      }),
    },
  },
  admin: adminSection({ port: 7788 }),
  log: logSection,
};

/** The values of {@link dnsSchema}. */
export type DnsOptions = OptionValues<typeof dnsSchema>;
