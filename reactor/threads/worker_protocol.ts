/**
 * What a worker and the thread that started it say to each other. Internal to the reactor: {@link WorkerHost} is one end,
 * {@link runWorker} the other.
 *
 * @module
 */

/** How a worker is to beat. */
export interface Beats {
  /** Two Int32: {@link BEAT_COUNT} and {@link BEAT_THREAD}. */
  readonly memory: SharedArrayBuffer;
  /** How often it beats, ms. */
  readonly intervalMs: number;
}

/** Where each beat is counted, those that come by themselves and those that say that work is being done. */
export const BEAT_COUNT = 0;

/** Where the worker says which thread it is, 0 where it does not know. */
export const BEAT_THREAD = 1;

/** How many numbers that is. */
export const BEAT_WORDS = 2;

/** From the parent. */
export type Down<Init, Message> =
  | { kind: "init"; init: Init; beats?: Beats }
  | { kind: "message"; message: Message }
  | { kind: "stop" };

/** From the worker. */
export type Up<Message> =
  | { kind: "ready" }
  | { kind: "failed"; name: string; message: string }
  | { kind: "message"; message: Message }
  | { kind: "stopped" }
  | { kind: "ended" };
