/**
 * A real MariaDB server for tests: a private process with a folder and a port of its own, that can be killed and brought
 * back. It knows nothing of Lars but where a database is.
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
const ENVIRONMENT = { PATH: `${Deno.env.get("PATH")}:/usr/sbin` };

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

/** Where the server's plugin for the method ed25519 is, where there is one: see tools/need.sh. */
export const ED25519_PLUGIN_FOLDER = [
  new URL("../.cache/mariadb", import.meta.url).pathname,
  "/usr/lib/mysql/plugin",
].find((folder) => {
  try {
    return Deno.statSync(`${folder}/auth_ed25519.so`).isFile;
  } catch {
    return false;
  }
});

/** A MariaDB server. Disposing of it ends the process and removes its data. */
export interface MariadbServer extends AsyncDisposable {
  /** The port on 127.0.0.1; the user is root, without a password. */
  readonly port: number;
  /** Makes an empty database whose name no other has. */
  createDatabase(): Promise<MysqlConfig>;
  /** Ends the process as a crash would; resolves when it is gone. */
  kill(): Promise<void>;
  /**
   * Starts it again, on the same port and data; kills it first when it runs.
   *
   * @param args Options to run it with from now on, in place of those it had besides ours.
   */
  restart(args?: readonly string[]): Promise<void>;
}

/** Starts a server, with these options besides, and resolves when it takes connections. */
export async function startMariadb(args: readonly string[] = []): Promise<MariadbServer> {
  const folder = await Deno.makeTempDir({ prefix: "lars_mariadb_" });
  try {
    await installTables(folder);
    for (let tries = 1;; tries++) {
      const port = drawPort();
      try {
        return new Server(folder, {
          port,
          args,
          process: await startProcess(folder, { port, args }),
        });
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
  readonly port: number;
  readonly #folder: string;
  #args: readonly string[];
  #process: Deno.ChildProcess;
  #databases = 0;

  constructor(
    folder: string,
    { port, args, process }: { port: number; args: readonly string[]; process: Deno.ChildProcess },
  ) {
    this.#folder = folder;
    this.port = port;
    this.#args = args;
    this.#process = process;
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

  async kill(): Promise<void> {
    await killProcess(this.#process);
  }

  async restart(args: readonly string[] = this.#args): Promise<void> {
    await this.kill();
    this.#args = args;
    this.#process = await startProcess(this.#folder, { port: this.port, args });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/**
 * Makes the server's own tables. There is a script for it, mariadb-install-db, but it needs a package that the server does
 * not, and, run by root, changes the owner of files outside the folder.
 */
async function installTables(folder: string): Promise<void> {
  const statements = ["CREATE DATABASE mysql;", "USE mysql;", "SET @auth_root_socket = NULL;"];
  for (const file of await findSystemTableFiles()) statements.push(await Deno.readTextFile(file));
  for (const name of ["data", "tmp"]) await Deno.mkdir(`${folder}/${name}`);
  const log = `${folder}/install.log`;
  const [command, ...args] = serverCommand(folder, ["--bootstrap", `--log-error=${log}`]);
  const options = {
    args,
    env: ENVIRONMENT,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  } as const;
  const child = new Deno.Command(command, options).spawn();
  await new Blob([statements.join("\n")]).stream().pipeTo(child.stdin);
  const { success } = await child.status;
  if (!success) throw new Error(`mariadbd --bootstrap failed:\n${await Deno.readTextFile(log)}`);
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

/** Its output goes to a file, which a crash leaves readable, and which no pipe can block. */
async function startProcess(
  folder: string,
  { port, args }: { port: number; args: readonly string[] },
): Promise<Deno.ChildProcess> {
  const log = `${folder}/error.log`;
  await Deno.writeTextFile(log, "");
  const process = new Deno.Command("sh", {
    args: [
      "-c",
      GUARDED,
      "sh",
      folder,
      ...serverCommand(folder, [
        `--socket=${folder}/socket`,
        `--pid-file=${folder}/pid`,
        `--log-error=${log}`,
        `--port=${port}`,
        ...args,
      ]),
    ],
    env: ENVIRONMENT,
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
    if (text.includes("ready for connections")) return process;
    if (wasEnded || Date.now() > deadline) {
      await killProcess(process);
      if (text.includes("Bind on TCP/IP port")) throw new PortInUse(`Port ${port} is in use`);
      throw new Error(`mariadbd did not start:\n${text}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function serverCommand(folder: string, args: string[]): string[] {
  // A server deletes what temporary tables it finds when it starts: in a shared folder, those of another one.
  const folders = [`--datadir=${folder}/data`, `--tmpdir=${folder}/tmp`];
  const own = ["--no-defaults", ...asThisUser(), ...folders, ...SERVER_OPTIONS];
  return ["mariadbd", ...own, ...args];
}

/** The version of the server that is installed: `10.11.19-MariaDB-…`. */
export async function mariadbVersion(): Promise<string> {
  const { stdout } = await askServer(["--version"]);
  return /Ver (\S+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? "unknown";
}

async function askServer(args: string[]): Promise<Deno.CommandOutput> {
  try {
    return await new Deno.Command("mariadbd", { args, env: ENVIRONMENT }).output();
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
