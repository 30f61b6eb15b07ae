/**
 * What the agent's connections to dns and to reporter have in common: how they are made, and what is logged of them.
 *
 * @module
 */

import type { Counters, Endpoint, TcpClientOptions, TcpCounter } from "../../reactor/mod.ts";
import { reasonOf } from "../../service/errors.ts";
import { getLogger } from "../../service/observe/logger.ts";

/** How a connection is made, and what is called when it changes. */
export interface LinkOptions
  extends Pick<TcpClientOptions, "access" | "clock" | "connect">, Partial<LinkLog> {
  /** The servers, tried one after the other. */
  endpoints: readonly Endpoint[];
  /** What the connection counts. */
  tcpCounters: Counters<TcpCounter>;
  /** Says that its thread is at work, when much has come at once. */
  beat?: () => void;
}

/** Is called when a connection that is made again and again changes. */
export interface LinkLog {
  /** It was made, from a local address. */
  onOpen(endpoint: string, local: string): void;
  /** It was lost. */
  onClose(): void;
  /** It could not be made. */
  onError(error: unknown, endpoint: Endpoint): void;
}

/** Logs a connection when it is there, when it is lost, and once an outage why it cannot be made. */
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
