/**
 * From a captured packet to what UDP or TCP carries in it: link layers, IPv4 with its fragments. What carries neither is
 * left out. Pure.
 *
 * @module
 */

import { formatIpv4 } from "../../proto/mod.ts";
import type { Packet } from "./capture_file.ts";

/** Where a payload came from and went to, and what it is. */
export interface Payload {
  /** The sender, as 10.0.0.1:8888. */
  from: string;
  /** The receiver. */
  to: string;
  /** What was carried. */
  bytes: Uint8Array;
  /** Of TCP alone: where the bytes belong. */
  tcp?: {
    /** The number of the first byte, 0 … 2³² − 1. */
    sequence: number;
    /** It opens a connection. */
    isSyn: boolean;
    /** It ends one, by FIN or RST. */
    isEnd: boolean;
  };
}

/** LINKTYPE numbers, of tcpdump.org/linktypes.html. */
const NULL = 0,
  ETHERNET = 1,
  RAW_OPENBSD = 12,
  RAW = 101,
  LOOP = 108,
  SLL = 113,
  IPV4 = 228,
  SLL2 = 276;

const ETHERTYPE_IPV4 = 0x0800;
/** A VLAN's tag stands before the type proper. */
const ETHERTYPES_VLAN = new Set([0x8100, 0x88a8]);
const UDP = 17, TCP = 6;

/** Datagrams whose fragments are not all there yet: more than any capture of sane traffic has at once. */
const MAX_FRAGMENTED = 1000;

/** Unwraps packets; keeps fragments until their datagram is whole. */
export class PacketReader {
  readonly #fragmented = new Map<string, Fragments>();

  /** What the packet carries, or what it makes whole; undefined when that is nothing of UDP or TCP over IPv4. */
  read({ linkType, bytes }: Packet): Payload | undefined {
    const start = ipv4Start(linkType, bytes);
    if (start === undefined) return undefined;
    return this.#ipv4(bytes.subarray(start));
  }

  #ipv4(bytes: Uint8Array): Payload | undefined {
    if (bytes.length < 20 || bytes[0] >>> 4 !== 4) return undefined;
    const view = viewOf(bytes);
    const headerBytes = (bytes[0] & 15) * 4;
    // Offloading to the network card leaves 0 where a packet is captured before it was cut.
    const length = view.getUint16(2) || bytes.length;
    const protocol = bytes[9];
    if (protocol !== UDP && protocol !== TCP) return undefined;
    const payload = bytes.subarray(headerBytes, Math.min(length, bytes.length));
    const [from, to] = [view.getUint32(12), view.getUint32(16)];
    const fragment = view.getUint16(6);
    const [offset, hasMore] = [(fragment & 0x1fff) * 8, (fragment & 0x2000) !== 0];
    let whole: Uint8Array | undefined = payload;
    if (offset > 0 || hasMore) {
      const key = `${from} ${to} ${protocol} ${view.getUint16(4)}`;
      whole = this.#reassemble(key, { offset, hasMore, payload });
    }
    return whole && transport(whole, { protocol, from: formatIpv4(from), to: formatIpv4(to) });
  }

  #reassemble(
    key: string,
    { offset, hasMore, payload }: { offset: number; hasMore: boolean; payload: Uint8Array },
  ): Uint8Array | undefined {
    let fragments = this.#fragmented.get(key);
    if (fragments === undefined) {
      if (this.#fragmented.size === MAX_FRAGMENTED) {
        this.#fragmented.delete(this.#fragmented.keys().next().value!);
      }
      this.#fragmented.set(key, fragments = { parts: new Map() });
    }
    fragments.parts.set(offset, payload);
    if (!hasMore) fragments.totalBytes = offset + payload.length;
    const whole = joined(fragments);
    if (whole !== undefined) this.#fragmented.delete(key);
    return whole;
  }
}

interface Fragments {
  parts: Map<number, Uint8Array>;
  totalBytes?: number;
}

/** The datagram, once every byte of it is there. */
function joined({ parts, totalBytes }: Fragments): Uint8Array | undefined {
  if (totalBytes === undefined) return undefined;
  const whole = new Uint8Array(totalBytes);
  let at = 0;
  while (at < totalBytes) {
    const part = parts.get(at);
    if (part === undefined || part.length === 0) return undefined;
    whole.set(part.subarray(0, totalBytes - at), at);
    at += part.length;
  }
  return whole;
}

/** Where the IPv4 header begins. */
function ipv4Start(linkType: number, bytes: Uint8Array): number | undefined {
  const view = viewOf(bytes);
  switch (linkType) {
    case ETHERNET: {
      let at = 12;
      while (at + 2 <= bytes.length && ETHERTYPES_VLAN.has(view.getUint16(at))) at += 4;
      return at + 2 <= bytes.length && view.getUint16(at) === ETHERTYPE_IPV4 ? at + 2 : undefined;
    }
    case SLL:
      return bytes.length >= 16 && view.getUint16(14) === ETHERTYPE_IPV4 ? 16 : undefined;
    case SLL2:
      return bytes.length >= 20 && view.getUint16(0) === ETHERTYPE_IPV4 ? 20 : undefined;
    case NULL: // the family of the address, in the byte order of the machine that captured
    case LOOP:
      return bytes.length >= 4 && (bytes[0] === 2 || bytes[3] === 2) ? 4 : undefined;
    case RAW:
    case RAW_OPENBSD:
    case IPV4:
      return 0;
    default:
      return undefined;
  }
}

function transport(
  bytes: Uint8Array,
  { protocol, from, to }: { protocol: number; from: string; to: string },
): Payload | undefined {
  if (bytes.length < (protocol === UDP ? 8 : 20)) return undefined;
  const view = viewOf(bytes);
  const ends = { from: `${from}:${view.getUint16(0)}`, to: `${to}:${view.getUint16(2)}` };
  if (protocol === UDP) {
    const length = view.getUint16(4) || bytes.length;
    return { ...ends, bytes: bytes.subarray(8, Math.min(length, bytes.length)) };
  }
  const flags = bytes[13];
  return {
    ...ends,
    bytes: bytes.subarray((bytes[12] >>> 4) * 4),
    tcp: {
      sequence: view.getUint32(4),
      isSyn: (flags & 2) !== 0,
      isEnd: (flags & 5) !== 0,
    },
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
