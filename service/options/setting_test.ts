import { assertEquals } from "@std/assert";
import {
  choice,
  count,
  defaultText,
  endpoints,
  fileContent,
  flag,
  host,
  ipv4,
  listenPort,
  millis,
  optionalIpv4,
  pemContent,
  port,
  ratio,
  seconds,
  type Setting,
  text,
} from "./setting.ts";

const doc = "A setting";

/** The value, or what is wrong. */
function read<Value>(setting: Setting<Value>, written: string): Value | string {
  const result = setting.parse(written);
  return result.ok ? result.value : result.mistake;
}

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
      ipv4({ doc, default: "127.0.0.1" }),
      host({ doc, default: "127.0.0.1" }),
    ]
  ) {
    assertEquals(read(setting as Setting<unknown>, "no !"), `must be ${setting.takes}`);
  }
  assertEquals(optionalIpv4({ doc }).takes, "an IPv4 address such as 127.0.0.1, or nothing");
  assertEquals(endpoints({ doc }).takes, "host:port, or several with commas between, or nothing");
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

Deno.test("ipv4() takes dotted addresses, and says what it thinks of IPv6", () => {
  const setting = ipv4({ doc, default: "127.0.0.1" });
  assertEquals(read(setting, "0.0.0.0"), "0.0.0.0");
  for (const written of ["localhost", "1.2.3", "1.2.3.256", "1.2.3.04", ""]) {
    assertEquals(read(setting, written), "must be an IPv4 address such as 127.0.0.1");
  }
  for (const written of ["::1", "[::1]", "fe80::1%eth0", "::ffff:1.2.3.4"]) {
    assertEquals(read(setting, written), "must be IPv4: Lars does not speak IPv6");
  }
});

Deno.test("optionalIpv4() takes nothing, too", () => {
  const setting = optionalIpv4({ doc });
  assertEquals(read(setting, ""), undefined);
  assertEquals(read(setting, "10.0.0.1"), "10.0.0.1");
  assertEquals(read(setting, "x"), "must be an IPv4 address such as 127.0.0.1");
});

Deno.test("host() takes addresses and names", () => {
  const setting = host({ doc, default: "127.0.0.1" });
  for (
    const name of ["10.0.0.1", "localhost", "db-1.example.org", "lars_dns_1", "db.example.org."]
  ) {
    assertEquals(read(setting, name), name);
  }
  for (
    const written of ["", "1.2.3", "a b", "a..b", "-", "a-", "http//x", `${"a".repeat(64)}.org`]
  ) {
    assertEquals(read(setting, written), "must be an IPv4 address or a host name");
  }
  assertEquals(read(setting, "::1"), "must be IPv4: Lars does not speak IPv6");
});

Deno.test("endpoints() takes host:port, several with commas between, or nothing", () => {
  const setting = endpoints({ doc });
  assertEquals(read(setting, ""), []);
  assertEquals(read(setting, "dns-1:7778 ,10.0.0.2:1"), [
    { hostname: "dns-1", port: 7778 },
    { hostname: "10.0.0.2", port: 1 },
  ]);
  for (const written of ["dns", "dns:", "dns:0", "dns:65536", ":1", "1.2.3:4", "a:1 b:2", "a:x"]) {
    assertEquals(
      read(setting, written),
      "must be host:port, or several with commas between",
    );
  }
  for (const written of ["[::1]:7778", "a:1, ::1:7778"]) {
    assertEquals(read(setting, written), "must be IPv4: Lars does not speak IPv6");
  }
});

Deno.test("fileContent() reads the file, without the line break at its end", async () => {
  const path = await Deno.makeTempFile();
  try {
    const setting = fileContent({ doc });
    for (
      const [content, value] of [["a b\n", "a b"], ["x\r\n", "x"], [" y \n\n", " y \n"], ["", ""]]
    ) {
      await Deno.writeTextFile(path, content);
      assertEquals(read(setting, path), value);
    }
    assertEquals(read(setting, ""), undefined);
    assertEquals(
      read(setting, `${path}.none`),
      "must be a file that can be read: there is none of that name",
    );
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("pemContent() takes a file that holds what it is to hold, and no key with a passphrase", async () => {
  const path = await Deno.makeTempFile();
  try {
    const begins = ["CERTIFICATE", "EC PRIVATE KEY", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY"];
    for (const [kind, taken] of [["certificate", [0]], ["key", [1, 2]]] as const) {
      const setting = pemContent(kind, { doc });
      for (const [i, begin] of begins.entries()) {
        const content = `a comment\n-----BEGIN ${begin}-----`;
        await Deno.writeTextFile(path, content);
        const mistake = kind === "key"
          ? "must be a file that holds a key without a passphrase in PEM"
          : "must be a file that holds a certificate in PEM";
        assertEquals(read(setting, path), taken.some((at) => at === i) ? content : mistake);
      }
      assertEquals(read(setting, ""), undefined);
    }
  } finally {
    await Deno.remove(path);
  }
});
