/**
 * What dns can be told.
 *
 * @module
 */

import {
  adminSection,
  count,
  endpoints,
  logSection,
  millis,
  type OptionValues,
  reactorSection,
  seconds,
  snapshotPath,
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
        doc: "Time between two polls for announced changes",
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
          "long, the next one waits until five times as long has passed.",
        reload: true,
        default: 10,
        min: 0.1,
        max: 86_400,
      }),
      guardPercent: count({
        key: "guard_percent",
        doc: "A loss of more of the modules or hosts that nobody announced is held back; 100: none",
        detail:
          "Found by a full read, that is, by no change that a RouteChange row tells of: somebody may have emptied the table, " +
          "or be restoring a dump. What the database lacks is served on, and an alarm raised. All of a module of 5 or more " +
          "hosts is held back likewise, and fewer than 5 hosts never are. `lars guard` shows what is held, and `lars guard " +
          "accept` has every dns apply it.",
        reload: true,
        default: 50,
        max: 100,
      }),
      guardConfirmations: count({
        key: "guard_confirmations",
        doc: "So many full reads in a row that find the same loss have it applied",
        detail:
          "Of reads that begin reload_interval after one another. Where nothing is left, or less than a tenth, no number of " +
          "reads is enough: only `lars guard accept` is.",
        reload: true,
        default: 6,
        min: 1,
        max: 1_000_000,
      }),
      snapshot: snapshotPath({
        doc: "File that what is served is kept in, for a start without the database; off: none",
        detail:
          "Written when that has changed, at most once a second. A dns whose database does not answer when it starts serves " +
          "it, and says how old it is; one whose database answers holds what that has against it (guard_percent). Each dns " +
          "of a host needs a file of its own.",
        default: "./data/dns.snapshot",
      }),
      admin: endpoints({
        doc: "Admin addresses of all dns, which tools tell of changes; nothing is 127.0.0.1:7788",
        detail:
          "For the tools that change routes, such as lars routes add: every dns that they name here polls the " +
          "database at once. One that is not told of a change finds it at its next poll.",
      }),
    },
  },
  admin: adminSection({ port: 7788 }),
  log: logSection,
};

/** The values of {@link dnsSchema}. */
export type DnsOptions = OptionValues<typeof dnsSchema>;
