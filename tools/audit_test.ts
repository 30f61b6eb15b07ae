import { assertEquals, assertStringIncludes } from "@std/assert";
import { readAudit } from "./audit.ts";

Deno.test("readAudit() tells a clean lock file, a vulnerability, and a registry that does not answer apart", () => {
  const clean = readAudit({ success: true, stdout: "", stderr: "" });
  assertEquals(clean, { code: 0, text: "No known vulnerabilities found" });
  const found = "╭ mysql2 has a bug\n│ Severity: critical\nFound 1 vulnerabilities";
  assertEquals(readAudit({ success: false, stdout: found, stderr: "" }), { code: 1, text: found });
  const stderr =
    "error: error sending request for url (https://registry.example/-/npm): client error\n\n" +
    "Caused by:\n    0: client error (Connect)\n    1: no route to host\n";
  const away = readAudit({ success: false, stdout: "", stderr });
  assertEquals(away.code, 2);
  assertStringIncludes(
    away.text,
    "Cannot audit as https://registry.example does not answer (client error (Connect): no route to host): " +
      "nothing is known of the packages",
  );
});
