/**
 * What is logged of a connection that is made again and again: when it is there, when it is lost, and once an outage why
 * it cannot be made.
 *
 * @module
 */

import { getLogger } from "../../service/observe/logger.ts";
import { reasonOf } from "../../service/errors.ts";
import type { Endpoint } from "../../reactor/mod.ts";

/** The hooks of a connection that log it. */
export interface LinkLog {
  /** It was made. */
  onOpen(endpoint: string): void;
  /** It was lost. */
  onClose(): void;
  /** It could not be made. */
  onError(error: unknown, endpoint: Endpoint): void;
}

/** Makes the hooks that log the connection to `server`. */
export function createLinkLog(server: "dns" | "reporter"): LinkLog {
  const log = getLogger("lars", "agent", server);
  let isOutage = false;
  return {
    onOpen(endpoint) {
      isOutage = false;
      log.info("Connected to {server} at {endpoint}", { server, endpoint });
    },
    onClose() {
      log.info("Lost the connection to {server}", { server });
    },
    onError(error, { hostname, port }) {
      if (isOutage) return;
      isOutage = true;
      log.warn("Cannot connect to {server} at {endpoint}, and goes on trying: {reason}", {
        server,
        endpoint: `${hostname}:${port}`,
        reason: reasonOf(error),
      });
    },
  };
}
