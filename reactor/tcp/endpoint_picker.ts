/**
 * Which of several servers of one kind a client is to speak to. Pure: the time is an argument, and nothing is connected here.
 *
 * Servers are known by their answers, not by their accepting connections: a proxy without a server behind it does that, and
 * so does a server that is full. One that fails is let alone for a while, longer each time; meanwhile the others are there,
 * those known to be well before those that failed once, in the order of the list. The client comes back to a better one by
 * asking for the {@link EndpointPicker.preferred}.
 *
 * @module
 */

import { Backoff, type BackoffOptions } from "./backoff.ts";

/** Which endpoints come first: those listed first, or those that lots fall on, so that clients with one list spread evenly. */
export type EndpointOrder = "listed" | "shuffled";

/** What an {@link EndpointPicker} is made of. */
export interface EndpointPickerOptions {
  /** How many endpoints there are, at least one; each is known by its index. */
  count: number;
  /**
   * Which come first.
   * @default "listed"
   */
  order?: EndpointOrder;
  /** How long an endpoint that failed is let alone, other than by default; its `random` also shuffles. */
  backoff?: BackoffOptions;
}

/** The endpoint to try now; or when to look again, as all have failed a short while ago. */
export type EndpointPick = { readonly index: number } | { readonly retryAtMs: number };

/** An endpoint that has been well for so long starts over with a short backoff when it fails, ms. */
const PROVEN_MS = 1000;

/** What is known of an endpoint. */
interface Health {
  readonly index: number;
  readonly backoff: Backoff;
  /** Since when it answers; undefined until it does, and from its next failure on. */
  wellSinceMs?: number;
  /** When it may be tried again: failed since it answered last. */
  retryAtMs?: number;
}

/** Picks endpoints. */
export class EndpointPicker {
  /** In the order of preference. */
  readonly #preferred: readonly Health[];

  /** Takes all of them to be well. */
  constructor({ count, order = "listed", backoff = {} }: EndpointPickerOptions) {
    if (count < 1) throw new TypeError("Cannot pick from no endpoint");
    const all = Array.from({ length: count }, (_, index) => ({
      index,
      backoff: new Backoff(backoff),
    }));
    this.#preferred = order === "listed" ? all : shuffled(all, backoff.random ?? Math.random);
  }

  /** The endpoint for who has none: the first of those that have not failed, else the first that may be tried again. */
  pick(nowMs: number): EndpointPick {
    const best = this.#preferred.find(({ retryAtMs }) => retryAtMs === undefined) ??
      this.#preferred.reduce((a, b) => b.retryAtMs! < a.retryAtMs! ? b : a);
    const { index, retryAtMs = nowMs } = best;
    return retryAtMs <= nowMs ? { index } : { retryAtMs };
  }

  /** The endpoint for who has one that answers: the first of the list that may be tried. It may be the same. */
  preferred(nowMs: number): number | undefined {
    return this.#preferred.find(({ retryAtMs = nowMs }) => retryAtMs <= nowMs)?.index;
  }

  /** All that may be tried, best first: those that have not failed before those that have. */
  candidates(nowMs: number): number[] {
    const free = this.#preferred.filter(({ retryAtMs = nowMs }) => retryAtMs <= nowMs);
    return free.toSorted((a, b) =>
      Number(this.hasFailed(a.index)) - Number(this.hasFailed(b.index))
    )
      .map(({ index }) => index);
  }

  /** How many endpoints have failed since they answered last. */
  get failing(): number {
    return this.#preferred.filter(({ retryAtMs }) => retryAtMs !== undefined).length;
  }

  /** Whether an endpoint has failed since it answered last. */
  hasFailed(index: number): boolean {
    return this.#at(index).retryAtMs !== undefined;
  }

  /** An endpoint has answered. */
  answered(index: number, nowMs: number): void {
    const health = this.#at(index);
    health.wellSinceMs ??= nowMs;
    health.retryAtMs = undefined;
  }

  /** An endpoint could not be reached, did not answer in time, or has hung up: it is let alone for a while. */
  failed(index: number, nowMs: number): void {
    const health = this.#at(index);
    const { wellSinceMs = nowMs, backoff } = health;
    if (nowMs - wellSinceMs >= PROVEN_MS) backoff.reset();
    health.wellSinceMs = undefined;
    health.retryAtMs = nowMs + backoff.nextMs();
  }

  #at(index: number): Health {
    const health = this.#preferred.find((each) => each.index === index);
    if (health === undefined) throw new RangeError(`Cannot know endpoint ${index}`);
    return health;
  }
}

/** After Fisher and Yates: every order is as likely as any other. */
function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const at = Math.floor(random() * (last + 1));
    [result[at], result[last]] = [result[last], result[at]];
  }
  return result;
}
