import { assert } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../sql/mod.ts";
import { isRefusal } from "./refusal.ts";

const SQLITE = { driver: "sqlite", path: ":memory:" } as const;

function serverError(sqlState: string): StoreError {
  return new StoreError(SQLITE, Object.assign(new Error("refused"), { sqlState, errno: 1 }));
}

function sqliteError(statement: string): StoreError {
  using database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE t (n INTEGER PRIMARY KEY CHECK (n < 10))");
  database.exec(
    "CREATE TRIGGER no BEFORE INSERT ON t WHEN new.n = 7 BEGIN SELECT RAISE(ABORT, 'no'); END",
  );
  try {
    database.prepare(statement).run();
  } catch (cause) {
    return new StoreError(SQLITE, cause);
  }
  throw new Error(`nothing wrong with ${statement}`);
}

Deno.test("isRefusal() is true when a server refuses what is in a row", () => {
  // Out of range, duplicate or null, a view's check option, a trigger's SIGNAL.
  for (const state of ["22003", "23000", "44000", "45000"]) assert(isRefusal(serverError(state)));
});

Deno.test("isRefusal() is false when a server fails in another way", () => {
  // No such table, deadlock, out of memory or disk, lost connection, access denied.
  for (const state of ["42S02", "40001", "HY000", "08S01", "28000"]) {
    assert(!isRefusal(serverError(state)));
  }
});

Deno.test("isRefusal() tells SQLite's refusals from its other failures", () => {
  assert(isRefusal(sqliteError("INSERT INTO t VALUES (10)")));
  assert(isRefusal(sqliteError("INSERT INTO t VALUES (7)")));
  assert(isRefusal(sqliteError("INSERT INTO t VALUES ('text')")));
  assert(!isRefusal(sqliteError("INSERT INTO missing VALUES (1)")));
});

Deno.test("isRefusal() is false when there was no answer, or the error is not the database's", () => {
  const reset = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", errno: -104 });
  assert(!isRefusal(new StoreError(SQLITE, reset)));
  assert(!isRefusal(new StoreError(SQLITE, "text")));
  assert(!isRefusal(Object.assign(new Error("not a StoreError"), { sqlState: "22003" })));
});
