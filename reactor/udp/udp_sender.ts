/**
 * Sends datagrams one by one by Deno's own call, from buffers that are used again: a buffer belongs to the call until the
 * datagram has left.
 *
 * @module
 */

/** Room for a frame of any length; what is too long for a datagram is the kernel's to refuse. */
const SLOT_BYTES = 65_536;

/** Buffers that are kept for the next datagrams: as many as are on their way at a time, usually far fewer. */
const MAX_IDLE = 64;

/** Lengths up to here have their view made once for each buffer. */
const SHORT_BYTES = 128;

/** A buffer with the views that were sent of it, and what is to be done when one has left: made once, not per datagram. */
class Slot {
  readonly bytes = new Uint8Array(SLOT_BYTES);
  readonly onSent: () => void;
  readonly onError: () => void;
  readonly #views: Uint8Array[] = new Array(SHORT_BYTES).fill(undefined);

  constructor(onDone: (slot: Slot, outcome: SendOutcome) => void) {
    this.onSent = () => onDone(this, "datagramsOut");
    this.onError = () => onDone(this, "sendErrors");
  }

  /** The first bytes of it. */
  head(length: number): Uint8Array {
    if (length >= SHORT_BYTES) return this.bytes.subarray(0, length);
    return this.#views[length] ??= this.bytes.subarray(0, length);
  }
}

/** What becomes of a datagram. */
export type SendOutcome = "datagramsOut" | "sendErrors";

/** Sends on one socket. */
export class UdpSender {
  readonly #socket: Deno.DatagramConn;
  readonly #onDone: (outcome: SendOutcome) => void;
  readonly #idle: Slot[] = [];
  readonly #onSlotDone = (slot: Slot, outcome: SendOutcome) => {
    if (this.#idle.length < MAX_IDLE) this.#idle.push(slot);
    this.#done(outcome);
  };
  readonly #onCopySent = () => this.#done("datagramsOut");
  readonly #onCopyError = () => this.#done("sendErrors");
  #next = new Slot(this.#onSlotDone);
  #sending = 0;
  #onAllSent?: () => void;

  /** `onDone` is called with the outcome of each datagram. */
  constructor(socket: Deno.DatagramConn, onDone: (outcome: SendOutcome) => void) {
    this.#socket = socket;
    this.#onDone = onDone;
  }

  /** Where the next datagram is to be written, from its first byte on. */
  get room(): Uint8Array {
    return this.#next.bytes;
  }

  /** Sends the first `length` bytes of {@link room}. */
  send(length: number, to: Deno.NetAddr): void {
    const slot = this.#next;
    const idle = this.#idle.pop();
    if (idle === undefined && this.#sending >= MAX_IDLE) {
      // Thousands who waited for a route may be answered in one turn: allocating a buffer for each would take a second.
      this.#sending++;
      const copy = slot.bytes.slice(0, length);
      this.#socket.send(copy, to).then(this.#onCopySent, this.#onCopyError);
      return;
    }
    this.#next = idle ?? new Slot(this.#onSlotDone);
    this.#sending++;
    this.#socket.send(slot.head(length), to).then(slot.onSent, slot.onError);
  }

  #done(outcome: SendOutcome): void {
    this.#onDone(outcome);
    if (--this.#sending === 0) this.#onAllSent?.();
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    if (this.#sending > 0) await new Promise<void>((resolve) => this.#onAllSent = resolve);
  }
}
