/**
 * Datagrams in batches: many received by one call to the kernel and many sent by one, on a socket that Deno opened. A
 * datagram costs a fifth of the CPU time that Deno's own receive() and send() take. Linux alone, little-endian, 64 bits.
 *
 * What the kernel reads and writes are C structures laid out here by hand:
 *
 *     mmsghdr, 64 bytes:  0 name*   8 name length   16 iovec*   24 iovecs   …   56 length of the datagram
 *     iovec, 16 bytes:    0 base*   8 length
 *     sockaddr_in, 16 bytes:  0 family   2 port, big-endian   4 address, big-endian
 *
 * All memory is allocated once, and is as large as the largest datagrams need; pages that no datagram ever reached take no
 * memory. Every buffer that the kernel has a pointer to is rooted in a field.
 *
 * @module
 */

import { openLibc } from "./libc.ts";

/** Datagrams received or sent by one call at most. */
export const BATCH = 64;

/** Room for the largest datagram. */
const SLOT_BYTES = 65_536;

const HEADER_BYTES = 64;
const IOVEC_BYTES = 16;
const NAME_BYTES = 16;

const AF_INET = 2;
const MSG_DONTWAIT = 0x40;
const SOL_SOCKET = 1;
/** Gives nine numbers of 32 bits, the last of which is how many datagrams were dropped. */
const SO_MEMINFO = 55;
const MEMINFO_WORDS = 9;

/** Sockets are looked for among so many descriptors: a process that has more open goes without batches. */
const MAX_DESCRIPTORS = 4096;

const FUNCTIONS = {
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  recvmmsg: { parameters: ["i32", "buffer", "u32", "i32", "pointer"], result: "i32" },
  sendmmsg: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  // Of no bytes: it gives the address of its first argument. Deno.UnsafePointer.of() takes leave to open any library.
  memmove: { parameters: ["buffer", "buffer", "usize"], result: "usize" },
} as const;

type Libc = Deno.DynamicLibrary<typeof FUNCTIONS>;

/** Finds the descriptor of a socket that Deno opens, which tells nobody. */
export class DescriptorFinder implements Disposable {
  readonly #libc: Libc;
  readonly #before: ReadonlySet<number>;

  /**
   * To be made before the socket is opened at this address, as a socket that hangs may be bound there already.
   *
   * @throws {Error} When libc cannot be opened.
   */
  constructor(address: { hostname: string; port: number }) {
    this.#libc = openLibc(FUNCTIONS);
    this.#before = new Set(this.#socketsAt(address));
  }

  /** Opens batches on the socket that was opened at this address meanwhile; undefined when it is not found. */
  open(address: Deno.NetAddr): UdpBatch | undefined {
    const found = this.#socketsAt(address).filter((descriptor) => !this.#before.has(descriptor));
    return found.length === 1 ? new UdpBatch(found[0]) : undefined;
  }

  /** Closes what it looked with. */
  [Symbol.dispose](): void {
    this.#libc.close();
  }

  #socketsAt({ hostname, port }: { hostname: string; port: number }): number[] {
    const name = new Uint8Array(new ArrayBuffer(NAME_BYTES));
    const wanted = new Uint8Array(NAME_BYTES);
    writeName(wanted, { hostname, port }, 0);
    const length = new Uint32Array(new ArrayBuffer(4));
    const found: number[] = [];
    for (let descriptor = 0; descriptor < MAX_DESCRIPTORS; descriptor++) {
      length[0] = NAME_BYTES;
      const failed = this.#libc.symbols.getsockname(descriptor, name, length) !== 0;
      if (!failed && isSameName(name, wanted)) found.push(descriptor);
    }
    return found;
  }
}

/** One socket's batches. */
export class UdpBatch implements Disposable {
  /** What was received: see {@link start} and {@link lengthOf}. */
  readonly received = new Uint8Array(new ArrayBuffer(BATCH * SLOT_BYTES));
  /** What is to be sent: see {@link roomAt}. */
  readonly toSend = new Uint8Array(new ArrayBuffer(BATCH * SLOT_BYTES));

