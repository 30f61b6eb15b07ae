/**
 * The entry file of the reporter client's thread.
 *
 * @module
 */

import { formatIpv4 } from "../../proto/mod.ts";
import {
  type Access,
  Counters,
  type Posts,
  runWorker,
  TCP_CLIENT_COUNTERS,
} from "../../reactor/mod.ts";
import { getLogger } from "../../service/observe/logger.ts";
import { configureLogging, type LogConfig } from "../../service/observe/logging.ts";
import { chooseCaller, hostInterfaces } from "./caller.ts";
import { commitFault } from "../supervisor/faults.ts";
import { createLinkLog, type Servers } from "./link.ts";
import type { WorkerTask } from "../messages.ts";
import { REPORTER_CLIENT_COUNTERS, ReporterClient } from "./reporter_client.ts";
import { shardIndex } from "../supervisor/threads.ts";

/** What the supervisor gives the reporter client's thread. */
export interface ReporterInit {
  /** How to log. */
  log: LogConfig;
  /** The reporters. */
  servers: Servers;
  /** How they let it in. */
  access: Access;
  /**
   * Who reports, an IPv4 address in host order.
   * @default what {@link chooseCaller} makes of the connections and this host's interfaces
   */
  caller?: number;
  /** Where the dns client puts the local address of its connection: a number of 32 bits. */
  dnsLocalIp: SharedArrayBuffer;
  /** The memory of its counters. */
  counters: SharedArrayBuffer;
  /** The memory of its connection's counters. */
  tcpCounters: SharedArrayBuffer;
}

const logger = getLogger("lars", "agent", "reporter");

runWorker<ReporterInit, Posts<WorkerTask>>((init, { beat }) => {
  const { log, servers, access, caller, counters, tcpCounters } = init;
  configureLogging(log);
  const dnsLocalIp = new Uint32Array(init.dnsLocalIp);
  let hasWarned = false;

  function findCaller(local: string): number {
    const { ip, isCommon } = chooseCaller({
      connections: [local, formatIpv4(dnsLocalIp[0])],
      interfaces: hostInterfaces(),
    });
    if (isCommon && !hasWarned) {
      hasWarned = true;
      logger.warn(
        "Reports as {caller}, which other hosts may have as well: set [agent] caller to an address of this host alone",
        { caller: formatIpv4(ip) },
      );
    }
    return ip;
  }

  const client = new ReporterClient({
    ...servers,
    access,
    callerOf: (local) => caller ?? findCaller(local),
    counters: new Counters(REPORTER_CLIENT_COUNTERS, counters),
    tcpCounters: new Counters(TCP_CLIENT_COUNTERS, tcpCounters),
    beat,
    ...createLinkLog("reporter"),
  });
  return {
    onPost(task) {
      if (task.kind === "fault") commitFault(task.fault);
      else if (task.kind === "access") client.reload(task.access);
      else client.linkShard(shardIndex(task.peer), task.port);
    },
    async stop() {
      const modules = await client.drain();
      if (modules > 0) {
        logger.warn(
          "The last statuses of {modules} modules are lost: no reporter took them in time",
          {
            modules,
          },
        );
      }
      // Said first: a reporter that reads slowly may keep the connection until this thread is ended.
      await client.stop();
    },
  };
});
