-- dns reads the rows of single modules after a change. Old databases may have such an index, under any name.

SELECT 'missing' FROM DUAL WHERE NOT EXISTS (
  SELECT 1 FROM information_schema.statistics
  WHERE table_schema = DATABASE() AND table_name = 'RouteData'
    AND ((seq_in_index = 1 AND column_name = 'modid') OR (seq_in_index = 2 AND column_name = 'cmdid'))
  GROUP BY index_name HAVING COUNT(*) = 2
);

ALTER TABLE RouteData ADD INDEX RouteData_module (modid, cmdid);
