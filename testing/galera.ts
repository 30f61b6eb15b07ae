/**
 * A real Galera cluster for tests: three nodes of MariaDB on loopback, each of which can be killed, cut off from the others,
 * and have its state transferred anew. tools/need.sh galera brings what it needs.
 *
 * @module
 */

import type { MysqlConfig } from "../sql/mod.ts";
import { MysqlConnection } from "../sql/mysql/mysql_connection.ts";
import { reservePort } from "./lasting_port.ts";
import { findServerFile, type MariadbServer, startMariadb } from "./mariadb.ts";
import { until } from "./until.ts";

const NODES = 3;

/** What a joiner and its donor run to transfer a state. */
const TRANSFER_PROGRAMS = ["wsrep_sst_common", "wsrep_sst_rsync"];

const OPTIONS = [
  "--wsrep-on=ON",
  "--wsrep-provider=/usr/lib/galera/libgalera_smm.so",
  "--wsrep-cluster-name=lars",
  "--wsrep-node-address=127.0.0.1",
  "--wsrep-sst-method=rsync",
  "--binlog-format=ROW",
  "--innodb-autoinc-lock-mode=2",
];

/** How soon a node counts as gone: a few times the time between two signs of life, as on a slow network. */
const PROVIDER_OPTIONS = "gcache.size=16M";

/** One node of a {@link GaleraCluster}. */
export class GaleraNode {
  readonly #server: MariadbServer;
  readonly #rejoinArgs: readonly string[];

  /** A server, and the options by which it finds the cluster again. */
  constructor(server: MariadbServer, rejoinArgs: readonly string[]) {
    this.#server = server;
    this.#rejoinArgs = rejoinArgs;
  }

  /** The port on 127.0.0.1; the user is root, without a password. */
  get port(): number {
    return this.#server.port;
  }

  /** Makes an empty database whose name no other has; on all nodes. */
  createDatabase(): Promise<MysqlConfig> {
    return this.#server.createDatabase();
  }

  /** Ends the process as a crash would; resolves when it is gone. */
  kill(): Promise<void> {
    return this.#server.kill();
  }

  /** Starts it again, without any of its data: it gets all of it from another node. */
  async rejoinEmpty(): Promise<void> {
    await this.#server.clear();
    await this.#server.restart(this.#rejoinArgs);
    await this.synced();
  }

  /** Cuts it off from the others. It goes on answering that it is no part of a cluster. */
  isolate(): Promise<void> {
    return this.#setIsolated(true);
  }

  /** Ends {@link isolate}; it finds the others by itself. */
  async reconnect(): Promise<void> {
    await this.#setIsolated(false);
    await this.synced();
  }

  /** Waits until it is a part of the cluster with all data. */
  async synced(): Promise<void> {
    await until(() => this.is("wsrep_local_state_comment", "Synced").catch(() => false));
  }

  /** Whether one of its status variables has a value. */
  async is(variable: string, value: string): Promise<boolean> {
    await using connection = await this.#connect();
    const [row] = await connection.read<{ Value: string }>("SHOW GLOBAL STATUS LIKE ?", [variable]);
    return row?.Value === value;
  }

  async #setIsolated(isIsolated: boolean): Promise<void> {
    await using connection = await this.#connect();
    await connection.write("SET GLOBAL wsrep_provider_options = ?", [
      `gmcast.isolate=${isIsolated ? 1 : 0}`,
    ]);
  }

  #connect(): Promise<MysqlConnection> {
    const server = { host: "127.0.0.1", port: this.port, user: "root", password: "" };
    return MysqlConnection.open({ driver: "mysql", ...server, database: "" }, {
      useDatabase: false,
    });
  }
}

/** Three nodes with the same data. Disposing of it ends them. */
export class GaleraCluster implements AsyncDisposable {
  /** The nodes, in the order in which they joined. */
  readonly nodes: readonly GaleraNode[];
  readonly #servers: AsyncDisposableStack;

  private constructor(nodes: readonly GaleraNode[], servers: AsyncDisposableStack) {
    this.nodes = nodes;
    this.#servers = servers;
  }

  /** Starts all nodes, one after the other. */
  static async start(): Promise<GaleraCluster> {
    await using servers = new AsyncDisposableStack();
    const programs = await copyPrograms();
    servers.defer(() => Deno.remove(programs, { recursive: true }));
    const ports = Array.from({ length: NODES }, reservePort);
    const address = `--wsrep-cluster-address=gcomm://${ports.map(atPort).join(",")}`;
    const nodes: GaleraNode[] = [];
    for (const [index, port] of ports.entries()) {
      const args = nodeOptions(index, port);
      const first = ["--wsrep-new-cluster", "--wsrep-cluster-address=gcomm://"];
      const server = await startMariadb([...args, ...index === 0 ? first : [address]], {
        isJoiner: index > 0,
        isUnprivileged: true,
        programs,
      });
      servers.use(server);
      const node = new GaleraNode(server, [...args, address]);
      await node.synced();
      nodes.push(node);
    }
    return new GaleraCluster(nodes, servers.move());
  }

  /** Waits until all nodes are parts of one cluster. */
  async whole(): Promise<void> {
    for (const node of this.nodes) {
      await until(() => node.is("wsrep_cluster_size", String(NODES)).catch(() => false));
      await node.synced();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#servers.disposeAsync();
  }
}

/** Where anybody may run them, as the nodes do. */
async function copyPrograms(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "lars_galera_" });
  await Deno.chmod(folder, 0o755);
  for (const name of TRANSFER_PROGRAMS) {
    const source = findServerFile(name, "/usr/bin");
    if (source === undefined) {
      await Deno.remove(folder, { recursive: true });
      throw new Error("Galera is not whole on this machine: run `tools/need.sh mariadb galera`");
    }
    await Deno.copyFile(`${source}/${name}`, `${folder}/${name}`);
  }
  return folder;
}

function nodeOptions(index: number, port: number): string[] {
  const own = `base_port=${port};gmcast.listen_addr=tcp://127.0.0.1:${port};` +
    `ist.recv_addr=127.0.0.1:${reservePort()};${PROVIDER_OPTIONS}`;
  return [
    ...OPTIONS,
    `--wsrep-node-name=n${index + 1}`,
    `--wsrep-sst-receive-address=127.0.0.1:${reservePort()}`,
    `--wsrep-provider-options=${own}`,
  ];
}

function atPort(port: number): string {
  return `127.0.0.1:${port}`;
}
