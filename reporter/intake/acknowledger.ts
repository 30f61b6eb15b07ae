/**
 * Tells agents what of their reports is stored: those that have said who they are, as others do not know the message.
 *
 * An agent whose reports wait hears something at least once a second, so that it knows a reporter whose database is away
 * from one that hangs. One of whose reports one cannot be stored hears nothing any more: it keeps what is not acknowledged,
 * and goes elsewhere.
 *
 * @module
 */

import { encodeMessage, MessageId, StatusAck } from "../../proto/mod.ts";
import { type Clock, type Connection, realClock, type Timer } from "../../reactor/mod.ts";
import { Unstored } from "./unstored.ts";

/** How often agents whose reports wait are told how many are stored, be it as many as before, ms. */
const REPEAT_MS = 900;

/** What is kept for a connection. */
export interface Reporting {
  /** Which of its reports wait. */
  readonly unstored: Unstored;
  /** The caller of its last report. */
  caller?: number;
}

/** What is needed of a connection. */
type Agent = Pick<Connection<Reporting>, "state" | "isAnnounced" | "send">;

/** Acknowledges reports on the connections of one thread. */
export class Acknowledger {
  /** Those with reports that wait. */
  readonly #waiting = new Set<Agent>();
  readonly #message = new StatusAck();
  readonly #repeating: Timer;

  /** Begins to repeat. */
  constructor({ clock = realClock }: { clock?: Clock } = {}) {
    this.#repeating = clock.every(REPEAT_MS, () => this.#repeat());
  }

  /** An agent has said who it is. */
  greet(agent: Agent): void {
    this.#tell(agent);
  }

  /** An agent's report came: see {@link Unstored.add}. */
  add(agent: Agent, { caller, block }: { caller: number; block: number | undefined }): void {
    agent.state.caller = caller;
    agent.state.unstored.add(block);
    if (agent.isAnnounced) this.#waiting.add(agent);
  }

  /** All blocks up to this one are stored. */
  noteStored(block: number): void {
    for (const agent of this.#waiting) {
      const { unstored } = agent.state;
      if (unstored.note(block)) this.#tell(agent);
      if (!unstored.isWaiting) this.#waiting.delete(agent);
    }
  }

  /** Something that these callers reported cannot be stored. */
  noteRefused(callers: Uint32Array): void {
    for (const agent of this.#waiting) {
      const { caller, unstored } = agent.state;
      if (caller === undefined || !callers.includes(caller)) continue;
      unstored.stall();
      this.#waiting.delete(agent);
    }
  }

  /** A connection is over. */
  forget(agent: Agent): void {
    this.#waiting.delete(agent);
  }

  /** Tells nobody anything any more. */
  stop(): void {
    this.#repeating.cancel();
  }

  #repeat(): void {
    for (const agent of this.#waiting) {
      if (agent.state.unstored.isWaiting) this.#tell(agent);
    }
  }

  #tell(agent: Agent): void {
    this.#message.stored = agent.state.unstored.stored;
    agent.send(MessageId.StatusAck, encodeMessage(this.#message));
  }
}
