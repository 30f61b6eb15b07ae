/**
 * Datagrams in batches: many received by one call to the kernel and many sent by one, on a socket that Deno opened. A
 * datagram costs a fifth of the CPU time that Deno's own receive() and send() take. Linux alone, little-endian, 64 bits.
 *
 * What the kernel reads and writes are C structures laid out here by hand:
 *
 *     mmsghdr, 64 bytes:  0 name*   8 name length   16 iovec*   24 iovecs   32 control*   40 control length
 *                         56 length of the datagram
 *     iovec, 16 bytes:    0 base*   8 length
 *     sockaddr_in, 16 bytes:  0 family   2 port, big-endian   4 address, big-endian
 *     control, 32 bytes:  0 length   8 level   12 type   16 interface   20 local address   24 address in the datagram
 *     pollfd, 8 bytes:    0 descriptor   4 events   6 events that came
 *
 * A socket on every address (0.0.0.0) has the kernel say by IP_PKTINFO which of them a datagram was sent to, and its answer
 * leaves from there: who asked an address takes no answer from another one.
 *
 * All memory is allocated once, and is as large as the largest datagrams need; pages that no datagram ever reached take no
 * memory. Every buffer that the kernel has a pointer to is rooted in a field.
 *
 * @module
 */

import { openLibc } from "../libc.ts";

/** Datagrams received or sent by one call at most. */
export const BATCH = 64;

/** Room for the largest datagram. */
const SLOT_BYTES = 65_536;

const HEADER_BYTES = 64;
const IOVEC_BYTES = 16;
const NAME_BYTES = 16;
const CONTROL_BYTES = 32;
const POLLFD_BYTES = 8;

/** Behind the slots of a batch: the sender of a datagram that was received by Deno, and the receiver of a late answer. */
const FIRST_SLOT = BATCH;
const LATE_SLOT = BATCH + 1;
const SLOTS = BATCH + 2;

const AF_INET = 2;
const MSG_DONTWAIT = 0x40;
const IPPROTO_IP = 0;
const IP_PKTINFO = 8;
const SHUT_RD = 0;
const POLLIN = 1;
const POLLOUT = 4;
const POLLNVAL = 32;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
/** Gives nine numbers of 32 bits, the last of which is how many datagrams were dropped. */
const SO_MEMINFO = 55;
const MEMINFO_WORDS = 9;

/**
 * What the kernel is to hold of what has arrived. A small datagram takes some 800 bytes of it: its usual 208 KiB are full
 * of 250, which is what a flood brings while the thread waits for a processor, and then those of others are dropped. What
 * is held longer than clients wait, 100 ms, is of no use to them: this is some 25 ms of a shard's work.
 */
const RECEIVE_BYTES = 2 * 2 ** 20;

/** A socket whose buffer is full is given so long to send some of it, ms. */
const ROOM_WAIT_MS = 1;

/** Descriptors searched for the socket: a process that has more open goes without batches. */
const MAX_DESCRIPTORS = 4096;

const POLL = { parameters: ["buffer", "usize", "i32"], result: "i32" } as const;

/** To open a function takes 0.15 ms, which callers may wait for: no more of them than are needed. */
const FINDER_FUNCTIONS = {
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  poll: POLL,
} as const;

const FUNCTIONS = {
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  recvmmsg: { parameters: ["i32", "buffer", "u32", "i32", "pointer"], result: "i32" },
  sendmmsg: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  poll: POLL,
  pollElsewhere: {
    ...POLL,
    name: "poll",
    nonblocking: true,
  },
  // Of no bytes: it gives the address of its first argument. Deno.UnsafePointer.of() takes leave to open any library.
  memmove: { parameters: ["buffer", "buffer", "usize"], result: "usize" },
} as const;

type Libc = Deno.DynamicLibrary<typeof FUNCTIONS>;

/** Finds the descriptor of a socket that Deno opens, which tells nobody. */
export class DescriptorFinder implements Disposable {
  readonly #libc: Deno.DynamicLibrary<typeof FINDER_FUNCTIONS>;
  readonly #before: ReadonlySet<number>;

  /**
   * To be made before the socket is opened at this address, as a socket that hangs may be bound there already.
   *
   * @throws {Error} When libc cannot be opened.
   */
  constructor(address: { hostname: string; port: number }) {
    this.#libc = openLibc(FINDER_FUNCTIONS);
    this.#before = new Set(this.#socketsAt(address));
  }

  /** Opens batches on the socket that was opened at this address meanwhile; undefined when it is not found. */
  open(address: Deno.NetAddr): UdpBatch | undefined {
    const found = this.#socketsAt(address).filter((descriptor) => !this.#before.has(descriptor));
    if (found.length !== 1) return undefined;
    return new UdpBatch(found[0], { hasAnyAddress: address.hostname === "0.0.0.0" });
  }

