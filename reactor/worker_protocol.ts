/**
 * What a worker and the thread that started it say to each other. Internal to the reactor: {@link WorkerHost} is one end,
 * {@link runWorker} the other.
 *
 * @module
 */

/** How often a worker beats. */
export const BEAT_INTERVAL_MS = 100;

/** From the parent. */
export type Down<Init, Message> =
  | { kind: "init"; init: Init; beat: SharedArrayBuffer }
  | { kind: "message"; message: Message }
  | { kind: "stop" };

/** From the worker. */
export type Up<Message> =
  | { kind: "ready" }
  | { kind: "failed"; name: string; message: string }
  | { kind: "message"; message: Message }
  | { kind: "stopped" }
  | { kind: "ended" };
