-- The share of the picks that a host gets: 100 is ordinary, 0 drains it. It goes last, as old readers go by position.

SELECT 'missing' FROM DUAL WHERE NOT EXISTS (
  SELECT 1 FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'RouteData' AND column_name = 'weight'
);

ALTER TABLE RouteData ADD COLUMN weight INT UNSIGNED NOT NULL DEFAULT 100;
