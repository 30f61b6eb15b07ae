/**
 * For tests: databases as the C++ original's programs know them, made and written as these do it.
 *
 * @module
 */

import type { CallStatus, MysqlConfig } from "../sql/mod.ts";
import { MysqlConnection } from "../sql/mysql/mysql_connection.ts";

/** How databases differ that never were ours. */
export interface OriginalForm {
  /** The tutorial's has four tables; later ones have two of names as well. */
  tables: 4 | 6;
  /** Whether ip, port and caller of ServerCallStatus are signed, as the tutorial has them. */
  signed: boolean;
}

/** Every form there is. */
export const ORIGINAL_FORMS: readonly OriginalForm[] = [
  { tables: 4, signed: true },
  { tables: 4, signed: false },
  { tables: 6, signed: true },
  { tables: 6, signed: false },
];

const OPTIONS = "ENGINE=InnoDB AUTO_INCREMENT=1 DEFAULT CHARSET=utf8";

const ROUTE_TABLES = [
  `CREATE TABLE RouteData (
    id int(10) unsigned NOT NULL AUTO_INCREMENT,
    modid int(10) unsigned NOT NULL,
    cmdid int(10) unsigned NOT NULL,
    serverip int(10) unsigned NOT NULL,
    serverport int(10) unsigned NOT NULL,
    PRIMARY KEY (id)
  ) ${OPTIONS}`,
  `CREATE TABLE RouteVersion (
    id int(10) unsigned NOT NULL AUTO_INCREMENT,
    version int(10) unsigned NOT NULL,
    PRIMARY KEY (id)
  ) ${OPTIONS}`,
  `CREATE TABLE RouteChange (
    id int(10) unsigned NOT NULL AUTO_INCREMENT,
    modid int(10) unsigned NOT NULL,
    cmdid int(10) unsigned NOT NULL,
    version bigint(20) unsigned NOT NULL,
    PRIMARY KEY (id)
  ) ${OPTIONS}`,
  "INSERT INTO RouteVersion (id, version) VALUES (1, 1528000000)",
];

const NAME_TABLES = ["modid", "cmdid"].map((column) =>
  `CREATE TABLE ${column === "modid" ? "ModIDConfig" : "CmdIDConfig"} (
    id int(11) NOT NULL AUTO_INCREMENT,
    ${column} int(10) unsigned NOT NULL,
    content char(255) NOT NULL,
    PRIMARY KEY (id)
  ) ${OPTIONS}`
);

function statusTable(sign: string): string {
  return `CREATE TABLE ServerCallStatus (
    modid int(11) NOT NULL,
    cmdid int(11) NOT NULL,
    ip int(11)${sign} NOT NULL,
    port int(11)${sign} NOT NULL,
    caller int(11)${sign} NOT NULL,
    succ_cnt int(11) NOT NULL,
    err_cnt int(11) NOT NULL,
    ts bigint(20) NOT NULL,
    overload char(1) NOT NULL,
    PRIMARY KEY (modid, cmdid, ip, port, caller)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8`;
}

/** The statements that make a database, without routes or statuses. */
export function originalTables({ tables, signed }: OriginalForm): string[] {
  const names = tables === 6 ? NAME_TABLES : [];
  return [...ROUTE_TABLES, statusTable(signed ? "" : " unsigned"), ...names];
}

/** As the original's reporter writes a status, with addresses signed (`%d`) or not (`%u`). */
export function originalUpsert(status: CallStatus, { signed }: { signed: boolean }): string {
  const { modid, cmdid, succ, err, tsSec } = status;
  const [ip, port, caller] = [status.ip, status.port, status.caller]
    .map((value) => signed ? value | 0 : value >>> 0);
  const overload = status.overload ? 1 : 0;
  return `INSERT INTO ServerCallStatus
    (modid, cmdid, ip, port, caller, succ_cnt, err_cnt, ts, overload)
    VALUES (${modid}, ${cmdid}, ${ip}, ${port}, ${caller}, ${succ}, ${err}, ${tsSec}, ${overload})
    ON DUPLICATE KEY UPDATE
    succ_cnt = ${succ}, err_cnt = ${err}, ts = ${tsSec}, overload = ${overload}`;
}

/** Runs statements one after the other, by default in a session as strict as ours are. */
export async function runStatements(
  config: MysqlConfig,
  statements: readonly string[],
): Promise<void> {
  await using connection = await MysqlConnection.open(config);
  for (const statement of statements) await connection.write(statement);
}
