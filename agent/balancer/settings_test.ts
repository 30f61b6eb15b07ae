import { assertEquals, assertStrictEquals } from "@std/assert";
import { DEFAULT_SETTINGS, ORIGINAL, POLICIES, settingsInForce } from "./settings.ts";

Deno.test("settingsInForce() leaves settings as they are asked for with every policy but original", () => {
  for (const policy of POLICIES.filter((policy) => policy !== "original")) {
    const settings = { ...DEFAULT_SETTINGS, policy };
    assertStrictEquals(settingsInForce(settings), settings);
  }
});

Deno.test("settingsInForce() switches every improvement off with the policy original, and nothing else", () => {
  const settings = { ...DEFAULT_SETTINGS, policy: "original", probeNum: 3 } as const;
  const asked = { ...settings, maxOverloadedPercent: 50, panicPercent: 60, slowStartMs: 70 };
  assertEquals(settingsInForce(asked), { ...ORIGINAL, policy: "original", probeNum: 3 });
});
