import { assertEquals, assertMatch } from "@std/assert";
import { raiseDescriptorLimit } from "./descriptor_limit.ts";

Deno.test({
  name: "raiseDescriptorLimit() warns once when it may not call libc",
  permissions: { read: true, ffi: false },
  fn() {
    const warnings: string[] = [];
    for (let i = 0; i < 2; i++) raiseDescriptorLimit((message) => warnings.push(message));
    assertEquals(warnings.length, 1);
    assertMatch(warnings[0], /^Cannot raise the limit of open files: Requires ffi access/);
  },
});
