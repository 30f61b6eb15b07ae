/**
 * What a worker and the thread that started it say to each other. Internal to the reactor: {@link WorkerHost} is one end,
 * {@link runWorker} the other.
 *
 * @module
 */

/** How a worker is to beat. */
export interface Beats {
  /** An Int32 that each beat raises. */
  readonly count: SharedArrayBuffer;
  /** How often it beats, ms. */
  readonly intervalMs: number;
}

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
