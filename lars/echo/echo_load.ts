/**
 * The load of `lars echo qps`: threads that each keep messages in flight to an echo server.
 *
 * @module
 */

import type { Endpoint } from "../../reactor/mod.ts";
import { ThreadLoad } from "../load/thread_load.ts";

/** What can go wrong: no echo came, or there was no connection. */
export type EchoError = "lost" | "disconnected";

/** The names of {@link EchoError}. */
export const ECHO_ERRORS: readonly EchoError[] = ["lost", "disconnected"];

/** What a thread is given. */
export interface EchoPart {
  /** Where the echo server is. */
  server: Endpoint;
  /** How to talk to it. */
  transport: "tcp" | "udp";
  /** Length of a message's body. */
  bodyBytes: number;
}

/** Starts so many threads; `done` counts echoes. */
export function startEchoLoad(threads: number, part: EchoPart): Promise<ThreadLoad<EchoError>> {
  return ThreadLoad.start<EchoPart, EchoError>({
    worker: new URL("./load_worker.ts", import.meta.url),
    name: "echo",
    parts: Array(threads).fill(part),
    errorNames: ECHO_ERRORS,
  });
}
