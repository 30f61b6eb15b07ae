/**
 * `POST /refresh`: has the watcher, which is a thread of its own, look at the database now, and waits until it has.
 *
 * @module
 */

/** Who asks waits so long, ms: a database that is away may never answer. */
const PATIENCE_MS = 5000;

/** So many may wait at a time. */
const MAX_WAITING = 1000;

/** Those who wait for a look. */
export class Refreshes {
  readonly #post: (id: number) => void;
  readonly #waiting = new Map<number, (looked: boolean) => void>();
  #lastId = 0;

  /** Asks by `post`, whose answer comes to {@link answer}. */
  constructor(post: (id: number) => void) {
    this.#post = post;
  }

  /** Has the database be looked at: 204 when that is done, and 503 when it does not answer. */
  async request(): Promise<Response> {
    if (this.#waiting.size >= MAX_WAITING) return refusal("too many wait for it already");
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiting.set(id, resolve);
    const timer = setTimeout(resolve, PATIENCE_MS, false);
    this.#post(id);
    const looked = await promise;
    clearTimeout(timer);
    this.#waiting.delete(id);
    return looked ? new Response(null, { status: 204 }) : refusal("the database does not answer");
  }

  /** The watcher has looked, or could not. */
  answer(id: number, looked: boolean): void {
    this.#waiting.get(id)?.(looked);
  }
}

function refusal(reason: string): Response {
  return new Response(`not refreshed: ${reason}\n`, { status: 503 });
}
