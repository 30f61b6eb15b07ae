/**
 * Which handler a message goes to.
 *
 * @module
 */

/** Takes one message. A body that was not decoded is valid only during the call. */
export type Handler<Message, Peer> = (message: Message, peer: Peer) => void;

/**
 * Makes a message of the body that stands in `bytes` from `start` to `end`; throwing says that the body is malformed.
 * Positions instead of a view, which would be an object for each message; and a decoder may give out one message object
 * again and again, which its handler must not keep.
 */
export type Decoder<Message> = (bytes: Uint8Array, start: number, end: number) => Message;

/** Options of {@link Router.on}. */
export interface RouteOptions<Message> {
  /**
   * Makes the message of the body.
   *
   * @default the message is the body, as a view
   */
  decode?: Decoder<Message>;
}

/** A body and where it stands. */
export interface BodySpan {
  /** What holds it. */
  bytes: Uint8Array;
  /** Its first byte. */
  start: number;
  /** The first byte after it. */
  end: number;
}

/**
 * What became of a message: `malformed` when it did not decode, `failed` when its handler threw, `denied` when its sender
 * may not speak here.
 */
export type Dispatched = "handled" | "unknown" | "malformed" | "failed" | "denied";

/** Takes messages: a {@link Router}, or what stands before one. */
export interface Dispatcher<Peer> {
  /** Takes one message; never throws, as one bad message must not end its sender's neighbours. */
  dispatch(msgid: number, body: BodySpan, peer: Peer): Dispatched;
}

interface Route<Peer> {
  decode: Decoder<unknown>;
  // deno-lint-ignore no-explicit-any -- what decode returns is what the handler takes: on() saw to it
  handler: Handler<any, Peer>;
}

/**
 * Routes messages by msgid. `Peer` is the sender as handlers see it: a connection, or a way to answer.
 */
export class Router<Peer> implements Dispatcher<Peer> {
  readonly #routes = new Map<number, Route<Peer>>();
  readonly #onError: (error: unknown, msgid: number) => void;

  /** Makes an empty router; `onError` is called with what a handler throws. */
  constructor(onError: (error: unknown, msgid: number) => void = reportFailure) {
    this.#onError = onError;
  }

  /**
   * Registers the handler of a msgid.
   *
   * @throws {Error} When the msgid has a handler already.
   */
  on<Message = Uint8Array>(
    msgid: number,
    handler: Handler<Message, Peer>,
    { decode }: RouteOptions<Message> = {},
  ): this {
    if (this.#routes.has(msgid)) {
      throw new Error(`Cannot register msgid ${msgid} twice`);
    }
    this.#routes.set(msgid, { decode: decode ?? viewOf, handler });
    return this;
  }

  /** Hands a message to its handler. */
  dispatch(msgid: number, { bytes, start, end }: BodySpan, peer: Peer): Dispatched {
    const route = this.#routes.get(msgid);
    if (route === undefined) return "unknown";
    let message: unknown;
    try {
      message = route.decode(bytes, start, end);
    } catch {
      return "malformed";
    }
    try {
      route.handler(message, peer);
      return "handled";
    } catch (error) {
      this.#onError(error, msgid);
      return "failed";
    }
  }
}

function viewOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return bytes.subarray(start, end);
}

function reportFailure(error: unknown, msgid: number): void {
  console.error(`The handler of msgid ${msgid} threw:`, error);
}
