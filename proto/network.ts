/**
 * Networks of IPv4 addresses, as 10.0.0.0/8 names one.
 *
 * @module
 */

import { parseIpv4 } from "./ipv4.ts";

/** All addresses that begin with the same bits. */
export interface Network {
  /** The first of them, in host order, unsigned. */
  readonly ip: number;
  /** How many addresses there are: a power of two. */
  readonly size: number;
}

/** The addresses that a host has of itself alone: 127.0.0.0/8. */
export const LOOPBACK: Network = { ip: 0x7f00_0000, size: 2 ** 24 };

/**
 * Reads `10.0.0.0/8`, or an address alone, which is a network of one.
 *
 * @returns Undefined where it is neither, or the address has bits beyond the network's.
 */
export function parseNetwork(text: string): Network | undefined {
  const [, address, bits = "32"] = /^([\d.]+)(?:\/(\d{1,2}))?$/.exec(text) ?? [];
  const ip = parseIpv4(address ?? "");
  const size = 2 ** (32 - Number(bits));
  if (ip === undefined || size < 1 || ip % size !== 0) return undefined;
  return { ip, size };
}

/** Says whether an address, in host order and unsigned, is one of the network's. */
export function isInNetwork(ip: number, network: Network): boolean {
  return ip >= network.ip && ip - network.ip < network.size;
}

/** Says whether a dotted address is one of loopback. */
export function isLoopback(address: string): boolean {
  const ip = parseIpv4(address);
  return ip !== undefined && isInNetwork(ip, LOOPBACK);
}
