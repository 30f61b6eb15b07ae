/**
 * One TCP connection, of a server or a client: reads → ring → frames → router, and answers → send queue → writes.
 *
 * It handles no more than it can answer: while more than `pauseBytes` wait to be sent, the frames that have come stay in
 * the ring and nothing is read, so a peer that asks without listening is held back by TCP itself. What is sent unasked
 * may go beyond that, up to `highWaterBytes`: then, or when nothing could be written for `stallTimeoutMs`, the peer is a
 * slow reader and is disconnected.
 *
 * It writes whole frames, and pauses now and then while more waits, for agents of the C++ Lars: they take each read for whole
 * frames, and crash where it is not. Between pauses it writes no more than their kernels take in at once, so what they
 * read ends where a write did. Peers that have announced themselves, or speak TLS, are not of these.
 *
 * It yields to the other connections of its thread: a peer may send faster than its frames are handled, and then every
 * read and write is ready at once, and nothing else in the thread would ever run.
 *
 * @module
 */

import type { BufferPool } from "../buffer/buffer_pool.ts";
import { PoolExhaustedError } from "../buffer/buffer_pool.ts";
import { type ConnectionLimits, DEFAULT_LIMITS } from "./connection_limits.ts";
import { type Clock, realClock } from "../clock.ts";
import type { Counters } from "../threads/counters.ts";
import { fairYielder } from "../threads/cooperative_yield.ts";
import { encodeFrame, HEADER_BYTES, writeHeader } from "../frame/frame.ts";
import { decodeFrames, ProtocolError } from "../frame/frame_decoder.ts";
import { RingBuffer } from "../buffer/ring_buffer.ts";
import type { Dispatcher } from "../frame/router.ts";
import { SendQueue } from "../buffer/send_queue.ts";
import type { TcpCounter } from "./tcp_counter.ts";

/** What a connection needs of its socket; one under TLS is known by its handshake. */
export type TcpSocket =
  & Pick<Deno.Conn<Deno.NetAddr>, "localAddr" | "remoteAddr" | "read" | "write" | "close">
  & Pick<Deno.Conn<Deno.NetAddr>, "closeWrite">
  & Partial<Pick<Deno.TcpConn, "setNoDelay" | "setKeepAlive">>
  & Partial<Pick<Deno.TlsConn, "handshake">>;

/** What a connection is made of. */
export interface ConnectionOptions<State> {
  /** Unique among the connections of one thread. */
  id: number;
  /** The socket; the connection owns it from now on. */
  tcp: TcpSocket;
  /** Takes the frames. */
  router: Dispatcher<Connection<State>>;
  /** What the handlers keep for this connection. */
  state: State;
  /** Where buffers come from. */
  pool: BufferPool;
  /** What is counted. */
  counters: Pick<Counters<TcpCounter>, "add">;
  /** Limits other than the default ones. */
  limits?: ConnectionLimits;
  /**
   * Tells the time.
   * @default the system's
   */
  clock?: Clock;
}

/** A ring grows up to here while reads fill it; larger only for what a frame needs. */
const LARGEST_READ_BYTES = 64 << 10;
const SMALLEST_READ_BYTES = 4 << 10;

/**
 * Bytes that are written without a pause while more waits: half of the 64 KiB that a peer's kernel has room for at first.
 * What it has no room for stays in ours, which packs writes together there and parts them anywhere.
 */
const BURST_BYTES = 32 << 10;

/** The pause, ms: for a peer that reads, time to do so. */
const PAUSE_MS = 1;

/** While more than this waits there is no pause: throughput counts then, and memory. */
const MAX_PACED_BYTES = 1 << 20;

/** The msgid of a frame that says nothing: whoever reads it skips it. */
const NOTHING = 0;
const PROBE = encodeFrame(NOTHING, new Uint8Array());

/**
 * After so long without a write a peer under TLS is sent a frame that says nothing, ms: Deno lets no server have TCP ask
 * whether such a peer is still there, and of one that is gone the system tells who writes.
 */
const PROBE_INTERVAL_MS = 60_000;

/** Frames handled between two checks whether a yield is due. */
const FRAMES_PER_CHECK = 16;

