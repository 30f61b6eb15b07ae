/**
 * Where the database is: what `openRouteStore` and its siblings take.
 *
 * @module
 */

import type { Endpoint } from "../reactor/mod.ts";

/** The embedded database: one file, created when missing. */
export interface SqliteConfig {
  /** Chooses the embedded form. */
  driver: "sqlite";
  /** The file; its folder is created as well. SQLite keeps two more beside it, `-wal` and `-shm`. */
  path: string;
}

/** TLS of the connection to a server; certificates and keys are in PEM. */
export interface MysqlTls {
  /**
   * preferred encrypts where the server offers it, required always; verify_ca also checks that `ca` has signed the server's
   * certificate, and verify_identity that it names the host connected to.
   */
  mode: "preferred" | "required" | "verify_ca" | "verify_identity";
  /** Certificates of the authorities that are trusted. @default those that the system trusts */
  ca?: string;
  /** The client's certificate, for servers that ask for one. */
  cert?: string;
  /** Its key. */
  key?: string;
}

/** A server with MySQL's protocol. */
export interface MysqlConfig {
  /** Chooses the server form. */
  driver: "mysql";
  /** Address or name. */
  host: string;
  /** TCP port. */
  port: number;
  /** Where it is on several servers, all of them, in the order of preference; host and port then do not count. @default none */
  endpoints?: readonly Endpoint[];
  /** Account name. */
  user: string;
  /** Empty for none. */
  password: string;
  /** Database name. */
  database: string;
  /** TLS of the connection. @default none */
  tls?: MysqlTls;
}

/** A database of either kind. */
export type StoreConfig = SqliteConfig | MysqlConfig;

/** The database's name in logs and errors, without the password. */
export function describeStore(config: StoreConfig): string {
  return config.driver === "sqlite"
    ? config.path
    : `${config.database} on ${describeServers(config)}`;
}

/** Where the servers of a database are: `10.0.0.1:3306, 10.0.0.2:3306`. */
export function describeServers({ host: hostname, port, endpoints = [] }: MysqlConfig): string {
  const servers = endpoints.length === 0 ? [{ hostname, port }] : endpoints;
  return servers.map(({ hostname, port }) => `${hostname}:${port}`).join(", ");
}
