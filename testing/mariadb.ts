/**
 * A real MariaDB server for tests: a private process with a folder and a port of its own, that can be killed and brought
 * back. It knows nothing of Lars but where a database is. A node of a cluster (galera.ts) is one as well.
 *
 * @module
 */

import { MysqlConnection } from "../sql/mysql/mysql_connection.ts";
import type { MysqlConfig } from "../sql/mod.ts";
import { drawPort } from "./lasting_port.ts";
import { PATIENCE_MS } from "./until.ts";

const MAX_PORT_TRIES = 20;
const START_TIMEOUT_MS = PATIENCE_MS;
const POLL_MS = 10;

/** Debian has the server where only root's PATH leads. */
const PATH = `${Deno.env.get("PATH")}:/usr/sbin`;

/** Runs a program as nobody. */
const AS_NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"];

/**
 * A test that is killed must leave no server behind. So the server runs beside a guard, which waits at a pipe from here: a
 * line means to kill the server; the pipe's end, that there is nobody left who would, nor who would remove the folder. The
 * arguments are the folder and the server's command line.
 */
const GUARDED = `
  folder=$1; shift; exec 3<&0
  (read -r _ <&3; told=$?; kill -9 $$; [ $told = 0 ] || rm -rf "$folder") &
  exec "$@" </dev/null 3<&-
`;

/** What a new server's own tables are made of, by the ends of the names of files that come with it. */
const SYSTEM_TABLE_FILES = ["_system_tables.sql", "_system_tables_data.sql"];

/** Small and quick: no test needs a gigabyte, or its data after a power cut. */
const SERVER_OPTIONS = [
  "--bind-address=127.0.0.1",
  "--skip-name-resolve",
  "--innodb-buffer-pool-size=32M",
  "--innodb-log-file-size=32M",
  "--innodb-flush-log-at-trx-commit=2",
];

/** Where the server's plugin for the method ed25519 is, where there is one. */
export const ED25519_PLUGIN_FOLDER = findServerFile("auth_ed25519.so", "/usr/lib/mysql/plugin");

/** The folder of a file of MariaDB's that tools/need.sh brings where the system has none. */
export function findServerFile(name: string, systemFolder: string): string | undefined {
  const folders = [new URL("../.cache/mariadb", import.meta.url).pathname, systemFolder];
  return folders.find((folder) => {
    try {
      return Deno.statSync(`${folder}/${name}`).isFile;
    } catch {
      return false;
    }
  });
}

/** How a server is made, where that is not as usual. */
export interface MariadbOptions {
  /**
   * Whether it takes all that it holds from another server, even its own tables.
   * @default false
   */
  isJoiner?: boolean;
  /**
   * Whether it runs as nobody where we are root.
   * @default false
   */
  isUnprivileged?: boolean;
  /** A folder of programs for it, besides those of the PATH. */
  programs?: string;
}

/** A MariaDB server. Disposing of it ends the process and removes its data. */
export interface MariadbServer extends AsyncDisposable {
  /** The port on 127.0.0.1; the user is root, without a password. */
  readonly port: number;
  /** Makes an empty database whose name no other has. */
  createDatabase(): Promise<MysqlConfig>;
  /** Sends the process a signal. */
  signal(signal: Deno.Signal): void;
  /** Ends the process as a crash would; resolves when it is gone. */
  kill(): Promise<void>;
  /**
   * Starts it again, on the same port and data; kills it first when it runs.
   *
   * @param args Options to run it with from now on, in place of those it had besides ours.
   */
  restart(args?: readonly string[]): Promise<void>;
  /** Kills it when it runs, and removes its data, its own tables as well. */
  clear(): Promise<void>;
}

/** Starts a server, with these options besides, and resolves when it takes connections. */
export async function startMariadb(
  args: readonly string[] = [],
  options: MariadbOptions = {},
): Promise<MariadbServer> {
  const folder = await Deno.makeTempDir({ prefix: "lars_mariadb_" });
  const server = new Server(folder, { args, ...options });
  try {
    await server.install();
    for (let tries = 1;; tries++) {
      try {
        await server.start(drawPort());
        return server;
      } catch (error) {
        if (!(error instanceof PortInUse) || tries === MAX_PORT_TRIES) throw error;
      }
    }
  } catch (error) {
    await Deno.remove(folder, { recursive: true });
    throw error;
  }
}

class PortInUse extends Error {}

class Server implements MariadbServer {
  readonly #folder: string;
  readonly #options: MariadbOptions;
  readonly #isNobody: boolean;
  readonly #environment: { PATH: string };
  #args: readonly string[];
  #port = 0;
  #process?: Deno.ChildProcess;
  #databases = 0;

  constructor(
    folder: string,
    { args, ...options }: MariadbOptions & { args: readonly string[] },
  ) {
    this.#folder = folder;
    this.#args = args;
    this.#options = options;
    const { isUnprivileged = false, programs } = options;
    this.#isNobody = isUnprivileged && Deno.uid() === 0;
    this.#environment = { PATH: programs === undefined ? PATH : `${programs}:${PATH}` };
  }

  get port(): number {
    return this.#port;
  }

