import { assertEquals } from "@std/assert";
import { readSetting as read } from "../../testing/service/read_setting.ts";
import {
  choice,
  count,
  defaultText,
  flag,
  listenPort,
  millis,
  port,
  ratio,
  seconds,
  type Setting,
  text,
} from "./setting.ts";

const doc = "A setting";

Deno.test("text() takes anything", () => {
  assertEquals(read(text({ doc, default: "" }), " ; "), " ; ");
});

Deno.test("a setting says what it takes, as its mistakes do", () => {
  for (
    const setting of [
      choice(["a", "b"], { doc, default: "a" }),
      count({ doc, default: 3, min: 1, max: 10 }),
      ratio({ doc, default: 0.1 }),
      flag({ doc, default: true }),
      seconds({ doc, default: 15, min: 0.1, max: 60 }),
      millis({ doc, default: 50, max: 1000 }),
      port({ doc, default: 1 }),
      listenPort({ doc, default: 1 }),
    ]
  ) {
    assertEquals(read(setting as Setting<unknown>, "no !"), `must be ${setting.takes}`);
  }
});

Deno.test("defaultText() gives what holds while nothing is given", () => {
  assertEquals(defaultText(seconds({ doc, default: 1.5, max: 2 })), "1.5");
  const setting = choice(["a", "b"], { doc, default: ({ set }) => set.has("x") ? "b" : "a" });
  assertEquals(defaultText(setting), "a");
});

Deno.test("choice() takes its words and nothing else", () => {
  const setting = choice(["a", "b"], { doc, default: "a" });
  assertEquals(read(setting, "b"), "b");
  for (const written of ["c", "A", "", " a"]) {
    assertEquals(read(setting, written), "must be one of a, b");
  }
});

Deno.test("count() takes whole numbers in its range", () => {
  const setting = count({ doc, default: 3, min: 1, max: 10 });
  assertEquals(setting.default, "3");
  assertEquals(read(setting, "1"), 1);
  assertEquals(read(setting, "010"), 10);
  for (const written of ["0", "11", "-1", "1.5", "1e1", "0x1", "", "x", "1 ", "NaN", "٣"]) {
    assertEquals(read(setting, written), "must be a whole number from 1 to 10");
  }
});

Deno.test("ratio() takes shares from 0 to 1", () => {
  const setting = ratio({ doc, default: 0.1 });
  assertEquals(setting.default, "0.1");
  for (const [written, value] of [["0", 0], ["1", 1], [".5", 0.5], ["0.95", 0.95], ["1.", 1]]) {
    assertEquals(read(setting, String(written)), value);
  }
  for (const written of ["1.01", "-0.1", "10%", ".", "", "1e-1", "Infinity"]) {
    assertEquals(read(setting, written), "must be a number from 0 to 1");
  }
});

Deno.test("flag() takes 1 and 0", () => {
  const setting = flag({ doc, default: true });
  assertEquals(setting.default, "1");
  assertEquals(read(setting, "1"), true);
  assertEquals(read(setting, "0"), false);
  assertEquals(read(setting, "yes"), "must be 1 (on) or 0 (off)");
});

Deno.test("seconds() takes fractions, and gives whole milliseconds", () => {
  const setting = seconds({ doc, default: 15, min: 0.1, max: 60 });
  assertEquals(read(setting, "15"), 15_000);
  assertEquals(read(setting, "0.1"), 100);
  assertEquals(read(setting, "1.0015"), 1002);
  for (const written of ["0.09", "61", "15s", "-1", ""]) {
    assertEquals(read(setting, written), "must be a number of seconds from 0.1 to 60");
  }
});

Deno.test("millis() takes whole numbers", () => {
  const setting = millis({ doc, default: 50, max: 1000 });
  assertEquals(read(setting, "0"), 0);
  assertEquals(read(setting, "1000"), 1000);
  for (const written of ["0.5", "1001", "5ms"]) {
    assertEquals(read(setting, written), "must be a whole number of milliseconds from 0 to 1000");
  }
});

Deno.test("port() and listenPort() differ in port 0", () => {
  assertEquals(read(port({ doc, default: 1 }), "65535"), 65535);
  assertEquals(read(port({ doc, default: 1 }), "0"), "must be a whole number from 1 to 65535");
  assertEquals(read(listenPort({ doc, default: 1 }), "0"), 0);
  assertEquals(
    read(listenPort({ doc, default: 1, max: 65533 }), "65534"),
    "must be a whole number from 0 to 65533",
  );
});
