import { assertEquals } from "@std/assert";
import { readSetting as read } from "../../testing/service/read_setting.ts";
import { endpoints, host, ipv4, optionalIpv4 } from "./address_settings.ts";

const doc = "A setting";

Deno.test("ipv4() takes dotted addresses, and says what it thinks of IPv6", () => {
  const setting = ipv4({ doc, default: "127.0.0.1" });
  assertEquals(setting.takes, "an IPv4 address such as 127.0.0.1");
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
  assertEquals(setting.takes, "an IPv4 address such as 127.0.0.1, or nothing");
  assertEquals(read(setting, ""), undefined);
  assertEquals(read(setting, "10.0.0.1"), "10.0.0.1");
  assertEquals(read(setting, "x"), "must be an IPv4 address such as 127.0.0.1");
});

Deno.test("host() takes addresses and names", () => {
  const setting = host({ doc, default: "127.0.0.1" });
  assertEquals(setting.takes, "an IPv4 address or a host name");
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
  assertEquals(setting.takes, "host:port, or several with commas between, or nothing");
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
