/**
 * How long dns without its database, and an agent without any dns, take from the start of the process to the first answer,
 * out of their snapshots: where what they ask is refused, and where it takes the connection and says nothing.
 *
 * @module
 */

import { encodeRouteRecord, ROUTE_SNAPSHOT } from "../../agent/upstream/route_snapshot.ts";
import { LarsClient } from "../../client/mod.ts";
import { encodeRouteFrame } from "../../dns/routes/route_frame.ts";
import { RouteTable } from "../../dns/routes/route_table.ts";
import { RouteTableWriter } from "../../dns/routes/route_table_writer.ts";
import { encodeTableSnapshot, TABLE_SNAPSHOT } from "../../dns/routes/table_snapshot.ts";
import type { Route } from "../../proto/mod.ts";
import { SnapshotFile } from "../../service/mod.ts";
import { RoutePeer } from "../../testing/dns/route_peer.ts";
import { reservePort } from "../../testing/lasting_port.ts";
import { Role } from "../../testing/role.ts";
import { median } from "../harness/statistics.ts";
import type { Figure, Suite, SuiteInput } from "../suite.ts";

/** Hosts of a module. */
const MODULE_HOSTS = 10;

/** All hosts, and the time that the first answer may take, ms. */
const SIZES = [{ hosts: 10_000, atMost: 500 }, { hosts: 1_000_000, atMost: 2000 }];

/** Starts out of snapshots. */
export const startSuite: Suite = {
  name: "start",
  summary: "How long dns and agent take to their first answer when all behind them is away",
  isExtra: true,
  async run({ rounds, folder, signal }: SuiteInput) {
    const figures: Figure[] = [];
    using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const away = { refuses: reservePort(), "says nothing": silent.addr.port };
    for (const { hosts, atMost } of SIZES) {
      const files = await writeSnapshots(folder, hosts);
      for (const [how, port] of Object.entries(away)) {
        for (const [role, start] of Object.entries({ dns: startDns, agent: startAgent })) {
          const tookMs: number[] = [];
          for (let round = 0; round < rounds; round++) {
            signal.throwIfAborted();
            tookMs.push(await start({ ...files, folder, port }));
          }
          const behind = role === "dns" ? "a database" : "a dns";
          figures.push({
            name: `${role}, ${hosts.toLocaleString("en")} hosts, ${behind} that ${how}`,
            unit: "ms",
            value: median(tookMs),
            target: { atMost },
          });
        }
      }
    }
    return figures;
  },
};

/** What is started, on what. */
interface Start {
  /** The snapshot of dns. */
  dns: string;
  /** The snapshot of the agent. */
  agent: string;
  /** Where these are. */
  folder: string;
  /** Where nobody answers. */
  port: number;
}

function* routesOf(hosts: number): Generator<Route> {
  for (let modid = 1; modid <= hosts / MODULE_HOSTS; modid++) {
    yield {
      modid,
      cmdid: 1,
      hosts: Array.from({ length: MODULE_HOSTS }, (_, i) => ({
        ip: 0x0a000001 + i,
        port: 8080,
        weight: 100,
      })),
    };
  }
}

async function writeSnapshots(
  folder: string,
  hosts: number,
): Promise<{ dns: string; agent: string }> {
  const files = { dns: `${folder}/dns.snapshot`, agent: `${folder}/agent.snapshot` };
  const table = RouteTable.create();
  const writer = new RouteTableWriter(table);
  for (const route of routesOf(hosts)) writer.put(encodeRouteFrame(route, route.hosts));
  const agreement = { atSec: Date.now() / 1000, changeId: 0, acceptedId: 0 };
  const content = await encodeTableSnapshot({ table, agreement });
  await new SnapshotFile(files.dns, TABLE_SNAPSHOT).write(content);
  const records = Array.from(routesOf(hosts), encodeRouteRecord);
  await new SnapshotFile(files.agent, ROUTE_SNAPSHOT).write(records);
  return files;
}

async function startDns({ dns, port }: Start): Promise<number> {
  const startMs = performance.now();
  await using role = await Role.start("dns", [
    "store.driver=mysql",
    `mysql.db_port=${port}`,
    `dns.snapshot=${dns}`,
  ]);
  await using peer = await RoutePeer.connect({ hostname: "127.0.0.1", port: role.port });
  const { hosts } = await peer.ask(1, 1);
  if (hosts.length !== MODULE_HOSTS) throw new Error(`dns gave ${hosts.length} hosts`);
  return performance.now() - startMs;
}

async function startAgent({ agent, folder, port }: Start): Promise<number> {
  const startMs = performance.now();
  const settings = [`dnsserver.port=${port}`, `agent.snapshot=${agent}`];
  await using role = await Role.start("agent", settings, { dataFolder: folder });
  await using client = new LarsClient({ port: role.port });
  await client.getHost(1, 1);
  return performance.now() - startMs;
}
