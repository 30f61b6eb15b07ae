import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../service/mod.ts";
import { parseAddress, parseInteger, parseSeconds, parseServer } from "./arguments.ts";

Deno.test("parseInteger() throws when the text is no decimal integer", () => {
  for (const text of ["", " 1", "1.5", "0x10", "1e3", "--1", "99999999999999999999"]) {
    assertThrows(() => parseInteger(text, { name: "N", min: -9, max: Infinity }), UsageError);
  }
});

Deno.test("parseAddress() reads IP:PORT", () => {
  const endpoint = { hostname: "10.0.0.5", ip: 0x0a000005, port: 8080 };
  assertEquals(parseAddress("10.0.0.5:8080"), endpoint);
});

Deno.test("parseAddress() throws when it is anything else", () => {
  const texts = ["", "10.0.0.5", "10.0.0.5:", "10.0.0.5:0", "10.0.0.5:65536", ":80", "host:80"];
  for (const text of [...texts, "::1:80", "[::1]:80", "10.0.0.256:80"]) {
    const { message } = assertThrows(() => parseAddress(text), UsageError);
    assertStringIncludes(message, "must be");
  }
});

Deno.test("parseServer() reads HOST:PORT, an address or a name", () => {
  for (const hostname of ["10.0.0.5", "localhost", "dns-1.example.com"]) {
    assertEquals(parseServer(`${hostname}:7778`), { hostname, port: 7778 });
  }
});

Deno.test("parseServer() throws when it is anything else", () => {
  for (const text of ["", "host", ":80", "host:", "host:0", "[::1]:80", "::1:80", "1.2.3:80"]) {
    assertThrows(() => parseServer(text), UsageError);
  }
});

Deno.test("parseSeconds() takes fractions, but neither 0 nor what is no number", () => {
  assertEquals(parseSeconds("2.5"), 2.5);
  for (const text of ["0", "-1", "x", "1e3", "Infinity", ""]) {
    assertThrows(() => parseSeconds(text), UsageError);
  }
});
