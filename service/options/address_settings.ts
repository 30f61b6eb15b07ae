/**
 * Settings that say where something is: addresses, names, ports beside them, networks.
 *
 * @module
 */

import * as v from "valibot";
import { type Network, parseIpv4, parseNetwork } from "../../proto/mod.ts";
import type { Endpoint } from "../../reactor/mod.ts";
import { leading, must, parserOf } from "./parsing.ts";
import {
  type OptionalSettingOptions,
  orNothing,
  type Setting,
  type SettingOptions,
} from "./setting.ts";

// Also with "_", which names given by container engines have.
const HOST_NAME = /^\w([\w-]{0,61}\w)?(\.\w([\w-]{0,61}\w)?)*\.?$/;
const IPV6_ENDPOINT = /^(\[|\S*:\S*:)/;
const PORT = /^0*[1-9]\d*$/;
const MAX_PORT = 65535;
const LEADING_WORD = /^(\S+)\s/;
const BEFORE_COMMENT = /^(.*?)\s+(?:;|#|\/\/)/;
const NO_IPV6 = "must be IPv4: Lars does not speak IPv6";

/** An IPv4 address, dotted. */
export function ipv4(options: SettingOptions<string>): Setting<string> {
  return addressSetting(options, { takes: "an IPv4 address such as 127.0.0.1", isGood: isIpv4 });
}

/** An IPv4 address, dotted, or nothing. */
export function optionalIpv4(options: OptionalSettingOptions): Setting<string | undefined> {
  return orNothing(ipv4({ ...options, default: "" }));
}

/** A host to connect to: an IPv4 address, or a name. */
export function host(options: SettingOptions<string>): Setting<string> {
  return addressSetting(options, { takes: "an IPv4 address or a host name", isGood: isHostName });
}

/** An IPv4 address or a name, or nothing. */
export function optionalHost(options: OptionalSettingOptions): Setting<string | undefined> {
  return orNothing(host({ ...options, default: "" }));
}

/** Where servers of one kind are: `host:port, host:port`, or nothing. */
export function endpoints(options: OptionalSettingOptions): Setting<readonly Endpoint[]> {
  return listSetting(options, {
    takes: "host:port, or several with commas between",
    isIpv6: (item) => IPV6_ENDPOINT.test(item),
    parse: parseEndpoint,
  });
}

/** Networks of addresses: `10.0.0.0/8, 192.168.1.7`, or nothing. */
export function networks(options: OptionalSettingOptions): Setting<readonly Network[]> {
  return listSetting(options, {
    takes: "networks such as 10.0.0.0/8, or addresses, with commas between",
    isIpv6: (item) => item.includes(":"),
    parse: parseNetwork,
  });
}

/** Whether a text is an IPv4 address or a host name; what has only digits and dots must be a good address. */
export function isHostName(value: string): boolean {
  if (/^[\d.]*$/.test(value)) return isIpv4(value);
  return value.length <= 253 && HOST_NAME.test(value);
}

/** What stands between commas. */
const ITEMS = v.pipe(
  v.string(),
  v.transform((value) => value.split(",").map((item) => item.trim()).filter(Boolean)),
);

/** What stands between commas, each read by `parse`, which gives undefined where it is wrong. */
function listSetting<Item>(
  options: OptionalSettingOptions,
  { takes, isIpv6, parse }: {
    takes: string;
    isIpv6: (item: string) => boolean;
    parse: (item: string) => Item | undefined;
  },
): Setting<readonly Item[]> {
  return {
    ...options,
    default: "",
    takes: `${takes}, or nothing`,
    parse: parserOf(v.pipe(
      ITEMS,
      v.check((items) => !items.some(isIpv6), NO_IPV6),
      v.transform((items) => items.map(parse)),
      v.array(v.custom<Item>((item) => item !== undefined, must(takes))),
    )),
    partOf: leading(BEFORE_COMMENT),
  };
}

function addressSetting(
  options: SettingOptions<string>,
  { takes, isGood }: { takes: string; isGood: (value: string) => boolean },
): Setting<string> {
  return {
    ...options,
    takes,
    parse: parserOf(v.pipe(
      v.string(),
      v.check((value) => !value.includes(":"), NO_IPV6),
      v.check(isGood, must(takes)),
    )),
    partOf: leading(LEADING_WORD),
  };
}

function isIpv4(value: string): boolean {
  return parseIpv4(value) !== undefined;
}

function parseEndpoint(item: string): Endpoint | undefined {
  const [hostname, digits = ""] = item.split(":");
  const port = PORT.test(digits) ? Number(digits) : Infinity;
  return isHostName(hostname) && port <= MAX_PORT ? { hostname, port } : undefined;
}
