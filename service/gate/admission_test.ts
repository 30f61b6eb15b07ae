import { assertEquals } from "@std/assert";
import { parseNetwork } from "../../proto/mod.ts";
import { admitsAddress, isValidToken, MAX_TOKEN_BYTES } from "./admission.ts";

Deno.test("isValidToken() takes each of the valid tokens, and nothing that is like one", () => {
  const valid = ["0123456789abcdef", "another-token-of-20", "é".repeat(10)];
  for (const token of valid) assertEquals(isValidToken(token, valid), true, token);
  const wrong = ["", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg", "x", "é"];
  for (const token of wrong) assertEquals(isValidToken(token, valid), false, token);
  assertEquals(isValidToken("", []), false);
});

Deno.test("isValidToken() takes the longest there is, and none that is longer", () => {
  const longest = "x".repeat(MAX_TOKEN_BYTES);
  assertEquals(isValidToken(longest, [longest]), true);
  for (const more of ["x", "é", "x".repeat(1e6)]) {
    assertEquals(isValidToken(longest + more, [longest]), false);
    assertEquals(isValidToken(longest + more, [longest + more]), false);
  }
});

Deno.test("admitsAddress() takes any where no networks are given, else those and loopback", () => {
  const networks = [parseNetwork("10.0.0.0/8")!, parseNetwork("192.168.1.7")!];
  const addresses = ["10.1.2.3", "192.168.1.7", "192.168.1.8", "127.0.0.9", "::1"];
  const admitted = (networks: Parameters<typeof admitsAddress>[0]["networks"]) =>
    addresses.map((address) => admitsAddress({ networks, tokens: [] }, address));
  assertEquals(admitted([]), [true, true, true, true, true]);
  assertEquals(admitted(networks), [true, true, false, true, false]);
});
