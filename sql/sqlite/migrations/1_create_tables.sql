-- The whole schema of the embedded database: none is older than this. What the tables are for is told in
-- ../../mysql/migrations/1_create_tables.sql. Column types are those of the MySQL form, for people who read them: SQLite
-- keeps integers of any size in all of them.

CREATE TABLE IF NOT EXISTS RouteData (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  modid INT UNSIGNED NOT NULL,
  cmdid INT UNSIGNED NOT NULL,
  serverip INT UNSIGNED NOT NULL,
  serverport INT UNSIGNED NOT NULL,
  weight INT UNSIGNED NOT NULL DEFAULT 100
);

CREATE INDEX IF NOT EXISTS RouteData_module ON RouteData (modid, cmdid);

CREATE TABLE IF NOT EXISTS RouteVersion (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  version INT UNSIGNED NOT NULL
);

INSERT OR IGNORE INTO RouteVersion (id, version) VALUES (1, 0);

CREATE TABLE IF NOT EXISTS RouteChange (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  modid INT UNSIGNED NOT NULL,
  cmdid INT UNSIGNED NOT NULL,
  version BIGINT UNSIGNED NOT NULL
);

CREATE TABLE IF NOT EXISTS ServerCallStatus (
  modid INT NOT NULL,
  cmdid INT NOT NULL,
  ip INT UNSIGNED NOT NULL,
  port INT UNSIGNED NOT NULL,
  caller INT UNSIGNED NOT NULL,
  succ_cnt INT NOT NULL,
  err_cnt INT NOT NULL,
  ts BIGINT NOT NULL,
  overload CHAR(1) NOT NULL,
  PRIMARY KEY (modid, cmdid, ip, port, caller)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS ModIDConfig (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  modid INT UNSIGNED NOT NULL,
  content CHAR(255) NOT NULL
);

CREATE TABLE IF NOT EXISTS CmdIDConfig (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  cmdid INT UNSIGNED NOT NULL,
  content CHAR(255) NOT NULL
);
