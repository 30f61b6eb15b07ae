/**
 * Faults on purpose, so that anybody can watch the agent heal: `POST /debug/fault?worker=shard1&kind=throw|exit|hang` on
 * its admin port. Only where the environment says LARS_FAULTS=1.
 *
 * @module
 */

import type { AdminHandler } from "../../service/mod.ts";
import { WORKER_NAMES, type WorkerName } from "./threads.ts";

/** What can go wrong with a thread: it throws, it ends itself, or it is in a loop for ever. */
export const FAULT_KINDS = ["throw", "exit", "hang"] as const;

/** One of {@link FAULT_KINDS}. */
export type FaultKind = typeof FAULT_KINDS[number];

/** Makes the fault happen in this thread. */
export function commitFault(kind: FaultKind): void {
  switch (kind) {
    case "throw":
      throw new Error("A fault was asked for by POST /debug/fault");
    case "exit":
      Deno.exit(1);
      break;
    case "hang":
      while (true);
  }
}

/**
 * The admin route that makes faults happen.
 *
 * @param inject Tells a worker to commit a fault; says whether there is such a worker now.
 */
export function faultRoutes(
  inject: (worker: WorkerName, kind: FaultKind) => boolean,
): Record<string, AdminHandler> {
  return {
    "POST /debug/fault": ({ url }) => {
      const { searchParams } = new URL(url);
      const worker = oneOf(WORKER_NAMES, searchParams.get("worker"));
      const kind = oneOf(FAULT_KINDS, searchParams.get("kind"));
      if (worker === undefined || kind === undefined) {
        const allowed = `worker=${WORKER_NAMES.join("|")}&kind=${FAULT_KINDS.join("|")}`;
        return line(400, `Cannot make this fault as it must be ${allowed}`);
      }
      if (!inject(worker, kind)) return line(409, `Cannot break ${worker} as it does not run now`);
      return line(200, `${worker}: ${kind}`);
    },
  };
}

function oneOf<Word extends string>(words: readonly Word[], word: string | null): Word | undefined {
  return words.find((each) => each === word);
}

function line(status: number, text: string): Response {
  return new Response(`${text}\n`, { status });
}
