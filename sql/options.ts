/**
 * What a program that uses the database can be told about it: `[store]` says which, `[mysql]` where the server is.
 *
 * @module
 */

import {
  choice,
  endpoints,
  fileContent,
  type GivenSections,
  host,
  type OptionValues,
  pemContent,
  port,
  text,
} from "../service/mod.ts";
import type { StoreConfig } from "./store_config.ts";

const SSL_MODES = choice(["disabled", "preferred", "required", "verify_ca", "verify_identity"], {
  doc: "Whether the connection is encrypted (TLS), and whether the server must prove who it is",
  detail:
    "The words are those of MySQL's own clients, and so is the default: preferred encrypts where the server offers " +
    "it, which needs no set-up, and keeps out who can only listen. required refuses a server that does not offer " +
    "it. verify_ca also wants its certificate signed by an authority of ssl_ca, and verify_identity made out to " +
    "db_host: on a network that others use as well, take the latter.",
  default: "preferred",
});

/** MySQL's manual writes them in capitals. */
const sslMode: typeof SSL_MODES = {
  ...SSL_MODES,
  parse: (text) => SSL_MODES.parse(text.toLowerCase()),
};

/** `[mysql]`: a server that speaks MySQL. */
const mysqlSection = {
  doc: "A database server that speaks MySQL, such as MariaDB",
  detail:
    "It is used where [store] driver is mysql. `lars db migrate` makes or completes its tables.",
  settings: {
    host: host({ key: "db_host", doc: "Name or address of the server", default: "127.0.0.1" }),
    port: port({ key: "db_port", doc: "Port of the server", default: 3306 }),
    endpoints: endpoints({
      doc: "Servers of a cluster: host:port, host:port; db_host and db_port then do not count",
      detail:
        "The first of them that answers and takes changes is used, found by asking: a Galera node must be in its cluster, " +
        "and another server not read_only. Where none takes changes, one is read. When it fails the next one is, at once; " +
        "a better one that is back is used after some 5 s.",
    }),
    user: text({ key: "db_user", doc: "User to log in as", default: "root" }),
    password: text({
      key: "db_passwd",
      doc: "Password of the user",
      detail:
        "It may hold any character; one that begins and ends with a double quote is put in quotes. It is never " +
        "shown, nor logged.",
      default: "",
      secret: true,
    }),
    passwordFromFile: fileContent({
      key: "db_passwd_file",
      doc: "File that holds the password, instead of db_passwd",
      detail: "The line break at its end does not count.",
    }),
    database: text({ key: "db_name", doc: "Name of the database", default: "lars_dns" }),
    ssl: sslMode,
    sslCa: pemContent("certificate", {
      key: "ssl_ca",
      doc:
        "File with the certificates of the authorities that may have signed the server's, in PEM",
      detail: "Without it, those that the system trusts. With it, preferred means verify_ca.",
    }),
    sslCert: pemContent("certificate", {
      key: "ssl_cert",
      doc: "File with a certificate for this client, in PEM",
      detail: "For users of whom the server wants one (REQUIRE X509).",
    }),
    sslKey: pemContent("key", { key: "ssl_key", doc: "File with the key of ssl_cert, in PEM" }),
  },
};

/** `[store]`: which database. Files of old have only [mysql], and mean that. */
const storeSection = {
  doc: "Which database holds the routes and statuses",
  settings: {
    driver: choice(["sqlite", "mysql"], {
      doc: "sqlite is one file, mysql the server of [mysql]",
      detail: "Where something is set in [mysql] and nothing in [store], it is mysql by itself.",
      default: (given) => meansMysql(given) ? "mysql" : "sqlite",
    }),
    path: text({
      doc: "The SQLite file; created when missing",
      detail:
        "dns and reporter on one host use the same. It is below the folder the program is started in unless it " +
        "begins with a slash.",
      default: "./data/lars.db",
    }),
  },
};

/** A name without settings below it says little: the example files have one of every section. */
function meansMysql({ named, set }: GivenSections): boolean {
  if (set.has("store")) return false;
  return set.has("mysql") || (named.has("mysql") && !named.has("store"));
}

/** Both sections, to be spread into the configuration of whoever uses the database. */
export const storeSections = { store: storeSection, mysql: mysqlSection };

/** The database that the values of {@link storeSections} name. */
export function storeConfig(
  { store, mysql }: OptionValues<typeof storeSections>,
): StoreConfig {
  if (store.driver === "sqlite") return { driver: "sqlite", path: store.path };
  const { passwordFromFile, password, endpoints, ssl, ...others } = mysql;
  const { sslCa: ca, sslCert: cert, sslKey: key, ...server } = others;
  const mode = ssl === "preferred" && ca !== undefined ? "verify_ca" : ssl;
  return {
    driver: "mysql",
    ...server,
    ...endpoints.length > 0 ? { endpoints } : {},
    password: passwordFromFile ?? password,
    tls: mode === "disabled" ? undefined : { mode, ca, cert, key },
  };
}
