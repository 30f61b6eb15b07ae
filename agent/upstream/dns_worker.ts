/**
 * The entry file of the dns client's thread.
 *
 * @module
 */

import { parseIpv4 } from "../../proto/mod.ts";
import {
  type Access,
  Counters,
  type Posts,
  runCooperatively,
  runWorker,
  TCP_CLIENT_COUNTERS,
} from "../../reactor/mod.ts";
import { configureLogging, type LogConfig } from "../../service/observe/logging.ts";
import { SNAPSHOT_COUNTERS } from "../../service/snapshot/snapshot_counter.ts";
import { SnapshotFile } from "../../service/snapshot/snapshot_file.ts";
import { SnapshotKeeper } from "../../service/snapshot/snapshot_keeper.ts";
import { DnsClient } from "./dns_client.ts";
import { commitFault } from "../supervisor/faults.ts";
import { createLinkLog, type Servers } from "./link.ts";
import { FALLBACK_COUNTERS } from "./route_fallback.ts";
import { ROUTE_SNAPSHOT, RouteSnapshot } from "./route_snapshot.ts";
import type { WorkerTask } from "../messages.ts";
import { shardIndex } from "../supervisor/threads.ts";

/** What the supervisor gives the dns client's thread. */
export interface DnsInit {
  /** How to log. */
  log: LogConfig;
  /** The dns instances. */
  servers: Servers;
  /** How they let it in. */
  access: Access;
  /** The memory of its connection's counters. */
  tcpCounters: SharedArrayBuffer;
  /** The file that routes are kept in for the next run; undefined where they are not. */
  snapshot?: string;
  /** The memory of what its keeping counts. */
  snapshotCounters: SharedArrayBuffer;
  /** The memory of what is counted of the last run's. */
  fallbackCounters: SharedArrayBuffer;
  /** Where the local address of its connection is put for the reporter client: a number of 32 bits. */
  localIp: SharedArrayBuffer;
}

runWorker<DnsInit, Posts<WorkerTask>>(async (init, { beat }) => {
  const { log, servers, access, tcpCounters } = init;
  configureLogging(log);
  const linkLog = createLinkLog("dns");
  const localIp = new Uint32Array(init.localIp);
  const file = init.snapshot === undefined
    ? undefined
    : new SnapshotFile(init.snapshot, ROUTE_SNAPSHOT);
  const keeper = file && new SnapshotKeeper({
    file,
    collect: () => runCooperatively(client.records()),
    counters: new Counters(SNAPSHOT_COUNTERS, init.snapshotCounters),
  });
  const client = new DnsClient({
    ...servers,
    access,
    tcpCounters: new Counters(TCP_CLIENT_COUNTERS, tcpCounters),
    beat,
    last: await file?.read((content) => new RouteSnapshot(content)),
    fallbackCounters: new Counters(FALLBACK_COUNTERS, init.fallbackCounters),
    onRoutes: (event) => keeper?.[event](),
    ...linkLog,
    onOpen(endpoint, local) {
      linkLog.onOpen(endpoint, local);
      localIp[0] = parseIpv4(local) ?? 0;
    },
  });
  return {
    onPost(task) {
      if (task.kind === "fault") commitFault(task.fault);
      else if (task.kind === "access") client.reload(task.access);
      else client.linkShard(shardIndex(task.peer), task.port);
    },
    async stop() {
      await client.stop();
      await keeper?.stop();
    },
  };
});