/** A connection with `State` kept for its handlers. */
export class Connection<State> {
  /** Unique among the connections of one thread. */
  readonly id: number;
  /** Our end. */
  readonly local: Deno.NetAddr;
  /** The peer's end. */
  readonly remote: Deno.NetAddr;
  /** Whatever the handlers keep for this connection. */
  state: State;
  /**
   * Whether the peer is known to be of our own making, and so to read frames wherever its reads end: writes to it are not
   * paced. Who finds that out says so here.
   */
  isAnnounced = false;
  /** Resolves when the connection is over and its memory given back. */
  readonly closed: Promise<void>;

  readonly #tcp: TcpSocket;
  readonly #router: Dispatcher<Connection<State>>;
  readonly #pool: BufferPool;
  readonly #counters: Pick<Counters<TcpCounter>, "add">;
  readonly #limits: Required<ConnectionLimits>;
  readonly #clock: Clock;
  readonly #queue: SendQueue;
  readonly #header = new Uint8Array(HEADER_BYTES);

  #isOpen = true;
  #isEnding = false;
  #hasSpoken = false;
  #flushing?: Promise<void>;
  #resume?: () => void;
  /** Since when the present write has not got on. */
  #writingSinceMs?: number;
  /** Since when the rest of a frame that has begun is awaited. */
  #awaitingSinceMs?: number;
  #wroteAtMs: number;

  /** Takes over `tcp` and begins to read in the next turn of the event loop. */
  constructor(options: ConnectionOptions<State>) {
    const { id, tcp, router, state, pool, counters, limits, clock = realClock } = options;
    this.id = id;
    this.state = state;
    this.local = tcp.localAddr;
    this.remote = tcp.remoteAddr;
    this.#tcp = tcp;
    this.#router = router;
    this.#pool = pool;
    this.#counters = counters;
    this.#clock = clock;
    this.#wroteAtMs = clock.nowMs();
    this.#queue = new SendQueue(pool);
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    tcp.setNoDelay?.(true);
    tcp.setKeepAlive?.(true);
    this.#counters.add("connections");
    this.closed = this.#run();
  }

  /** Says whether it can still be sent on. */
  get isOpen(): boolean {
    return this.#isOpen && !this.#isEnding;
  }

