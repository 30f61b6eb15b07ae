/**
 * Messages in flight to an echo server: a fixed number of slots, each of which sends again when its echo is back, or when
 * that is overdue. The sending itself, and the time, come from outside.
 *
 * @module
 */

/** The slot and the round of a message stand at its beginning. */
export const MIN_BODY_BYTES = 2;

/** What a window is made of. */
export interface EchoWindowOptions {
  /** Messages in flight, at most 256. */
  slots: number;
  /** Length of a message's body, at least {@link MIN_BODY_BYTES}. */
  bodyBytes: number;
  /** Sends a message; the body is reused afterwards. */
  send: (body: Uint8Array) => void;
}

/** Keeps its slots in flight. */
export class EchoWindow {
  readonly #send: (body: Uint8Array) => void;
  readonly #body: Uint8Array;
  /** Tells the echo that is waited for from one that comes too late. */
  readonly #rounds: Uint8Array;
  readonly #sentAtMs: Float64Array;

  /** Sends nothing yet. */
  constructor({ slots, bodyBytes, send }: EchoWindowOptions) {
    this.#send = send;
    this.#body = new Uint8Array(bodyBytes);
    this.#rounds = new Uint8Array(slots);
    this.#sentAtMs = new Float64Array(slots);
  }

  /** Sends in every slot, whatever was in flight. */
  fill(nowMs: number): void {
    for (let slot = 0; slot < this.#rounds.length; slot++) this.#sendIn(slot, nowMs);
  }

  /** Takes an echo, and sends the next message in its slot; says whether it was waited for. */
  takeEcho([slot, round]: Uint8Array, nowMs: number): boolean {
    if (round === undefined || this.#rounds[slot] !== round) return false;
    this.#sendIn(slot, nowMs);
    return true;
  }

  /** Sends again in every slot whose echo is overdue; says how many these are. */
  sendOverdue({ nowMs, timeoutMs }: { nowMs: number; timeoutMs: number }): number {
    let overdue = 0;
    for (let slot = 0; slot < this.#rounds.length; slot++) {
      if (nowMs - this.#sentAtMs[slot] < timeoutMs) continue;
      overdue++;
      this.#sendIn(slot, nowMs);
    }
    return overdue;
  }

  #sendIn(slot: number, nowMs: number): void {
    this.#sentAtMs[slot] = nowMs;
    this.#body[0] = slot;
    this.#body[1] = ++this.#rounds[slot];
    this.#send(this.#body);
  }
}
