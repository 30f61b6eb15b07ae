-- The tables of every Lars database. Column for column those of the C++ Lars, whose programs may go on using them:
-- what is ours comes in later migrations. The oldest databases lack the last two.

-- The hosts of each module (modid, cmdid). serverip is an IPv4 address in host order: 10.0.0.5 is 167772165.
CREATE TABLE IF NOT EXISTS RouteData (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  modid INT UNSIGNED NOT NULL,
  cmdid INT UNSIGNED NOT NULL,
  serverip INT UNSIGNED NOT NULL,
  serverport INT UNSIGNED NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- One row, id 1. Every change of routes makes version greater: it is the Unix time in seconds, or one more than before.
CREATE TABLE IF NOT EXISTS RouteVersion (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  version INT UNSIGNED NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- One row for each module that a change touched. dns reads those it has not seen; they go after an hour.
CREATE TABLE IF NOT EXISTS RouteChange (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  modid INT UNSIGNED NOT NULL,
  cmdid INT UNSIGNED NOT NULL,
  version BIGINT UNSIGNED NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- How the calls of one agent (caller) to one host went in its latest window, reported at ts (Unix time in seconds).
-- overload is '1' while the agent keeps traffic off the host, else '0'.
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
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- Names for people.
CREATE TABLE IF NOT EXISTS ModIDConfig (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  modid INT UNSIGNED NOT NULL,
  content CHAR(255) NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE IF NOT EXISTS CmdIDConfig (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  cmdid INT UNSIGNED NOT NULL,
  content CHAR(255) NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
