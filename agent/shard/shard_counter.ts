/**
 * What a shard counts.
 *
 * @module
 */

import type { CounterName } from "../../reactor/mod.ts";

/** What a shard counts. */
export const SHARD_COUNTERS = {
  counters: {
    picks: "Picks answered with a host",
    overloaded: "Picks refused because every host of the module was overloaded",
    picksCut:
      "Picks of batches that were not made since their answers would not have fit, or too many modules were named",
    noexist: "Picks and route requests of modules that have no route",
    routes: "Routes handed to clients",
    routesCut: "Routes that did not fit a datagram and were cut",
    reports: "Outcomes of calls reported by clients",
    reportsIgnored: "Reports on modules or hosts that are not in the route",
    repeated: "Requests sent again while their first waited for a route: answered once",
    misdirected: "Requests for a module of another shard or out of range",
    transitions: "Hosts that turned overloaded or healthy",
    restored: "Overloaded hosts that a shard took over from the one it replaced",
    unkept: "Overloaded hosts that a shard's successor would not know of since too many are",
    spared: "Times a host was not overloaded since too many of its module were",
    pulls: "Modules asked of dns",
    pullsRefused:
      "Names that dns was not asked for since too many were that do not exist: told at once that they do not",
    updates: "Routes taken from dns, asked for or pushed",
    statuses: "Module statuses handed to the reporter client",
    forgotten: "Names without a route forgotten to make room for newer ones",
  },
  gauges: {
    modules: "Modules with a route",
    hosts: "Hosts of these modules",
    hostsOverloaded: "Hosts of these modules that are overloaded",
    batched: "Whether datagrams are taken and sent in batches: 1, or 0 where one by one",
    unresolved: "Names without a route that are remembered",
    socketDrops:
      "Datagrams that the kernel dropped as more came than the shard's socket could hold; 0 without batches, which do not tell",
  },
} as const;

/** A number in {@link SHARD_COUNTERS}. */
export type ShardCounter = CounterName<typeof SHARD_COUNTERS>;
