/**
 * Questions to another thread, each matched with its answer by an id. Nobody waits for long: a thread that hangs does not
 * answer, nor does one that is being replaced.
 *
 * @module
 */

/** How long an answer is waited for, ms. */
const ANSWER_MS = 1000;

/** Questions that wait for an answer at a time: each keeps the thread from its real work for a moment. */
const MAX_WAITING = 4;

/** The questions to one thread. */
export class Questions<Question, Answer> {
  readonly #send: (id: number, question: Question) => void;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #lastId = 0;

  /** Asks with a function that sends to that thread. */
  constructor(send: (id: number, question: Question) => void) {
    this.#send = send;
  }

  /** Resolves to the answer; to undefined when none comes in a second, or so many are waited for that none is asked. */
  ask(question: Question): Promise<Answer | undefined> {
    if (this.#waiting.size >= MAX_WAITING) return Promise.resolve(undefined);
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(undefined), ANSWER_MS);
      const settle = (answer: Answer | undefined) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(answer);
      };
      this.#waiting.set(id, settle);
      this.#send(id, question);
    });
  }

  /** Takes an answer; one that nobody waits for any more is left. */
  settle(id: number, answer: Answer): void {
    this.#waiting.get(id)?.(answer);
  }
}
