/**
 * Packets out of a capture file: pcap, in either byte order, with micro- or nanoseconds, and pcapng. Pure.
 *
 * The formats: draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng of the IETF.
 *
 * @module
 */

/** One captured packet. */
export interface Packet {
  /** When it was captured, ms since 1970. */
  timeMs: number;
  /** What its bytes begin with: a LINKTYPE number. */
  linkType: number;
  /** What was captured of it. */
  bytes: Uint8Array;
  /** Whether the capture holds less than the packet was. */
  isCut: boolean;
}

/** A file that is no capture, or a broken one. */
export class CaptureError extends Error {
  override readonly name = "CaptureError";
}

const PCAP_MICROSECONDS = 0xa1b2_c3d4;
const PCAP_NANOSECONDS = 0xa1b2_3c4d;
const PCAP_HEADER_BYTES = 24;
const PCAP_RECORD_BYTES = 16;

const SECTION_HEADER = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION = 1;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b_3c4d;
const OPTION_TIME_RESOLUTION = 9;

/** Whether a file begins as a capture does. */
export function isCapture(bytes: Uint8Array): boolean {
  if (bytes.length < 4) return false;
  const view = viewOf(bytes);
  return view.getUint32(0) === SECTION_HEADER || pcapOrder(view) !== undefined;
}

/**
 * Reads a capture. The last packet of a file that was cut off is left out.
 *
 * @throws {CaptureError} When a length in it cannot be.
 */
export function* readCapture(bytes: Uint8Array): Generator<Packet> {
  if (viewOf(bytes).getUint32(0) === SECTION_HEADER) yield* readPcapng(bytes);
  else yield* readPcap(bytes);
}

function* readPcap(bytes: Uint8Array): Generator<Packet> {
  const view = viewOf(bytes);
  const order = pcapOrder(view);
  if (order === undefined || bytes.length < PCAP_HEADER_BYTES) {
    throw new CaptureError("Cannot read the capture as it must begin with a header of 24 bytes");
  }
  const { little, perMs } = order;
  const linkType = view.getUint32(20, little) & 0xffff;
  for (let at = PCAP_HEADER_BYTES; at + PCAP_RECORD_BYTES <= bytes.length;) {
    const seconds = view.getUint32(at, little);
    const fraction = view.getUint32(at + 4, little);
    const held = view.getUint32(at + 8, little);
    const length = view.getUint32(at + 12, little);
    at += PCAP_RECORD_BYTES;
    if (at + held > bytes.length) return;
    yield {
      timeMs: seconds * 1000 + fraction / perMs,
      linkType,
      bytes: bytes.subarray(at, at + held),
      isCut: held < length,
    };
    at += held;
  }
}

function pcapOrder(view: DataView): { little: boolean; perMs: number } | undefined {
  for (const little of [true, false]) {
    const magic = view.getUint32(0, little);
    if (magic === PCAP_MICROSECONDS) return { little, perMs: 1e3 };
    if (magic === PCAP_NANOSECONDS) return { little, perMs: 1e6 };
  }
  return undefined;
}

interface Interface {
  linkType: number;
  snapBytes: number;
  /** Units of its times in a millisecond. */
  perMs: number;
}

function* readPcapng(bytes: Uint8Array): Generator<Packet> {
  const view = viewOf(bytes);
  let little = true;
  let interfaces: Interface[] = [];
  for (let at = 0; at + 12 <= bytes.length;) {
    const isSection = view.getUint32(at) === SECTION_HEADER;
    if (isSection) {
      little = view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC;
      interfaces = [];
    }
    const type = view.getUint32(at, little);
    const length = view.getUint32(at + 4, little);
    if (length < 12 || length % 4 !== 0) {
      throw new CaptureError(
        `Cannot read the capture: its block at byte ${at} must be 12 bytes or more, it is ${length}`,
      );
    }
    if (at + length > bytes.length) return;
    const block = bytes.subarray(at + 8, at + length - 4);
    at += length;
    if (isSection) continue;
    if (type === INTERFACE_DESCRIPTION) interfaces.push(readInterface(block, little));
    else if (type === ENHANCED_PACKET || type === SIMPLE_PACKET) {
      const packet = readPacketBlock(block, { type, little, interfaces });
      if (packet !== undefined) yield packet;
    }
  }
}

function readInterface(block: Uint8Array, little: boolean): Interface {
  const view = viewOf(block);
  let perMs = 1e3;
  for (let at = 8; at + 4 <= block.length;) {
    const [code, length] = [view.getUint16(at, little), view.getUint16(at + 2, little)];
    if (code === OPTION_TIME_RESOLUTION && length >= 1) {
      const resolution = block[at + 4];
      perMs = (resolution < 128 ? 10 ** resolution : 2 ** (resolution & 127)) / 1000;
    }
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return { linkType: view.getUint16(0, little), snapBytes: view.getUint32(4, little), perMs };
}

function readPacketBlock(
  block: Uint8Array,
  { type, little, interfaces }: { type: number; little: boolean; interfaces: readonly Interface[] },
): Packet | undefined {
  const view = viewOf(block);
  if (type === SIMPLE_PACKET) {
    const [from] = interfaces;
    if (from === undefined || block.length < 4) return undefined;
    const length = view.getUint32(0, little);
    const held = Math.min(length, block.length - 4, from.snapBytes || Infinity);
    const bytes = block.subarray(4, 4 + held);
    return { timeMs: 0, linkType: from.linkType, bytes, isCut: held < length };
  }
  if (block.length < 20) return undefined;
  const from = interfaces[view.getUint32(0, little)];
  const held = view.getUint32(12, little);
  if (from === undefined || 20 + held > block.length) return undefined;
  const time = view.getUint32(4, little) * 2 ** 32 + view.getUint32(8, little);
  return {
    timeMs: time / from.perMs,
    linkType: from.linkType,
    bytes: block.subarray(20, 20 + held),
    isCut: held < view.getUint32(16, little),
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
