/**
 * The entry file of the dns client's thread.
 *
 * @module
 */

import { parseIpv4 } from "../../proto/mod.ts";
import { Counters, type Endpoint, type Posts, runWorker, TCP_COUNTERS } from "../../reactor/mod.ts";
import { configureLogging, type LogConfig } from "../../service/observe/logging.ts";
import { DnsClient } from "./dns_client.ts";
import { commitFault } from "../supervisor/faults.ts";
import { createLinkLog } from "./link.ts";
import type { WorkerTask } from "../messages.ts";
import { shardIndex } from "../supervisor/threads.ts";

/** What the supervisor gives the dns client's thread. */
export interface DnsInit {
  /** How to log. */
  log: LogConfig;
  /** The dns instances. */
  endpoints: readonly Endpoint[];
  /** The memory of its connection's counters. */
  tcpCounters: SharedArrayBuffer;
  /** Where the local address of its connection is put for the reporter client: a number of 32 bits. */
  localIp: SharedArrayBuffer;
}

runWorker<DnsInit, Posts<WorkerTask>>((init, { beat }) => {
  const { log, endpoints, tcpCounters } = init;
  configureLogging(log);
  const linkLog = createLinkLog("dns");
  const localIp = new Uint32Array(init.localIp);
  const client = new DnsClient({
    endpoints,
    tcpCounters: new Counters(TCP_COUNTERS, tcpCounters),
    beat,
    ...linkLog,
    onOpen(endpoint, local) {
      linkLog.onOpen(endpoint, local);
      localIp[0] = parseIpv4(local) ?? 0;
    },
  });
  return {
    onPost(task) {
      if (task.kind === "fault") commitFault(task.fault);
      else client.linkShard(shardIndex(task.peer), task.port);
    },
    stop: () => client.stop(),
  };
});
