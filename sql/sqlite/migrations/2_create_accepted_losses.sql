-- As ../../mysql/migrations/6_create_accepted_losses.sql has it.

CREATE TABLE IF NOT EXISTS AcceptedLoss (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ts BIGINT NOT NULL
);