  async createDatabase(): Promise<MysqlConfig> {
    const config: MysqlConfig = {
      driver: "mysql",
      host: "127.0.0.1",
      port: this.port,
      user: "root",
      password: "",
      database: `lars_test_${++this.#databases}`,
    };
    await using connection = await MysqlConnection.open(config, { useDatabase: false });
    await connection.write("CREATE DATABASE ??", [config.database]);
    return config;
  }

  signal(signal: Deno.Signal): void {
    this.#process?.kill(signal);
  }

  async kill(): Promise<void> {
    if (this.#process !== undefined) await killProcess(this.#process);
    this.#process = undefined;
  }

  async restart(args: readonly string[] = this.#args): Promise<void> {
    await this.kill();
    this.#args = args;
    await this.start(this.#port);
  }

  async clear(): Promise<void> {
    await this.kill();
    await Deno.remove(`${this.#folder}/data`, { recursive: true });
    await this.#makeFolders();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Deno.remove(this.#folder, { recursive: true });
  }

  /**
   * Makes the server's own tables. There is a script for it, mariadb-install-db, but it needs a package that the server does
   * not, and, run by root, changes the owner of files outside the folder.
   */
  async install(): Promise<void> {
    await this.#makeFolders();
    if (this.#options.isJoiner) return;
    const statements = ["CREATE DATABASE mysql;", "USE mysql;", "SET @auth_root_socket = NULL;"];
    for (const file of await findSystemTableFiles()) statements.push(await Deno.readTextFile(file));
    const log = `${this.#folder}/install.log`;
    const [command, ...args] = this.#command(["--bootstrap", `--log-error=${log}`]);
    const child = new Deno.Command(command, {
      args,
      env: this.#environment,
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    await new Blob([statements.join("\n")]).stream().pipeTo(child.stdin);
    const { success } = await child.status;
    if (!success) throw new Error(`mariadbd --bootstrap failed:\n${await Deno.readTextFile(log)}`);
  }

  /** Its output goes to a file, which a crash leaves readable, and which no pipe can block. */
  async start(port: number): Promise<void> {
    this.#port = port;
    const log = `${this.#folder}/error.log`;
    await Deno.writeTextFile(log, "");
    await this.#giveAway(log);
    const files = [
      `--socket=${this.#folder}/socket`,
      `--pid-file=${this.#folder}/pid`,
      `--log-error=${log}`,
    ];
    const process = this.#process = new Deno.Command("sh", {
      args: [
        "-c",
        GUARDED,
        "sh",
        this.#folder,
        ...this.#command([...files, `--port=${port}`, ...this.#args]),
      ],
      env: this.#environment,
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    let ended = false;
    process.status.then(() => ended = true);
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      const wasEnded = ended;
      const text = await Deno.readTextFile(log);
      if (text.includes("ready for connections")) return;
      if (wasEnded || Date.now() > deadline) {
        await this.kill();
        if (text.includes("Bind on TCP/IP port")) throw new PortInUse(`Port ${port} is in use`);
        throw new Error(`mariadbd did not start:\n${text}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** The folders that it needs; a server deletes what temporary tables it finds when it starts: in a shared one, another's. */
  async #makeFolders(): Promise<void> {
    await this.#giveAway(this.#folder);
    for (const name of ["data", "tmp"]) {
      const path = `${this.#folder}/${name}`;
      await Deno.mkdir(path, { recursive: true });
      await this.#giveAway(path);
    }
  }

  async #giveAway(path: string): Promise<void> {
    if (!this.#isNobody) return;
    const { stdout } = await new Deno.Command("id", { args: ["-u", "nobody"] }).output();
    await Deno.chown(path, Number(new TextDecoder().decode(stdout)), null);
  }

  #command(args: string[]): string[] {
    const folders = [`--datadir=${this.#folder}/data`, `--tmpdir=${this.#folder}/tmp`];
    const own = ["--no-defaults", ...this.#isNobody ? [] : asThisUser(), ...folders];
    return [...this.#isNobody ? AS_NOBODY : [], "mariadbd", ...own, ...SERVER_OPTIONS, ...args];
  }
}

/** The server knows where its files are. */
async function findSystemTableFiles(): Promise<string[]> {
  const { stdout } = await askServer(["--no-defaults", ...asThisUser(), "--verbose", "--help"]);
  const line = /^character-sets-dir\s+(.+)\/charsets/m.exec(new TextDecoder().decode(stdout));
  if (line === null) throw new Error("mariadbd --help does not name its character-sets-dir");
  const folder = line[1];
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
  return SYSTEM_TABLE_FILES.map((end) => `${folder}/${names.find((name) => name.endsWith(end))}`);
}

/** The version of the server that is installed: `10.11.19-MariaDB-…`. */
export async function mariadbVersion(): Promise<string> {
  const { stdout } = await askServer(["--version"]);
  return /Ver (\S+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? "unknown";
}

async function askServer(args: string[]): Promise<Deno.CommandOutput> {
  try {
    return await new Deno.Command("mariadbd", { args, env: { PATH } }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error("No MariaDB server on this machine: run `make test`, which installs one");
  }
}

/** The server refuses to run as root unless it is told to. */
function asThisUser(): string[] {
  return Deno.uid() === 0 ? ["--user=root"] : [];
}

async function killProcess(process: Deno.ChildProcess): Promise<void> {
  if (!process.stdin.locked) {
    const guard = process.stdin.getWriter();
    await guard.write(new TextEncoder().encode("\n"));
    await guard.close();
  }
  await process.status;
}
