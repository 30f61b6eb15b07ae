/**
 * The words of command lines that several commands take, read and checked.
 *
 * @module
 */

import { MAX_MODULE_ID, parseIpv4 } from "../proto/mod.ts";
import { UsageError } from "../service/mod.ts";

/** An address and port, in both forms. */
export interface Endpoint {
  /** IPv4 address, dotted. */
  hostname: string;
  /** The same in host order, unsigned. */
  ip: number;
  /** 1 … 65535. */
  port: number;
}

/** What an integer may be. */
export interface IntegerRange {
  /** What it is called. */
  name: string;
  /** Smallest value. */
  min: number;
  /** Largest value. */
  max: number;
}

/**
 * Reads a decimal integer.
 *
 * @throws {UsageError} When it is none or out of range.
 */
export function parseInteger(text: string, { name, min, max }: IntegerRange): number {
  const value = /^-?\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(
    `Cannot read ${name} as it must be an integer ${min} … ${max}: current value is ${text}`,
  );
}

/**
 * Reads a modid or cmdid.
 *
 * @throws {UsageError} When it is none.
 */
export function parseId(name: string, text: string): number {
  return parseInteger(text, { name, min: 0, max: MAX_MODULE_ID });
}

/**
 * Reads `IP:PORT`.
 *
 * @throws {UsageError} When it is not that.
 */
export function parseEndpoint(text: string): Endpoint {
  const [, hostname = "", port = ""] = /^(.*):([^:]*)$/.exec(text) ?? [];
  const ip = parseIpv4(hostname);
  if (ip === undefined) {
    throw new UsageError(
      `Cannot read an address as it must be IP:PORT, like 10.0.0.5:8080: current value is ${text}`,
    );
  }
  return { hostname, ip, port: parsePort(port) };
}

/**
 * Reads `HOST:PORT`, an IPv4 address or a name.
 *
 * @throws {UsageError} When it is not that.
 */
export function parseServer(text: string): { hostname: string; port: number } {
  const [, hostname = "", port = ""] = /^([^:]*):([^:]*)$/.exec(text) ?? [];
  // What has only digits and dots is meant as an address, so it must be a good one.
  const isHost = /^[\d.]*$/.test(hostname)
    ? parseIpv4(hostname) !== undefined
    : /^[a-z\d][a-z\d._-]*$/i.test(hostname);
  if (!isHost) {
    throw new UsageError(
      "Cannot read a server as it must be HOST:PORT with an IPv4 address or a name, like " +
        `10.0.0.5:7778: current value is ${text}`,
    );
  }
  return { hostname, port: parsePort(port) };
}

/**
 * Reads a port.
 *
 * @throws {UsageError} When it is none.
 */
export function parsePort(text: string): number {
  return parseInteger(text, { name: "a port", min: 1, max: 65535 });
}

/**
 * Reads a number of seconds above 0, fractions allowed.
 *
 * @throws {UsageError} When it is none.
 */
export function parseSeconds(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (seconds > 0) return seconds;
  throw new UsageError(
    `Cannot read seconds as they must be a number above 0: current value is ${text}`,
  );
}
