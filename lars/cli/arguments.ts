/**
 * Arguments and options that several commands take, parsed and checked. Every parser throws a UsageError that says what the
 * text must be.
 *
 * @module
 */

import { type HostAddress, MAX_MODULE_ID, parseIpv4 } from "../../proto/mod.ts";
import type { Endpoint } from "../../reactor/mod.ts";
import { isHostName, UsageError } from "../../service/mod.ts";
import type { CommandInput, Flag } from "./command.ts";
import { agentToken } from "./server_access.ts";

/** What an integer is called, and its range. */
export interface IntegerRange {
  /** What it is called. */
  name: string;
  /** Smallest value. */
  min: number;
  /** Largest value. */
  max: number;
}

/**
 * Parses a decimal integer.
 *
 * @throws {UsageError} When it is none, or out of range.
 */
export function parseInteger(text: string, { name, min, max }: IntegerRange): number {
  const value = /^-?\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(
    `Cannot read ${name} as it must be an integer ${min} … ${max}: current value is ${text}`,
  );
}

/**
 * Parses a modid or cmdid.
 *
 * @throws {UsageError} When it is none.
 */
export function parseId(name: string, text: string): number {
  return parseInteger(text, { name, min: 0, max: MAX_MODULE_ID });
}

/**
 * Parses `IP:PORT`.
 *
 * @throws {UsageError} When it is not that.
 */
export function parseAddress(text: string): Endpoint & HostAddress {
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
 * Parses `HOST:PORT`, an IPv4 address or a name.
 *
 * @throws {UsageError} When it is not that.
 */
export function parseServer(text: string): Endpoint {
  const [, hostname = "", port = ""] = /^([^:]*):([^:]*)$/.exec(text) ?? [];
  if (isHostName(hostname)) return { hostname, port: parsePort(port) };
  throw new UsageError(
    "Cannot read a server as it must be HOST:PORT with an IPv4 address or a name, like " +
      `10.0.0.5:7778: current value is ${text}`,
  );
}

function parsePort(text: string): number {
  return parseInteger(text, { name: "a port", min: 1, max: 65535 });
}

/**
 * Parses a number of seconds above 0, fractions allowed.
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

/** `--json`. */
export const jsonFlag: Flag = { doc: "Print JSON" };

/** `--seconds`, of commands that run until they are stopped. */
export const secondsFlag: Flag = {
  takes: "S",
  doc: "Stop after this many seconds (until Ctrl-C unless given)",
};

/**
 * The value of `--seconds`; Infinity unless given.
 *
 * @throws {UsageError} When it is no number of seconds.
 */
export function secondsOf(input: CommandInput): number {
  const text = input.value("seconds");
  return text === undefined ? Infinity : parseSeconds(text);
}

/** The largest seed. */
export const MAX_SEED = 0xffff_ffff;

/** `--seed`, of commands that draw random numbers. */
export const seedFlag: Flag = { takes: "N", doc: "Repeat the run that showed this seed" };

/**
 * The value of `--seed`, if given.
 *
 * @throws {UsageError} When it is no seed.
 */
export function seedOf(input: CommandInput): number | undefined {
  const text = input.value("seed");
  if (text === undefined) return undefined;
  return parseInteger(text, { name: "--seed", min: 0, max: MAX_SEED });
}

/** `--agent`. */
export const agentFlag: Flag = {
  takes: "IP:PORT",
  doc: "The agent's address and first port (127.0.0.1:8888 unless given)",
};

/**
 * The value of `--agent`, and what that agent is shown.
 *
 * @throws {UsageError} When no agent can have it: three ports follow each other.
 */
export function agentAddress(input: CommandInput): Endpoint & { token?: string } {
  const { hostname, port } = parseAddress(input.value("agent") ?? "127.0.0.1:8888");
  if (port <= 65533) return { hostname, port, token: agentToken() };
  throw new UsageError(
    `Cannot take port ${port} as the agent's first of three: it must be at most 65533`,
  );
}
