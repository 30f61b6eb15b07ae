/**
 * What a MySQL server's error means: whether to try again, whether to ask another server, and what to do about it, where the
 * server does not say so: which setting, or which statement of an administrator, mends it.
 *
 * @module
 */

import type { MysqlConfig } from "../store_config.ts";
import { errnoOf, StoreError } from "../store_error.ts";

/** The server's error numbers that have a meaning here. */
const ER_ACCESS_DENIED = 1045;
const ER_UNKNOWN_COM = 1047;
const ER_SERVER_SHUTDOWN = 1053;
const ER_LOCK_WAIT_TIMEOUT = 1205;
const ER_OPTION_PREVENTS_STATEMENT = 1290;
const ER_ACCESS_DENIED_NO_PASSWORD = 1698;
const ER_READ_ONLY_MODE = 1836;
const ER_NO_DEFAULT_FOR_FIELD = 1364;
const ER_SECURE_TRANSPORT_REQUIRED = 3159;

/**
 * The server has rolled the transaction back because of another one, and expects a retry: deadlock, or a failed
 * certification on Galera (1213); a lock was held for too long; changed since last read, MariaDB's snapshot isolation
 * (1020); write conflict, TiDB (8002, 8022, 9007).
 */
const CONFLICTS: ReadonlySet<unknown> = new Set([
  1213,
  ER_LOCK_WAIT_TIMEOUT,
  1020,
  8002,
  8022,
  9007,
]);

/** How to let a user log in. */
const OTHER_METHOD = "have an administrator give them another: " +
  "ALTER USER … IDENTIFIED VIA ed25519 USING PASSWORD('…') on MariaDB, " +
  "ALTER USER … IDENTIFIED WITH caching_sha2_password BY '…' on MySQL";

/** The connection on which something failed. */
export interface FailedConnection {
  /** The server it goes to. */
  config: MysqlConfig;
  /** Whether it was encrypted. */
  isEncrypted: boolean;
  /** Whether the server offers TLS. */
  offersTls: boolean;
}

/** Whether a statement, and the transaction that it was in, did nothing because of another one: it may well be done again. */
export function isConflict(error: unknown): boolean {
  return CONFLICTS.has(errnoOf(error));
}

/** Whether a server took nothing, as it is cut off from its cluster, ends, or is only to be read. */
export function isRefusal(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === ER_UNKNOWN_COM || errno === ER_SERVER_SHUTDOWN || isReadOnly(error, errno);
}

/** Whether a server is away, or as good as: another one may do what this one did not. */
export function isServerFailure(error: unknown): boolean {
  if (!(error instanceof StoreError) || error.cause instanceof AggregateError) return false;
  const errno = errnoOf(error) ?? 0; // of the system, they are negative
  return errno <= 0 || isRefusal(error);
}

/** What to do about an error; undefined where its own message is enough. */
export function adviceOn(cause: unknown, connection: FailedConnection): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { code, errno } = cause as Error & { code?: unknown; errno?: unknown };
  switch (code) {
    case "ECONNREFUSED":
    case "EHOSTUNREACH":
    case "ENOTFOUND":
    case "ETIMEDOUT":
      return "is a server up there? [mysql] db_host and db_port say where to look";
    case "HANDSHAKE_NO_SSL_SUPPORT":
      return `it must speak TLS as [mysql] ssl is ${connection.config.tls?.mode}`;
    case "HANDSHAKE_SSL_ERROR":
      return adviceOnTls(cause.message, connection.config);
    case "AUTH_SWITCH_PLUGIN_ERROR":
    case "MYSQL_CLEAR_PASSWORD_NOT_ENABLED":
      return adviceOnMethod(cause.message, connection.config);
  }
  switch (errno) {
    case ER_SECURE_TRANSPORT_REQUIRED:
      return "the server takes encrypted connections alone: set [mysql] ssl = required, or verify_identity";
    case ER_ACCESS_DENIED:
      return adviceOnDenial(connection);
    case ER_ACCESS_DENIED_NO_PASSWORD:
      return "this user logs in without a password, through the server's own socket: " +
        OTHER_METHOD;
    case ER_NO_DEFAULT_FOR_FIELD:
      return "it is no column of Lars: give it a default, ALTER TABLE … ALTER COLUMN … SET DEFAULT …";
    case ER_UNKNOWN_COM:
      return "the node is cut off from its cluster: [mysql] endpoints can name the others";
    case ER_OPTION_PREVENTS_STATEMENT:
    case ER_READ_ONLY_MODE:
      return isReadOnly(cause, errno)
        ? "[mysql] db_host must name the server that takes changes, and no replica"
        : undefined;
  }
}

/** The first of the two numbers is that of other options as well. */
function isReadOnly(error: unknown, errno: unknown): boolean {
  return (errno === ER_OPTION_PREVENTS_STATEMENT || errno === ER_READ_ONLY_MODE) &&
    /read.only/i.test((error as Error).message);
}

function adviceOnTls(message: string, { tls }: MysqlConfig): string {
  if (/altnames|cert's CN/.test(message)) {
    return "[mysql] db_host must be as the server's certificate has it, or ssl = verify_ca, which takes any name";
  }
  if (/expired|not yet valid/.test(message)) {
    return "the server's certificate must be renewed, if this host's clock is right; ssl = required takes any";
  }
  if (/certificate|issuer/i.test(message)) {
    return "[mysql] ssl_ca must name the certificate of the authority that the server's is signed by";
  }
  if (tls?.cert !== undefined || tls?.key !== undefined) {
    return "[mysql] ssl_cert and ssl_key must be a certificate and its key, and the server must take them";
  }
  return "encrypting the connection failed: see [mysql] ssl";
}

/** The server says no more about users who must use TLS, or a certificate. */
function adviceOnDenial({ config, isEncrypted, offersTls }: FailedConnection): string | undefined {
  if (!isEncrypted && offersTls) {
    return "the password is another, or encrypted connections alone are let in (REQUIRE SSL): " +
      "set [mysql] ssl = required, or verify_identity";
  }
  if (isEncrypted && config.tls?.cert === undefined) {
    return "the password is another, or the user must show a certificate (REQUIRE X509): " +
      "see [mysql] ssl_cert and ssl_key";
  }
  if (isEncrypted) {
    return "the password is another, or the user must show another certificate than that of [mysql] ssl_cert";
  }
}

function adviceOnMethod(message: string, { user }: MysqlConfig): string | undefined {
  if (message.includes("mysql_clear_password")) {
    return `user ${user} logs in by a method that sends the password itself (PAM, LDAP), which Lars does over TLS ` +
      "alone, to a server that it knows: set [mysql] ssl = verify_identity";
  }
  const [, method] = /unknown plugin (\w+)/.exec(message) ?? [];
  if (method === undefined) return undefined;
  return `user ${user} logs in by ${method}, and Lars knows mysql_native_password, caching_sha2_password, ` +
    `sha256_password and ed25519: ${OTHER_METHOD}`;
}