  /** Closes libc. */
  [Symbol.dispose](): void {
    this.#libc.close();
  }

  #socketsAt({ hostname, port }: { hostname: string; port: number }): number[] {
    const name = new Uint8Array(new ArrayBuffer(NAME_BYTES));
    const wanted = new Uint8Array(NAME_BYTES);
    writeName(wanted, { hostname, port }, 0);
    const length = new Uint32Array(new ArrayBuffer(4));
    return this.#openDescriptors().filter((descriptor) => {
      length[0] = NAME_BYTES;
      const failed = this.#libc.symbols.getsockname(descriptor, name, length) !== 0;
      return !failed && isSameName(name, wanted);
    });
  }

  /** By one call for all: to ask for the name of each of thousands that are not open takes longer than a shard's start. */
  #openDescriptors(): number[] {
    for (let limit = MAX_DESCRIPTORS; limit > 0; limit >>= 1) {
      const words = new Int32Array(new ArrayBuffer(limit * POLLFD_BYTES));
      for (let descriptor = 0; descriptor < limit; descriptor++) words[2 * descriptor] = descriptor;
      // Refused where fewer than that may be open.
      if (this.#libc.symbols.poll(words, BigInt(limit), 0) < 0) continue;
      return Array.from({ length: limit }, (_, descriptor) => descriptor).filter((descriptor) =>
        (words[2 * descriptor + 1] >>> 16 & POLLNVAL) === 0
      );
    }
    return [];
  }
}

/** Whom a late answer is for. */
export interface LatePeer {
  /** Its address, as the kernel has it. */
  readonly name: Uint8Array;
  /** The address that it asked, as the kernel has it; empty on a socket that has one address. */
  readonly control: Uint8Array;
}

/** One socket's batches. */
export class UdpBatch implements Disposable {
  /** Whether the socket is on every address, so that the kernel has to say which one was asked. */
  readonly hasAnyAddress: boolean;
  /** What was received: see {@link startOf} and {@link lengthOf}. */
  readonly received = new Uint8Array(new ArrayBuffer(BATCH * SLOT_BYTES));
  /** What is to be sent: see {@link roomAt}. */
  readonly toSend = new Uint8Array(new ArrayBuffer(BATCH * SLOT_BYTES));

  readonly #descriptor: number;
  readonly #libc: Libc = openLibc(FUNCTIONS);
  /** Where those stand that datagrams came from, by slot. */
  readonly #names = new Uint8Array(new ArrayBuffer(SLOTS * NAME_BYTES));
  /** Which address they sent to, by slot. */
  readonly #controls = new Uint8Array(new ArrayBuffer(SLOTS * CONTROL_BYTES));
  readonly #controlWords = new Uint32Array(this.#controls.buffer);
  readonly #readable = pollFor(POLLIN);
  /** The kernel has it while this thread goes on. */
  readonly #readableElsewhere = pollFor(POLLIN);
  readonly #writable = pollFor(POLLOUT);
  readonly #inHeaders = new Uint8Array(new ArrayBuffer(BATCH * HEADER_BYTES));
  readonly #inVectors = new Uint8Array(new ArrayBuffer(BATCH * IOVEC_BYTES));
  readonly #outHeaders = new Uint8Array(new ArrayBuffer(BATCH * HEADER_BYTES));
  readonly #outVectors = new Uint8Array(new ArrayBuffer(BATCH * IOVEC_BYTES));
  readonly #inHeaderWords = new Uint32Array(this.#inHeaders.buffer);
  readonly #outHeaderWords = new Uint32Array(this.#outHeaders.buffer);
  readonly #outVectorWords = new Uint32Array(this.#outVectors.buffer);
  readonly #namesAt = this.#pointerTo(this.#names);
  readonly #controlsAt = this.#pointerTo(this.#controls);
  readonly #toSendAt = this.#pointerTo(this.toSend);
  #isClosed = false;
  #queued = 0;
  #queuedBytes = 0;
  #firstName = "";

  /** Works on an open, non-blocking descriptor, which stays its opener's. */
  constructor(descriptor: number, { hasAnyAddress }: { hasAnyAddress: boolean }) {
    this.#descriptor = descriptor;
    for (const poll of [this.#readable, this.#readableElsewhere, this.#writable]) {
      poll[0] = descriptor;
    }
    this.hasAnyAddress = hasAnyAddress && this.#askForAddresses();
    this.#setOption(SOL_SOCKET, SO_RCVBUF, RECEIVE_BYTES); // or as much as the system allows
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
      if (this.hasAnyAddress) {
        const control = slot * HEADER_BYTES + 32;
        writePointer(this.#inHeaderWords, control, this.#controlsAt + slot * CONTROL_BYTES);
        this.#outHeaderWords[control / 4 + 2] = CONTROL_BYTES;
      }
    }
  }

  #askForAddresses(): boolean {
    return this.#setOption(IPPROTO_IP, IP_PKTINFO, 1);
  }

