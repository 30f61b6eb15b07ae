/**
 * What the agent's connections to dns and to reporter have in common: how they are made, and what is logged of them.
 *
 * @module
 */

import type { Counters, Endpoint, TcpClientCounter, TcpClientOptions } from "../../reactor/mod.ts";
import { reasonOf } from "../../service/errors.ts";
import { getLogger } from "../../service/observe/logger.ts";

/** The servers of one kind, and when they are left for another. */
export type Servers = Pick<
  TcpClientOptions,
  "endpoints" | "order" | "answerTimeoutMs" | "maxAgeMs"
>;

/** How a connection is made, and what is called when it changes. */
export interface LinkOptions
  extends Servers, Pick<TcpClientOptions, "access" | "clock" | "connect">, Partial<LinkLog> {
  /** What the connection counts. */
  tcpCounters: Counters<TcpClientCounter>;
  /** Says that its thread is at work, when much has come at once. */
  beat?: () => void;
}

/** Is called when a connection that is made again and again changes. */
export interface LinkLog {
  /** Another is the one to use, from a local address. */
  onOpen(endpoint: Endpoint, local: string): void;
  /** There is none any more. */
  onClose(): void;
  /** An endpoint answers, for the first time or again. */
  onAnswer(endpoint: Endpoint): void;
  /** An endpoint has failed. */
  onError(error: unknown, endpoint: Endpoint): void;
}

/** Logs to whom there is a connection, when there is none, and once for each time that an endpoint fails and why. */
export function createLinkLog(server: "dns" | "reporter"): LinkLog {
  const log = getLogger("lars", "agent", server);
  /** The endpoints that have not answered since the log says that they fail. */
  const failing = new Set<string>();
  let current: string | undefined;

  function sayConnected(endpoint: string): void {
    if (endpoint === current) return;
    current = endpoint;
    log.info("Connected to {server} at {endpoint}", { server, endpoint });
  }

  return {
    onOpen(endpoint) {
      if (!failing.has(textOf(endpoint))) sayConnected(textOf(endpoint));
    },
    onClose() {
      if (current !== undefined) log.info("Lost the connection to {server}", { server });
      current = undefined;
    },
    onAnswer(endpoint) {
      failing.delete(textOf(endpoint));
      sayConnected(textOf(endpoint));
    },
    onError(error, endpoint) {
      if (failing.has(textOf(endpoint))) return;
      failing.add(textOf(endpoint));
      log.warn("Cannot use {server} at {endpoint}, and goes on trying: {reason}", {
        server,
        endpoint: textOf(endpoint),
        reason: reasonOf(error),
      });
    },
  };
}

function textOf({ hostname, port }: Endpoint): string {
  return `${hostname}:${port}`;
}
