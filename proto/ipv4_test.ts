import { assertEquals } from "@std/assert";
import { formatIpv4, parseIpv4 } from "./ipv4.ts";

const pairs: [string, number][] = [
  ["0.0.0.0", 0],
  ["127.0.0.1", 0x7f00_0001],
  ["127.255.255.255", 0x7fff_ffff],
  ["128.0.0.0", 0x8000_0000],
  ["192.168.1.177", 3232235953],
  ["255.255.255.255", 0xffff_ffff],
];

Deno.test("parseIpv4() and formatIpv4() are each other's inverse", () => {
  for (const [text, ip] of pairs) {
    assertEquals(parseIpv4(text), ip);
    assertEquals(formatIpv4(ip), text);
  }
});

Deno.test("formatIpv4() writes a signed address as the unsigned one of the same bits", () => {
  assertEquals(formatIpv4(-1062731343), "192.168.1.177");
  for (const [text, ip] of pairs) assertEquals(formatIpv4(ip | 0), text);
});

Deno.test("parseIpv4() returns undefined when the text is not four numbers 0 … 255", () => {
  const wrong = [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "1.2.3.-1",
    "1.2.3.",
    "01.2.3.4",
    "1.2.3.4 ",
  ];
  for (
    const text of [...wrong, " 1.2.3.4", "a.b.c.d", "1.2.3.0x4", "::1", "1.2.3.1e1", "1.2.3.999"]
  ) {
    assertEquals(parseIpv4(text), undefined, JSON.stringify(text));
  }
});
