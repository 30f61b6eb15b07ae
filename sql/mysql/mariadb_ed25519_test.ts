import { assert, assertEquals } from "@std/assert";
import { createPublicKey, verify } from "node:crypto";
import { Buffer } from "node:buffer";
import { publicKeyOf, signEd25519 } from "./mariadb_ed25519.ts";

/** What node:crypto puts in front of a key's 32 bytes. */
const DER_HEADER = Buffer.from("302a300506032b6570032100", "hex");

Deno.test("publicKeyOf() gives what MariaDB's manual gives for the password secret", () => {
  const base64 = Buffer.from(publicKeyOf("secret")).toString("base64");
  assertEquals(base64, "ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY=");
});

Deno.test("signEd25519() makes signatures that others take, for passwords of any length", () => {
  for (const password of ["", "secret", "é\u{1f680}".repeat(50), "x".repeat(32)]) {
    const nonce = crypto.getRandomValues(new Uint8Array(33)); // the server ends it with a zero
    const signature = signEd25519(password, nonce);
    const key = createPublicKey({
      key: Buffer.concat([DER_HEADER, publicKeyOf(password)]),
      format: "der",
      type: "spki",
    });
    assert(verify(null, nonce.subarray(0, 32), key, signature), password);
    assert(!verify(null, nonce, key, signature), password);
  }
});
