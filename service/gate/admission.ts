/**
 * Who may speak to a server: peers out of certain networks, peers that show a token, or everybody. The rules, and whether
 * somebody passes; not what becomes of those who do not.
 *
 * @module
 */

import { isInNetwork, LOOPBACK, type Network, parseIpv4 } from "../../proto/mod.ts";

/** The longest that a token may be, bytes. */
export const MAX_TOKEN_BYTES = 255;

/** Who may speak; plain data, to be handed to threads. Of both, where both are given, a peer must have one. */
export interface Admission {
  /** Where peers may come from, beside loopback; none is from anywhere. */
  readonly networks: readonly Network[];
  /** The tokens that are valid, each as good as the others; none is that none is wanted. */
  readonly tokens: readonly string[];
}

/** Everybody. */
export const OPEN: Admission = { networks: [], tokens: [] };

/** Whether peers may come from an address, dotted. */
export function admitsAddress({ networks }: Admission, address: string): boolean {
  if (networks.length === 0) return true;
  const ip = parseIpv4(address);
  return ip !== undefined && [LOOPBACK, ...networks].some((network) => isInNetwork(ip, network));
}

const encoder = new TextEncoder();

/**
 * Whether a token is one of the valid ones. How long that takes says nothing of where it differs from them, nor of how
 * long they are: all bytes of all of them are looked at, each time.
 */
export function isValidToken(token: string, valid: readonly string[]): boolean {
  const shown = padded(token);
  let isValid = false;
  for (const each of valid) {
    const wanted = padded(each);
    let difference = 0;
    for (let at = 0; at < shown.length; at++) difference |= shown[at] ^ wanted[at];
    // No "||", which would not look at the others.
    isValid = Number(isValid) + Number(difference === 0) > 0;
  }
  return isValid && shown[0] !== 0;
}

/** A token in as many bytes as every other; what is too long for one is like none. */
function padded(token: string): Uint8Array {
  const bytes = new Uint8Array(MAX_TOKEN_BYTES + 1);
  const { read } = encoder.encodeInto(token, bytes);
  if (read < token.length || bytes[MAX_TOKEN_BYTES] !== 0) bytes.fill(0);
  return bytes;
}
