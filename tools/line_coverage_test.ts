import { assertEquals } from "@std/assert";
import { sumLineCoverage } from "./line_coverage.ts";

const LCOV = `SF:/lars/proto/codec.ts
DA:1,1
LH:40
LF:50
end_of_record
SF:/lars/proto/messages.gen.ts
LH:1
LF:1000
end_of_record
SF:/lars/proto/ipv4.ts
LH:10
LF:10
end_of_record
SF:/lars/prototype/other.ts
LH:0
LF:7
end_of_record
`;

Deno.test("sumLineCoverage() adds up a folder's files but the generated one", () => {
  assertEquals(sumLineCoverage(LCOV, "/lars/proto"), { found: 60, hit: 50 });
});

Deno.test("sumLineCoverage() finds no lines when no file of the folder ran", () => {
  assertEquals(sumLineCoverage(LCOV, "/lars/reactor"), { found: 0, hit: 0 });
});
