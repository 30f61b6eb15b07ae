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
}

/** Which database, of which kind. */
export type StoreConfig = SqliteConfig | MysqlConfig;

/** Names the database for logs and errors; leaves the password out. */
export function describeStore(config: StoreConfig): string {
  return config.driver === "sqlite"
    ? config.path
    : `${config.database} on ${config.host}:${config.port}`;
}
