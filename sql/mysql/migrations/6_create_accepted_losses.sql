-- That an operator has accepted what the guard of dns holds back: the highest id rises, ts is Unix seconds.

CREATE TABLE IF NOT EXISTS AcceptedLoss (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  ts BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
