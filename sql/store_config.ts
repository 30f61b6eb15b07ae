/**
 * Where the database is: what every part hands to `openRouteStore` and its siblings.
 *
 * @module
 */

/** The embedded database: one file, made when missing. */
export interface SqliteConfig {
  /** Chooses the embedded form. */
  driver: "sqlite";
  /** The file; its folder is made as well. SQLite keeps two more beside it, `-wal` and `-shm`. */
  path: string;
}

/** How the connection to a server is protected; certificates and keys are in PEM. */
export interface MysqlTls {
  /**
   * preferred encrypts where the server offers it, required insists; verify_ca wants the server's certificate signed by
   * `ca` besides, and verify_identity made out to the host that is connected to.
   */
  mode: "preferred" | "required" | "verify_ca" | "verify_identity";
  /** Certificates of the authorities that are trusted. @default those that the system trusts */
  ca?: string;
  /** The client's own certificate, for servers that want one. */
  cert?: string;
  /** Its key. */
  key?: string;
}

/** A server that speaks MySQL's protocol. */
export interface MysqlConfig {
  /** Chooses the server form. */
  driver: "mysql";
  /** Address or name. */
  host: string;
  /** TCP port. */
  port: number;
  /** Account name. */
  user: string;
  /** Empty for none. */
  password: string;
  /** Database name. */
  database: string;
  /** How the connection is protected. @default not at all */
  tls?: MysqlTls;
}

/** Which database, of which kind. */
export type StoreConfig = SqliteConfig | MysqlConfig;

/** Names the database for logs and errors; leaves the password out. */
export function describeStore(config: StoreConfig): string {
  return config.driver === "sqlite"
    ? config.path
    : `${config.database} on ${config.host}:${config.port}`;
}
