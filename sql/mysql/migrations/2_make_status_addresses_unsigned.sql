-- In the oldest databases ip, port and caller are signed, and addresses from 128.0.0.0 on are negative. Making such a
-- column unsigned at once would fail, or clamp: so it is widened, the numbers take the value of their 32 bits, and it is
-- narrowed. Writers go on meanwhile, and old ones store negative numbers as long as the column takes them: most rows are
-- changed beside them, and the last ones with the narrowing under a lock. Widened columns count as signed: a run that was
-- cut off may have left them so.

SELECT column_name FROM information_schema.columns
WHERE table_schema = DATABASE() AND table_name = 'ServerCallStatus'
  AND column_name IN ('ip', 'port', 'caller') AND column_type NOT LIKE 'int%unsigned%';

ALTER TABLE ServerCallStatus
  MODIFY ip BIGINT NOT NULL, MODIFY port BIGINT NOT NULL, MODIFY caller BIGINT NOT NULL;

-- A row that is there in both forms is left for later. Lars does this in steps of 5,000 rows, for none of which a writer
-- waits long, each with a range of keys in place of TRUE.
UPDATE IGNORE ServerCallStatus
SET ip = ip & 4294967295, port = port & 4294967295, caller = caller & 4294967295
WHERE TRUE AND (ip < 0 OR port < 0 OR caller < 0);

-- Without the right to it, Lars starts a transaction here, which holds the rows at least. If an old writer then stores a
-- negative number before the columns are narrow, that fails and changes nothing, and all of this is done again.
LOCK TABLES ServerCallStatus WRITE, ServerCallStatus AS negative READ;

UPDATE IGNORE ServerCallStatus
SET ip = ip & 4294967295, port = port & 4294967295, caller = caller & 4294967295
WHERE ip < 0 OR port < 0 OR caller < 0;

-- Of a row in both forms, the newer status stays.
INSERT INTO ServerCallStatus (modid, cmdid, ip, port, caller, succ_cnt, err_cnt, ts, overload)
SELECT modid, cmdid, ip & 4294967295, port & 4294967295, caller & 4294967295, succ_cnt, err_cnt, ts, overload
FROM ServerCallStatus AS negative WHERE ip < 0 OR port < 0 OR caller < 0
ON DUPLICATE KEY UPDATE
  succ_cnt = IF(VALUES(ts) > ServerCallStatus.ts, VALUES(succ_cnt), ServerCallStatus.succ_cnt),
  err_cnt = IF(VALUES(ts) > ServerCallStatus.ts, VALUES(err_cnt), ServerCallStatus.err_cnt),
  overload = IF(VALUES(ts) > ServerCallStatus.ts, VALUES(overload), ServerCallStatus.overload),
  ts = IF(VALUES(ts) > ServerCallStatus.ts, VALUES(ts), ServerCallStatus.ts);

DELETE FROM ServerCallStatus WHERE ip < 0 OR port < 0 OR caller < 0;

ALTER TABLE ServerCallStatus
  MODIFY ip INT UNSIGNED NOT NULL, MODIFY port INT UNSIGNED NOT NULL, MODIFY caller INT UNSIGNED NOT NULL;

UNLOCK TABLES;