  #setOption(level: number, option: number, number: number): boolean {
    const value = Uint32Array.of(number);
    const { setsockopt } = this.#libc.symbols;
    return setsockopt(this.#descriptor, level, option, value, value.byteLength) === 0;
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
    if (!this.hasAnyAddress) {
      return Math.max(0, recvmmsg(this.#descriptor, this.#inHeaders, BATCH, MSG_DONTWAIT, null));
    }
    for (let slot = 0; slot < BATCH; slot++) {
      // The kernel wrote here how much it had said.
      this.#inHeaderWords[slot * (HEADER_BYTES / 4) + 10] = CONTROL_BYTES;
    }
    const count = recvmmsg(this.#descriptor, this.#inHeaders, BATCH, MSG_DONTWAIT, null);
    for (let slot = 0; slot < count; slot++) {
      // By whichever interface the answer is to leave: the routing table knows.
      this.#controlWords[slot * (CONTROL_BYTES / 4) + 4] = 0;
    }
    return Math.max(0, count);
  }

  /** Waits in the kernel, with this thread, until there is something to receive; says whether there is. */
  wait(timeoutMs: number): boolean {
    return this.#libc.symbols.poll(this.#readable, 1n, timeoutMs) > 0;
  }

  /** Waits in another thread until there is something to receive; says whether there is. */
  async waitElsewhere(timeoutMs: number): Promise<boolean> {
    return await this.#libc.symbols.pollElsewhere(this.#readableElsewhere, 1n, timeoutMs) > 0;
  }

  /** Has {@link waitElsewhere} return at once from now on: nothing is to be received any more. */
  endWaits(): void {
    this.#libc.symbols.shutdown(this.#descriptor, SHUT_RD);
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

  /** The slot of the sender of a datagram that was received by Deno, until the next call. */
  firstSlot({ hostname, port }: Deno.NetAddr): number {
    const at = FIRST_SLOT * NAME_BYTES;
    if (hostname === this.#firstName) {
      // Parsing the same text for each datagram would cost more than sending it.
      writePort(this.#names, at, port);
    } else {
      writeName(this.#names, { hostname, port }, at);
      this.#firstName = hostname;
    }
    return FIRST_SLOT;
  }

  /** The sender of a slot, to be answered at any time. */
  keep(slot: number): LatePeer {
    const name = this.#names.slice(slot * NAME_BYTES, (slot + 1) * NAME_BYTES);
    if (!this.hasAnyAddress) return { name, control: new Uint8Array() };
    const control = this.#controls.slice(slot * CONTROL_BYTES, (slot + 1) * CONTROL_BYTES);
    return { name, control };
  }

  /** The slot of a peer that was kept, until the next call: what is queued for it must be flushed before. */
  late({ name, control }: LatePeer): number {
    this.#names.set(name, LATE_SLOT * NAME_BYTES);
    this.#controls.set(control, LATE_SLOT * CONTROL_BYTES);
    return LATE_SLOT;
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
    if (this.hasAnyAddress) {
      writePointer(this.#outHeaderWords, header + 32, this.#controlsAt + slot * CONTROL_BYTES);
    }
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
    const queued = this.#queued;
    this.#queued = 0;
    this.#queuedBytes = 0;
    if (this.#isClosed) return 0;
    const { poll, sendmmsg } = this.#libc.symbols;
    let sent = Math.max(0, sendmmsg(this.#descriptor, this.#outHeaders, queued, MSG_DONTWAIT));
    if (sent === queued) return sent;
    // The next one was refused: as the socket's buffer is full, or for good.
    for (let at = sent; at < queued;) {
      if (poll(this.#writable, 1n, ROOM_WAIT_MS) <= 0) return sent;
      const rest = this.#outHeaders.subarray(at * HEADER_BYTES);
      const more = Math.max(0, sendmmsg(this.#descriptor, rest, queued - at, MSG_DONTWAIT));
      sent += more;
      at += Math.max(1, more);
    }
    return sent;
  }

  /** Where a buffer is in memory, as a number: user space has 47 bits. */
  #pointerTo(bytes: Uint8Array<ArrayBuffer>): number {
    return Number(this.#libc.symbols.memmove(bytes, bytes, 0n));
  }

  /** Lets go of libc. Nothing is sent any more. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#libc.close();
  }
}

/** To wait for something to happen to one descriptor, which is its first word. */
function pollFor(events: number): Int32Array<ArrayBuffer> {
  const words = new Int32Array(new ArrayBuffer(POLLFD_BYTES));
  words[1] = events;
  return words;
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
