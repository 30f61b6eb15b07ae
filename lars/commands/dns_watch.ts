/**
 * The command `dns watch`.
 *
 * @module
 */

import { DEFAULT_WEIGHT, formatIpv4, type Host } from "../../proto/mod.ts";
import { parseInteger, parseServer, secondsFlag, secondsOf } from "../cli/arguments.ts";
import { type Command, CommandError } from "../cli/command.ts";
import { moduleOf, NAMES_NOTE } from "../routes/module_words.ts";
import { formatHost } from "../routes/route_access.ts";
import { RouteWatch, type WatchedRoute } from "../routes/route_watch.ts";
import { stopped, StopSignal } from "../terminal/stop_signal.ts";
import { dnsAccess } from "../cli/server_access.ts";
import { storeFlags } from "../cli/store_flags.ts";
import { DEFAULT_PORTS } from "../up/stack.ts";

const DEFAULT_DNS = `127.0.0.1:${DEFAULT_PORTS.dns.listen}`;

/** Shows what a dns serves of a module, now and from now on. */
export const dnsWatch: Command = {
  name: "dns watch",
  summary: "Ask a dns itself for a module's route, and show every change that it pushes",
  args: ["MODID", "CMDID"],
  flags: {
    dns: { takes: "HOST:PORT", doc: `The dns to ask (${DEFAULT_DNS} unless given)` },
    seconds: secondsFlag,
    count: { takes: "N", doc: "Stop after so many routes, the first one included" },
    json: { doc: "Print JSON: an object for each route" },
    ...storeFlags,
  },
  examples: ["dns watch shop search", "dns watch 1000 1 --dns 10.0.0.9:7778 --count 1 --json"],
  notes: [
    "The exit code is 1 when no route came, or fewer than --count. How dns is spoken to, by TLS or with a token, stands " +
    "in [dnsserver] of --config, as for an agent; or say --set dnsserver.tls_ca=FILE.",
    NAMES_NOTE,
  ],
  async run(input) {
    const module = await moduleOf(input);
    const dns = parseServer(input.value("dns") ?? DEFAULT_DNS);
    const seconds = secondsOf(input);
    const countText = input.value("count");
    const range = { name: "--count", min: 1, max: 1_000_000_000 };
    const count = countText === undefined ? undefined : parseInteger(countText, range);
    const address = `${dns.hostname}:${dns.port}`;
    const enough = new AbortController();
    let came = 0;
    let awayReason: string | undefined;
    using stop = new StopSignal();
    await using _watch = new RouteWatch({
      module,
      dns,
      access: dnsAccess(input),
      onRoute: (route) => {
        if (came === count) return;
        awayReason = undefined;
        const time = new Date().toISOString();
        if (input.has("json")) {
          const { kind, hosts } = route;
          console.log(JSON.stringify({ time, kind, ...module, hosts: hosts.map(toJson) }));
        } else console.log(`${time}  ${formatRoute(route)}`);
        if (++came === count) enough.abort();
      },
      onAway: (reason) => {
        if (reason !== awayReason) console.error(`lars: dns at ${address} is away: ${reason}`);
        awayReason = reason;
      },
    });
    const signal = AbortSignal.any([stop.signal, enough.signal]);
    await stopped(signal, seconds * 1000);
    if (came >= (count ?? 1)) return 0;
    throw new CommandError(
      came === 0
        ? `Cannot watch as no route came from ${address}: is a dns ready there? \`lars status\` shows it`
        : `Cannot show ${count} routes as only ${came} came`,
    );
  },
};

function toJson({ ip, port, weight }: Host): { hostname: string; port: number; weight: number } {
  return { hostname: formatIpv4(ip), port, weight };
}

function formatRoute({ kind, hosts }: WatchedRoute): string {
  const list = hosts.map((host) =>
    host.weight === DEFAULT_WEIGHT
      ? formatHost(host)
      : `${formatHost(host)} (weight ${host.weight})`
  );
  return `${kind.padEnd(6)}  ${list.join(", ") || "no hosts"}`;
}
