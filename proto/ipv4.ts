/**
 * IPv4 addresses in their three forms: dotted text for people, an unsigned integer in host order inside Lars and in the
 * database, and the same 32 bits as a signed integer in protobuf's int32.
 *
 * @module
 */

/**
 * Reads a dotted address.
 *
 * @returns The address in host order, 0 … 4294967295, or undefined when `text` is not four decimal numbers 0 … 255.
 */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let ip = 0;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined;
    ip = ip * 256 + Number(part);
  }
  return ip;
}

/** Writes an address, signed or unsigned, dotted. */
export function formatIpv4(ip: number): string {
  return `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`;
}