  /** Says whether the peer has ever sent a whole frame. */
  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }

  /** Bytes waiting to be sent. */
  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  /**
   * Queues a message; what one turn of the event loop queues leaves in one write.
   *
   * @returns Whether it was queued: not when the connection is closed, or closed now because the peer does not read.
   * @throws {RangeError} When the body is longer than a frame may hold.
   */
  send(msgid: number, body: Uint8Array): boolean {
    writeHeader(this.#header, { msgid, bodyBytes: body.length });
    return this.#push(this.#header, body);
  }

  /** Queues a frame that is ready-made, header and all; like {@link send} otherwise. */
  sendFrame(frame: Uint8Array): boolean {
    return this.#push(frame);
  }

  /** Closes at once; what is queued is lost. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      this.#tcp.close();
    } catch {
      // Closed already: the peer was faster.
    }
    this.#resume?.();
  }

  /** Closes at once, as the peer may not speak here, and counts it. */
  deny(): void {
    if (this.#isOpen) this.#counters.add("denied");
    this.close();
  }

  /**
   * Closes in peace: sends what is queued, says that nothing more will come, and goes on reading what the peer has sent
   * until the peer closes too or `graceMs` are over. Nothing that arrived is lost.
   */
  async end(graceMs: number): Promise<void> {
    this.#isEnding = true;
    const timer = this.#clock.after(graceMs, () => this.close());
    await this.#flushing;
    try {
      if (this.#isOpen) await this.#tcp.closeWrite();
    } catch {
      this.close();
    }
    await this.closed;
    timer.cancel();
  }

  /** Ends the connection if it has waited too long; to be called every {@link checkIntervalMs}. */
  check(nowMs: number): void {
    if (!this.#isOpen) return;
    if (isOver(this.#writingSinceMs, nowMs, this.#limits.stallTimeoutMs)) {
      this.#counters.add("slowReaders");
      this.close();
    } else if (isOver(this.#awaitingSinceMs, nowMs, this.#limits.halfFrameTimeoutMs)) {
      this.#counters.add("timeouts");
      this.close();
    } else if (this.isAnnounced && this.#isSecure) {
      if (isOver(this.#wroteAtMs, nowMs, PROBE_INTERVAL_MS)) this.sendFrame(PROBE);
    }
  }

  get #isSecure(): boolean {
    return this.#tcp.handshake !== undefined;
  }

  /** Whether what the peer reads may have to end where a frame does. */
  get #isPaced(): boolean {
    return !this.isAnnounced && !this.#isSecure;
  }

  get #isClogged(): boolean {
    return this.#queue.bytes > this.#limits.pauseBytes;
  }

  /**
   * Whether more waits than memory allows; one message alone never does. The less memory there is left, the less may wait:
   * a sixteenth of what is free, and of that only the share that is free. So many who do not read never take it all: 500
   * of them are cut off while a sixth is left for the others. After the dynamic thresholds of shared-memory switches
   * (Choudhury and Hahne, 1998), whose threshold is linear and would leave 500 a thirtieth, less than what is lent in whole
   * chunks and not filled.
   */
  #holdsTooMuch(bytesBefore: number): boolean {
    if (bytesBefore === 0) return false;
    const { freeBytes, maxBytes } = this.#pool;
    return this.#queue.bytes > freeBytes / 16 * (freeBytes / maxBytes);
  }

  #push(...parts: Uint8Array[]): boolean {
    if (!this.isOpen) return false;
    const before = this.#queue.bytes;
    try {
      this.#queue.push(...parts);
    } catch (error) {
      this.#fail(error);
      return false;
    } finally {
      this.#counters.add("queuedBytes", this.#queue.bytes - before);
    }
    if (this.#queue.bytes > this.#limits.highWaterBytes || this.#holdsTooMuch(before)) {
      this.#counters.add("slowReaders");
      this.close();
      return false;
    }
    this.#counters.add("framesOut");
    this.#flushing ??= this.#flush();
    return true;
  }

  async #flush(): Promise<void> {
    // Begins a microtask later, when the handlers of this read have all answered.
    await undefined;
    let burstBytes = 0;
    try {
      for (let span = this.#queue.peek(); span && this.#isOpen; span = this.#queue.peek()) {
        const isBurstOver = burstBytes > 0 && burstBytes + span.length > BURST_BYTES;
        if (isBurstOver && this.#queue.bytes <= MAX_PACED_BYTES && this.#isPaced) {
          burstBytes = 0;
          this.#writingSinceMs = undefined;
          await this.#clock.sleep(PAUSE_MS);
          continue;
        }
        burstBytes += span.length;
        this.#writingSinceMs = this.#wroteAtMs = this.#clock.nowMs();
        const bytes = await this.#tcp.write(span);
        this.#queue.consume(bytes);
        this.#counters.add("bytesOut", bytes);
        this.#counters.add("queuedBytes", -bytes);
        if (!this.#isClogged) this.#resume?.();
        if (fairYielder.isDue()) {
          this.#writingSinceMs = undefined;
          await fairYielder.yield();
        }
      }
    } catch {
      // The peer is gone; the read loop notices as well and ends the connection.
      this.close();
    }
    this.#writingSinceMs = undefined;
    this.#flushing = undefined;
  }

  async #run(): Promise<void> {
    let ring: RingBuffer | undefined;
    try {
      if (this.#isSecure) await this.#shakeHands();
      ring = new RingBuffer(this.#pool);
      await this.#read(ring);
    } catch (error) {
      this.#fail(error);
    }
    this.#isEnding = true;
    await this.#flushing; // what was answered before the peer ended its side still goes out
    this.close();
    ring?.release();
    this.#counters.add("queuedBytes", -this.#queue.bytes);
    this.#queue.clear();
    this.#counters.add("connections", -1);
  }

  /** A peer has as long for it as for a frame. */
  async #shakeHands(): Promise<void> {
    this.#awaitingSinceMs = this.#clock.nowMs();
    try {
      await this.#tcp.handshake?.();
    } catch (error) {
      if (this.#isOpen) this.#counters.add("handshakeErrors");
      throw error;
    }
    this.#awaitingSinceMs = undefined;
  }

  async #read(ring: RingBuffer): Promise<void> {
    while (this.#isOpen) {
      const room = ring.writable();
      const bytes = await this.#tcp.read(room);
      if (bytes === null) return;
      ring.commit(bytes);
      this.#counters.add("bytesIn", bytes);
      const copiesBefore = ring.copies;
      await this.#handle(ring);
      fitToLoad(ring, bytes);
      this.#counters.add("copies", ring.copies - copiesBefore);
      // There may be more, and if so the next read is ready at once.
      if (bytes === room.length && fairYielder.isDue()) await this.#notReading(fairYielder.yield());
    }
  }

  /** Handles the frames that were read. One read may hold thousands of requests: backpressure is applied between them. */
  async #handle(ring: RingBuffer): Promise<void> {
    while (this.#isOpen) {
      const bytesBefore = ring.size;
      let frames = 0;
      let isYieldDue = false;
      const isEmptied = decodeFrames(ring, (msgid, body) => {
        this.#dispatch(msgid, body);
        isYieldDue = ++frames % FRAMES_PER_CHECK === 0 && fairYielder.isDue();
        return this.#isOpen && !this.#isClogged && !isYieldDue;
      });
      this.#awaitRest(ring.size > 0, ring.size < bytesBefore);
      if (isEmptied) return;
      if (isYieldDue) await this.#notReading(fairYielder.yield());
      if (this.#isClogged) await this.#notReading(this.#drained());
    }
  }

  #dispatch(msgid: number, body: Uint8Array): void {
    this.#hasSpoken = true;
    this.#counters.add("framesIn");
    if (msgid === NOTHING) return;
    const outcome = this.#router.dispatch(msgid, { bytes: body, start: 0, end: body.length }, this);
    if (outcome === "denied") this.deny();
    else if (outcome !== "handled") this.#counters.add(outcome);
  }

  /** The time allowed runs from when a frame began, so a byte now and then does not prolong it. */
  #awaitRest(isHalf: boolean, hadFrames: boolean): void {
    if (!hadFrames && this.#awaitingSinceMs !== undefined) return;
    this.#awaitingSinceMs = isHalf ? this.#clock.nowMs() : undefined;
  }

  /** Waits without reading: the peer cannot be late meanwhile. */
  async #notReading(waiting: Promise<void>): Promise<void> {
    const isAwaiting = this.#awaitingSinceMs !== undefined;
    this.#awaitingSinceMs = undefined;
    await waiting;
    if (isAwaiting) this.#awaitingSinceMs = this.#clock.nowMs();
  }

  async #drained(): Promise<void> {
    if (!this.#isOpen) return;
    await new Promise<void>((resolve) => this.#resume = resolve);
    this.#resume = undefined;
  }

  #fail(error: unknown): void {
    if (error instanceof ProtocolError) this.#counters.add("protocolErrors");
    else if (error instanceof PoolExhaustedError) this.#counters.add("outOfMemory");
    // Anything else is a socket that is gone, by its peer's hand or ours.
    this.close();
  }
}

function isOver(sinceMs: number | undefined, nowMs: number, timeoutMs: number): boolean {
  return sinceMs !== undefined && nowMs - sinceMs >= timeoutMs;
}

/**
 * A ring that reads fill grows for the next one; an empty one whose reads are small shrinks back. When there is no memory
 * for it, it stays as it is.
 */
function fitToLoad(ring: RingBuffer, bytesRead: number): void {
  const isBusy = bytesRead >= ring.capacity / 2 && ring.capacity < LARGEST_READ_BYTES;
  const isIdle = bytesRead < SMALLEST_READ_BYTES && ring.capacity > SMALLEST_READ_BYTES;
  try {
    if (isBusy) ring.resize(ring.capacity * 4);
    else if (isIdle && ring.size === 0) ring.resize(SMALLEST_READ_BYTES);
  } catch (error) {
    if (!(error instanceof PoolExhaustedError)) throw error;
  }
}