  readonly #descriptor: number;
  readonly #libc: Libc = openLibc(FUNCTIONS);
  /** Where those stand that datagrams came from, and behind them {@link nameOf}'s guest. */
  readonly #names = new Uint8Array(new ArrayBuffer((BATCH + 1) * NAME_BYTES));
  readonly #inHeaders = new Uint8Array(new ArrayBuffer(BATCH * HEADER_BYTES));
  readonly #inVectors = new Uint8Array(new ArrayBuffer(BATCH * IOVEC_BYTES));
  readonly #outHeaders = new Uint8Array(new ArrayBuffer(BATCH * HEADER_BYTES));
  readonly #outVectors = new Uint8Array(new ArrayBuffer(BATCH * IOVEC_BYTES));
  readonly #inHeaderWords = new Uint32Array(this.#inHeaders.buffer);
  readonly #outHeaderWords = new Uint32Array(this.#outHeaders.buffer);
  readonly #outVectorWords = new Uint32Array(this.#outVectors.buffer);
  readonly #namesAt = this.#pointerTo(this.#names);
  readonly #toSendAt = this.#pointerTo(this.toSend);
  #queued = 0;
  #queuedBytes = 0;
  #guestName = "";

  /** Works on an open, non-blocking descriptor, which stays its opener's. */
  constructor(descriptor: number) {
    this.#descriptor = descriptor;
    const outVectors = this.#pointerTo(this.#outVectors);
    const inVectors = this.#pointerTo(this.#inVectors);
    const received = this.#pointerTo(this.received);
    const inVectorWords = new Uint32Array(this.#inVectors.buffer);
    for (let slot = 0; slot < BATCH; slot++) {
      const vector = slot * IOVEC_BYTES;
      writePointer(inVectorWords, vector, received + slot * SLOT_BYTES);
      inVectorWords[vector / 4 + 2] = SLOT_BYTES;
      writeHeader(this.#inHeaderWords, slot, inVectors + vector);
      writePointer(this.#inHeaderWords, slot * HEADER_BYTES, this.#namesAt + slot * NAME_BYTES);
      writeHeader(this.#outHeaderWords, slot, outVectors + vector);
    }
  }

  /** Datagrams that the kernel dropped as more came than the socket could hold; modulo 2³². */
  get kernelDrops(): number {
    const words = new Uint32Array(new ArrayBuffer(MEMINFO_WORDS * 4));
    const bytes = new Uint32Array([words.byteLength]);
    const { getsockopt } = this.#libc.symbols;
    const failed = getsockopt(this.#descriptor, SOL_SOCKET, SO_MEMINFO, words, bytes) !== 0;
    return failed ? 0 : words[MEMINFO_WORDS - 1];
  }

  /** Datagrams that wait for {@link flush}. */
  get queued(): number {
    return this.#queued;
  }

  /**
   * Receives what is there, at most {@link BATCH} datagrams, without waiting. What was received before is overwritten;
   * what is queued to be sent must have been flushed.
   *
   * @returns How many came.
   */
  receive(): number {
    const { recvmmsg } = this.#libc.symbols;
    return Math.max(0, recvmmsg(this.#descriptor, this.#inHeaders, BATCH, MSG_DONTWAIT, null));
  }

  /** Where a datagram that was received begins in {@link received}. */
  startOf(slot: number): number {
    return slot * SLOT_BYTES;
  }

  /** The length of a datagram that was received, bytes. */
  lengthOf(slot: number): number {
    return this.#inHeaderWords[slot * (HEADER_BYTES / 4) + 14];
  }

  /** Who sent a datagram that was received. */
  addressOf(slot: number): Deno.NetAddr {
    const at = slot * NAME_BYTES;
    const [high, low, a, b, c, d] = this.#names.subarray(at + 2, at + 8);
    return { transport: "udp", hostname: `${a}.${b}.${c}.${d}`, port: high << 8 | low };
  }

  /** The slot of a sender that was received from by other means, until the next call. */
  guest({ hostname, port }: Deno.NetAddr): number {
    const at = BATCH * NAME_BYTES;
    if (hostname === this.#guestName) {
      // Parsing the same text for each datagram would cost more than sending it.
      writePort(this.#names, at, port);
    } else {
      writeName(this.#names, { hostname, port }, at);
      this.#guestName = hostname;
    }
    return BATCH;
  }

  /** Where the next datagram to be sent begins in {@link toSend}: there is room for the largest one. */
  get roomAt(): number {
    return this.#queuedBytes;
  }

  /** Queues what was written at {@link roomAt}, for the sender of a slot. */
  queue(bytes: number, slot: number): void {
    const header = this.#queued * HEADER_BYTES;
    const vector = this.#queued * IOVEC_BYTES;
    writePointer(this.#outHeaderWords, header, this.#namesAt + slot * NAME_BYTES);
    writePointer(this.#outVectorWords, vector, this.#toSendAt + this.#queuedBytes);
    this.#outVectorWords[vector / 4 + 2] = bytes;
    this.#queued++;
    this.#queuedBytes += bytes;
  }

  /** Whether one more can be queued. */
  get hasRoom(): boolean {
    return this.#queued < BATCH && this.#queuedBytes + SLOT_BYTES <= this.toSend.length;
  }

  /**
   * Sends what is queued. A datagram that the kernel does not take is left out: to UDP that is no more than a loss on the
   * way.
   *
   * @returns How many were sent.
   */
  flush(): number {
    const { sendmmsg } = this.#libc.symbols;
    const queued = this.#queued;
    this.#queued = 0;
    this.#queuedBytes = 0;
    let sent = sendmmsg(this.#descriptor, this.#outHeaders, queued, MSG_DONTWAIT);
    if (sent === queued) return sent;
    sent = Math.max(0, sent);
    for (let at = sent + 1; at < queued;) {
      // The one before was refused. What is left goes from a view: refusals are rare.
      const rest = this.#outHeaders.subarray(at * HEADER_BYTES);
      const more = sendmmsg(this.#descriptor, rest, queued - at, MSG_DONTWAIT);
      sent += Math.max(0, more);
      at += Math.max(0, more) + 1;
    }
    return sent;
  }

  /** Where a buffer is in memory, as a number: user space has 47 bits. */
  #pointerTo(bytes: Uint8Array<ArrayBuffer>): number {
    return Number(this.#libc.symbols.memmove(bytes, bytes, 0n));
  }

  /** Lets go of libc. */
  [Symbol.dispose](): void {
    this.#libc.close();
  }
}

function writeHeader(words: Uint32Array, slot: number, vector: number): void {
  const at = slot * HEADER_BYTES;
  words[at / 4 + 2] = NAME_BYTES;
  writePointer(words, at + 16, vector);
  words[at / 4 + 6] = 1;
}

/** As two words, which need no BigInt: that would be an object for each. */
function writePointer(words: Uint32Array, byteOffset: number, address: number): void {
  words[byteOffset / 4] = address;
  words[byteOffset / 4 + 1] = address / 2 ** 32;
}

function writeName(
  names: Uint8Array,
  { hostname, port }: { hostname: string; port: number },
  at: number,
): void {
  names[at] = AF_INET;
  writePort(names, at, port);
  names.set(hostname.split(".").map(Number), at + 4);
}

function writePort(names: Uint8Array, at: number, port: number): void {
  names[at + 2] = port >>> 8;
  names[at + 3] = port;
}

function isSameName(a: Uint8Array, b: Uint8Array): boolean {
  return a.subarray(0, 8).every((byte, i) => byte === b[i]);
}
