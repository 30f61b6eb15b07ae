import { assertEquals } from "@std/assert";
import { nearestWord } from "./nearest.ts";

Deno.test("nearestWord() finds what was meant, and nothing where nothing is alike", () => {
  const known = ["ip", "port", "maxConn", "threadNum", "db_passwd", "db_host"];
  const cases: [given: string, word: string | undefined][] = [
    ["port", "port"],
    ["prot", "port"],
    ["prt", "port"],
    ["Port", "port"],
    ["maxconn", "maxConn"],
    ["max_conn", "maxConn"],
    ["thread-num", "threadNum"],
    ["threads", undefined],
    ["db_password", "db_passwd"],
    ["pi", "ip"],
    ["x", undefined],
    ["", undefined],
    ["colour", undefined],
  ];
  for (const [given, word] of cases) assertEquals(nearestWord(given, known), word, given);
});

Deno.test("nearestWord() takes the nearest of several", () => {
  assertEquals(nearestWord("succ_cnt", ["init_succ_cnt", "succ_cnts", "err_cnt"]), "succ_cnts");
});
