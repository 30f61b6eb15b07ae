/**
 * The sections of the configuration that several roles have. What only one role has is declared by that role.
 *
 * @module
 */

import type { Section } from "./options.ts";
import {
  choice,
  count,
  fileContent,
  host,
  ipv4,
  listenPort,
  port,
  type Setting,
  text,
} from "./setting.ts";
import type { LogFormat, LogLevel } from "./logging.ts";

/** `[reactor]` of a role that serves TCP. */
export type ReactorSection = Section<{
  /** Address to listen on. */
  ip: Setting<string>;
  /** Port to listen on; 0 is any free one. */
  port: Setting<number>;
  /** Connections at once, of all threads together. */
  maxConn: Setting<number>;
  /** Accepting threads; 0 serves in the main one. */
  threadNum: Setting<number>;
}>;

/** `[admin]` of any role. */
export type AdminSection = Section<{
  /** Address to listen on. */
  ip: Setting<string>;
  /** Port to listen on; 0 is any free one. */
  port: Setting<number>;
}>;

/** `[mysql]` of a role that uses the database. */
export type MysqlSection = Section<{
  /** The server's name or address. */
  host: Setting<string>;
  /** The server's port. */
  port: Setting<number>;
  /** Who logs in. */
  user: Setting<string>;
  /** The password. */
  password: Setting<string>;
  /** The password out of a file, which then counts. */
  passwordFromFile: Setting<string | undefined>;
  /** The database's name. */
  database: Setting<string>;
}>;

/** `[store]` of a role that uses the database. */
export type StoreSection = Section<{
  /** Which kind of database. */
  driver: Setting<StoreConfig["driver"]>;
  /** The SQLite file. */
  path: Setting<string>;
}>;

/** `[log]` of any role. */
export type LogSection = Section<{
  /** What is logged: this and worse. */
  level: Setting<LogLevel>;
  /** How it is written. */
  format: Setting<LogFormat>;
}>;

/** Where the routes and statuses are, as sql takes it. */
export type StoreConfig =
  | { driver: "sqlite"; path: string }
  | {
    driver: "mysql";
    host: string;
    port: number;
    user: string;
    password: string;
    database: string;
  };

/** `[reactor]` of a role that serves TCP, by default on this port. */
export function reactorSection(defaults: { port: number }): ReactorSection {
  return {
    doc: "The TCP server",
    settings: {
      ip: ipv4({ doc: "Address to listen on; 0.0.0.0 is all of the host's", default: "127.0.0.1" }),
      port: listenPort({ doc: "Port to listen on; 0 is any free one", default: defaults.port }),
      maxConn: count({
        doc: "Connections at once; one more is closed at once",
        default: 1024,
        min: 1,
        max: 1_000_000,
      }),
      threadNum: count({
        doc: "Threads that accept connections; 0 serves in the main one",
        default: 2,
        max: 256,
      }),
    },
  };
}

/** `[admin]`, by default on this port. */
export function adminSection(defaults: { port: number }): AdminSection {
  return {
    doc: "HTTP for operators: /metrics, /healthz, /readyz",
    settings: {
      ip: ipv4({ doc: "Address to listen on", default: "127.0.0.1" }),
      port: listenPort({ doc: "Port to listen on; 0 is any free one", default: defaults.port }),
    },
  };
}

/** `[mysql]`: a server that speaks MySQL. */
export const mysqlSection: MysqlSection = {
  doc: "A database server that speaks MySQL",
  settings: {
    host: host({ key: "db_host", doc: "Name or address of the server", default: "127.0.0.1" }),
    port: port({ key: "db_port", doc: "Port of the server", default: 3306 }),
    user: text({ key: "db_user", doc: "User to log in as", default: "root" }),
    password: text({ key: "db_passwd", doc: "Password of the user", default: "", secret: true }),
    passwordFromFile: fileContent({
      key: "db_passwd_file",
      doc: "File that holds the password, instead of db_passwd",
    }),
    database: text({ key: "db_name", doc: "Name of the database", default: "lars_dns" }),
  },
};

/** `[store]`: which database. Files of old have only [mysql], and mean that. */
export const storeSection: StoreSection = {
  doc: "Which database holds the routes and statuses",
  settings: {
    driver: choice(["sqlite", "mysql"], {
      doc:
        "sqlite is one file, mysql the server of [mysql]; with [mysql] and no [store] it is mysql",
      default: (given) => given.has("mysql") && !given.has("store") ? "mysql" : "sqlite",
    }),
    path: text({ doc: "The SQLite file; created when missing", default: "./data/lars.db" }),
  },
};

/** `[log]`: what is logged, and how. */
export const logSection: LogSection = {
  doc: "The log, on stderr",
  settings: {
    level: choice(["debug", "info", "warning", "error"], {
      doc: "Log this and worse: debug, info, warning or error",
      default: "info",
    }),
    format: choice(["auto", "text", "json"], {
      doc: "text, json (one object a line), or auto: text on a terminal, else json",
      default: "auto",
    }),
  },
};

/** The values of {@link storeSection} and {@link mysqlSection} as sql takes them. */
export function storeConfig({ store, mysql }: {
  store: { driver: StoreConfig["driver"]; path: string };
  mysql: {
    host: string;
    port: number;
    user: string;
    password: string;
    passwordFromFile: string | undefined;
    database: string;
  };
}): StoreConfig {
  if (store.driver === "sqlite") return { driver: "sqlite", path: store.path };
  const { passwordFromFile, password, ...server } = mysql;
  return { driver: "mysql", ...server, password: passwordFromFile ?? password };
}
