/**
 * What the client's calls fail by, in words.
 *
 * @module
 */

import { RetCode } from "../proto/mod.ts";
import { LarsError } from "./lars_error.ts";
import type { PendingRequest } from "./requests/pending_request.ts";

/** Where the agent is, how long its answer was waited for where the caller said so, ms, and what its socket met last. */
interface Circumstances {
  address: string;
  timeoutMs?: number;
  cause: unknown;
}

/** Why a request that has its result gave no host. */
export function errorOf(
  { module: { modid, cmdid }, result, tries }: PendingRequest,
  { address, timeoutMs, cause }: Circumstances,
): LarsError {
  switch (result) {
    case "closed":
      return closedError();
    case RetCode.Overload:
      return new LarsError(
        "overload",
        `Cannot pick a host of module (${modid}, ${cmdid}) as all of them are overloaded: give this call up, or ` +
          "try later",
      );
    case RetCode.NoExist:
      return new LarsError(
        "no_such_module",
        `Cannot find module (${modid}, ${cmdid}) as the agent has no route of it: add one with ` +
          `\`lars routes add ${modid} ${cmdid} IP:PORT\`; where there is one (\`lars routes list\`), ` +
          "the agent cannot reach dns (`lars status`)",
      );
    case "unanswered": {
      const why = timeoutMs === undefined
        ? `none of ${tries} tries was answered in time`
        : `it gave no answer within ${timeoutMs} ms`;
      return new LarsError(
        "agent_unreachable",
        `Cannot reach the agent at ${address} as ${why}: start it with \`lars agent\`, or give the client its ` +
          "hostname and first port",
        { cause },
      );
    }
  }
  return new LarsError(
    "agent_unreachable",
    `Cannot pick a host of module (${modid}, ${cmdid}) as the agent at ${address} answered with retcode ${result}: ` +
      "see its log",
  );
}

/** Why a closed client does nothing. */
export function closedError(): LarsError {
  return new LarsError(
    "closed",
    "Cannot ask the agent as this client was closed: close it after its last call, or open another",
  );
}
