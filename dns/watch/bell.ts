/**
 * Rung by whoever wants the database to be looked at now, such as a tool that has just changed routes. However many ring
 * at once, one look answers them all.
 *
 * @module
 */

/** Hears that the look which was wanted is over, and whether the database answered. */
type Answer = (looked: boolean) => void;

/** Joins those who ring with those who look. */
export class Bell {
  #waiting: Answer[] = [];
  #wake?: () => void;

  /** Resolves when a look that begins from now on is over, to whether the database answered. */
  ring(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiting.push(resolve);
    this.#wake?.();
    return promise;
  }

  /** Whether somebody waits for a look that has not begun. */
  get isRung(): boolean {
    return this.#waiting.length > 0;
  }

  /** Has `wake` be called at the next ring; undefined has nothing be called. */
  onRing(wake: (() => void) | undefined): void {
    this.#wake = wake;
  }

  /** A look begins, which is for all who have rung; the function that is returned tells them how it ended. */
  answer(): Answer {
    const waiting = this.#waiting;
    this.#waiting = [];
    return (looked) => {
      for (const answer of waiting) answer(looked);
    };
  }
}
