/**
 * What callers hand in, checked: what is not as it must be is a `bad_argument`, told before anything is sent.
 *
 * @module
 */

import { formatIpv4, isModuleName, MAX_MODULE_ID, parseIpv4, SHARD_COUNT } from "../proto/mod.ts";
import { LarsError } from "./lars_error.ts";
import type { LarsClientOptions } from "./options.ts";
import { hasDenoTransport, openDenoTransport } from "./transport/deno_transport.ts";
import { openNodeTransport } from "./transport/node_transport.ts";

/** See {@link LarsClientOptions.totalTimeoutMs}. */
const TOTAL_TIMEOUT_MS = 2000;

/** What stands for 0.0.0.0. */
const LOOPBACK = 0x7f00_0001;

/**
 * A client's options, checked, with their defaults.
 *
 * @throws {LarsError} `bad_argument` when one is not what it must be.
 */
export function settingsOf(options: LarsClientOptions): Required<LarsClientOptions> {
  const { hostname = "127.0.0.1", port = 8888, timeoutMs = 100, tries = 2 } = options;
  const { token = "" } = options;
  const { patienceMs = 5000, isFailure = () => true } = options;
  // Whoever gives `tries`, or is in a hurry otherwise, does not wait for longer than that.
  const longestMs = Math.min(TOTAL_TIMEOUT_MS, 20 * timeoutMs, patienceMs);
  const { totalTimeoutMs = options.tries === undefined ? longestMs : 0 } = options;
  const { openTransport = hasDenoTransport() ? openDenoTransport : openNodeTransport } = options;
  const lastPort = 65535 - SHARD_COUNT + 1;
  const ip = typeof hostname === "string" ? parseIpv4(hostname) : undefined;
  check(ip !== undefined, "hostname", "a dotted IPv4 address", hostname);
  check(isIntegerIn(port, 1, lastPort), "port", `an integer 1 … ${lastPort}`, port);
  // The token itself goes into no message.
  check(typeof token === "string" && TOKEN.test(token), "token", TOKEN_RULE, undefined);
  checkDuration(timeoutMs, "timeoutMs");
  check(isIntegerIn(tries, 1, Infinity), "tries", "an integer above 0", tries);
  for (const [name, ms] of Object.entries({ patienceMs, totalTimeoutMs })) {
    check(Number.isFinite(ms) && ms >= 0, name, "a number, 0 or more", ms);
  }
  checkFunction(isFailure, "isFailure");
  checkFunction(openTransport, "openTransport");
  const agent = formatIpv4(ip || LOOPBACK);
  const waits = { timeoutMs, tries, totalTimeoutMs, patienceMs };
  return { hostname: agent, port, token, ...waits, isFailure, openTransport };
}

const TOKEN = /^[!-~]{0,255}$/;
const TOKEN_RULE = "at most 255 visible ASCII characters, which are not shown here";

/** Checks anything that a caller hands in. */
export function check(ok: boolean, name: string, must: string, value: unknown): asserts ok {
  if (ok) return;
  throw new LarsError(
    "bad_argument",
    `Cannot take ${name} as it must be ${must}: current value is ${show(value)}`,
  );
}

/** Checks a function. */
export function checkFunction(value: unknown, name: string): void {
  check(typeof value === "function", name, "a function", value);
}

/** Checks a time, ms, that something may take. */
export function checkDuration(ms: number, name: string): void {
  check(Number.isFinite(ms) && ms > 0, name, "a number above 0", ms);
}

/** Checks a module's name. */
export function checkModule(modid: number, cmdid: number): void {
  if (isModuleName({ modid, cmdid })) return;
  throw new LarsError(
    "bad_argument",
    `Cannot name a module as modid and cmdid must be integers 0 … ${MAX_MODULE_ID}: ` +
      `current value is (${show(modid)}, ${show(cmdid)})`,
  );
}

/** Checks a host to report on. */
export function checkHost(ok: boolean, host: unknown): asserts ok {
  if (ok) return;
  throw new LarsError(
    "bad_argument",
    "Cannot report on a host as it must be { hostname, port } as getHost() hands it out, a dotted IPv4 address " +
      `and 1 … 65535: current value is ${show(host)}`,
  );
}

/** Whether a value is an integer within both limits. */
export function isIntegerIn(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

/** A value as it is written in code: "8888" is no port, and must not look like one. */
function show(value: unknown): string {
  try {
    const isPlain = typeof value === "string" || Object(value) === value;
    return (isPlain ? JSON.stringify(value) : undefined) ?? String(value);
  } catch {
    return typeof value;
  }
}
