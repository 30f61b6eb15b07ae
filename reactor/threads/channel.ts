/**
 * One end of the way between two threads: messages that nobody answers, and calls, each of which waits for its reply for
 * a time. It stands on a Worker, on what a worker has of its parent, or on a MessagePort.
 *
 * Every message has a `kind`. A message is sent as it is; calls and replies have envelopes of the kinds `call`, `reply`
 * and `failure`, which are the channel's own.
 *
 * @module
 */

import { type Clock, realClock, type Timer } from "../clock.ts";

/** What is sent. */
export interface Message {
  /** What it is. */
  readonly kind: string;
}

/** What one end of a channel sends. */
export interface Traffic {
  /** Messages that nobody answers. */
  posts: Message;
  /** Messages that are answered. */
  calls: Message;
  /** With what they are. */
  replies: unknown;
}

/** The traffic of an end that calls nobody. */
export type Posts<Sent extends Message> = { posts: Sent; calls: never; replies: never };

/** What a channel stands on: its messages arrive in the order in which they were sent. */
export interface ChannelPort {
  /** Sends. */
  postMessage(message: unknown, transfer: Transferable[]): void;
  /** Takes what the other end sent. */
  onmessage: ((event: MessageEvent) => void) | null;
}

/** What a channel is made of. */
export interface ChannelOptions<In extends Traffic> {
  /** Takes a message. */
  onPost?: (message: In["posts"]) => void;
  /** Answers a call; what it throws is thrown to the caller. */
  onCall?: (request: In["calls"]) => In["replies"] | Promise<In["replies"]>;
  /**
   * What limits the wait for replies.
   * @default the system's
   */
  clock?: Clock;
}

/** How a call is made. */
export interface CallOptions {
  /**
   * How long the reply may take, ms.
   * @default as long as the channel is open
   */
  timeoutMs?: number;
  /**
   * How many calls of this channel may wait, this one included: the other end works for each.
   * @default 1000
   */
  maxWaiting?: number;
  /** What changes its owner with the request. */
  transfer?: Transferable[];
}

/** Why a call has no reply: none came in time, the channel is closed, or too many calls wait. */
export type CallFailure = "timeout" | "closed" | "busy";

/** A call that has no reply. */
export class CallError extends Error {
  /** Tells it from other errors. */
  override readonly name: string = "CallError";
  /** Why. */
  readonly failure: CallFailure;

  /** Says of which request, and why. */
  constructor({ kind }: Message, failure: CallFailure, limit = 0) {
    const reason = failure === "timeout"
      ? `no reply came within ${limit} ms`
      : failure === "busy"
      ? `${limit} calls wait already`
      : "the channel is closed";
    super(`Cannot call "${kind}" as ${reason}`);
    this.failure = failure;
  }
}

/** An error on its way to another thread, where its class does not exist: Deno.errors.AddrInUse is an Error there. */
export interface SentError {
  /** Its name. */
  readonly name: string;
  /** Its message. */
  readonly message: string;
}

/** What is to be sent of an error. */
export function toSentError(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  return { name: error.name, message: error.message };
}

/** The error that was sent. */
export function fromSentError({ name, message }: SentError): Error {
  return Object.assign(new Error(message), { name });
}

type Envelope =
  | { kind: "call"; id: number; request: Message }
  | { kind: "reply"; id: number; reply: unknown }
  | { kind: "failure"; id: number; error: SentError };

/** A call that waits. */
interface Waiting {
  request: Message;
  timer?: Timer;
  resolve: (reply: unknown) => void;
  reject: (error: Error) => void;
}

/** Sends what `Out` says, and takes what `In` says. */
export class Channel<Out extends Traffic, In extends Traffic> {
  readonly #port: ChannelPort;
  readonly #options: ChannelOptions<In>;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #isOpen = true;

  /** Takes a port over. */
  constructor(port: ChannelPort, options: ChannelOptions<In> = {}) {
    this.#port = port;
    this.#options = options;
    this.#clock = options.clock ?? realClock;
    port.onmessage = ({ data }: MessageEvent<Envelope>) => this.#take(data);
  }

  /** Sends a message. What is sent after the channel was closed, by either end, is lost. */
  post(message: Out["posts"], transfer: Transferable[] = []): void {
    if (this.#isOpen) this.#port.postMessage(message, transfer);
  }

  /**
   * Sends a request, and resolves with the reply.
   *
   * @throws {CallError} When there is none.
   * @throws {Error} What the other end threw; its name and message are the same, its class is not.
   */
  call(
    request: Out["calls"],
    { timeoutMs, maxWaiting = 1000, transfer }: CallOptions = {},
  ): Promise<Out["replies"]> {
    if (!this.#isOpen) return Promise.reject(new CallError(request, "closed"));
    const waiting = this.#waiting.size;
    if (waiting >= maxWaiting) return Promise.reject(new CallError(request, "busy", waiting));
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Out["replies"]>();
    const timer = timeoutMs === undefined ? undefined : this.#clock.after(timeoutMs, () => {
      this.#settle(id)?.reject(new CallError(request, "timeout", timeoutMs));
    });
    this.#waiting.set(id, { request, timer, resolve, reject });
    this.#send({ kind: "call", id, request }, transfer);
    return promise;
  }

  /** Sends and takes no more. Calls that wait are given up, with that error if there is one. */
  close(error?: Error): void {
    this.#isOpen = false;
    this.#port.onmessage = null;
    if (this.#port instanceof MessagePort) this.#port.close();
    for (const [id, { request }] of this.#waiting) {
      this.#settle(id)?.reject(error ?? new CallError(request, "closed"));
    }
  }

  #take(message: Envelope | In["posts"]): void {
    switch (message.kind) {
      case "call":
        this.#answer(message as Envelope & { kind: "call" });
        break;
      case "reply": {
        const { id, reply } = message as Envelope & { kind: "reply" };
        this.#settle(id)?.resolve(reply);
        break;
      }
      case "failure": {
        const { id, error } = message as Envelope & { kind: "failure" };
        this.#settle(id)?.reject(fromSentError(error));
        break;
      }
      default:
        this.#options.onPost?.(message);
    }
  }

  async #answer({ id, request }: { id: number; request: In["calls"] }): Promise<void> {
    try {
      const reply = await this.#options.onCall?.(request);
      this.#send({ kind: "reply", id, reply });
    } catch (error) {
      this.#send({ kind: "failure", id, error: toSentError(error) });
    }
  }

  /** The call, which waits no more; undefined where it did not, as its time was over. */
  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.timer?.cancel();
    return waiting;
  }

  #send(envelope: Envelope, transfer: Transferable[] = []): void {
    if (this.#isOpen) this.#port.postMessage(envelope, transfer);
  }
}
