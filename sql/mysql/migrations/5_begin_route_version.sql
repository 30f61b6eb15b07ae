-- The row that every change of routes begins with.

INSERT IGNORE INTO RouteVersion (id, version) VALUES (1, 0);
