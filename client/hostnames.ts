/**
 * Dotted addresses and the numbers that they stand for, remembered: a client meets the same few over and over, and
 * neither writes nor reads one twice.
 *
 * @module
 */

import { formatIpv4, parseIpv4 } from "../proto/mod.ts";

/** How many addresses are remembered, each way; then all are forgotten, and remembered anew as they come. */
const MAX_REMEMBERED = 65_536;

/** Both ways between an address's two forms. */
export class Hostnames {
  readonly #hostnames = new Map<number, string>();
  readonly #ips = new Map<string, number>();

  /** The dotted form of an address. */
  hostnameOf(ip: number): string {
    let hostname = this.#hostnames.get(ip);
    if (hostname === undefined) remember(this.#hostnames, ip, hostname = formatIpv4(ip));
    return hostname;
  }

  /** The address in host order, unsigned; undefined when `hostname` is not a dotted one. */
  ipOf(hostname: unknown): number | undefined {
    let ip = this.#ips.get(hostname as string);
    if (ip === undefined && typeof hostname === "string") {
      ip = parseIpv4(hostname);
      if (ip !== undefined) remember(this.#ips, hostname, ip);
    }
    return ip;
  }
}

function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  if (map.size >= MAX_REMEMBERED) map.clear();
  map.set(key, value);
}
