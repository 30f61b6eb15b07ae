/**
 * Which handler a message goes to.
 *
 * @module
 */

/** Takes one message. A body that was not decoded is valid only during the call. */
export type Handler<Message, Peer> = (message: Message, peer: Peer) => void;

/** Options of {@link Router.on}. */
export interface RouteOptions<Message> {
  /** Makes the message of the body; throwing says that the body is malformed. By default the body is the message. */
  decode?: (body: Uint8Array) => Message;
}

/** What became of a message: `malformed` when it did not decode, `failed` when its handler threw. */
export type Dispatched = "handled" | "unknown" | "malformed" | "failed";

interface Route<Peer> {
  decode?: (body: Uint8Array) => unknown;
  // deno-lint-ignore no-explicit-any -- what decode returns is what the handler takes: on() saw to it
  handler: Handler<any, Peer>;
}

/**
 * Routes messages by msgid. `Peer` is what a handler is told of the sender: a connection, or a way to answer.
 */
export class Router<Peer> {
  readonly #routes = new Map<number, Route<Peer>>();
  readonly #onError: (error: unknown, msgid: number) => void;

  /** Makes an empty router; `onError` hears what a handler throws. */
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
    this.#routes.set(msgid, { decode, handler });
    return this;
  }

  /** Hands a message to its handler. Never throws: one bad message must not end its sender's neighbours. */
  dispatch(msgid: number, body: Uint8Array, peer: Peer): Dispatched {
    const route = this.#routes.get(msgid);
    if (route === undefined) return "unknown";
    let message: unknown = body;
    if (route.decode !== undefined) {
      try {
        message = route.decode(body);
      } catch {
        return "malformed";
      }
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

function reportFailure(error: unknown, msgid: number): void {
  console.error(`The handler of msgid ${msgid} threw:`, error);
}
