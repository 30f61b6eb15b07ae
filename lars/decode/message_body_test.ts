import { assertEquals } from "@std/assert";
import wire from "../../tests/vectors/wire.json" with { type: "json" };
import { decodeMessageBody } from "./message_body.ts";
import { loadSchema } from "../../proto/schema.ts";

const schema = loadSchema();

function decode(msgid: number, hex: string) {
  return decodeMessageBody(schema.byId.get(msgid)!, Uint8Array.fromHex(hex.replaceAll(" ", "")), 8);
}

/** Of a vector's fields those that are on the wire: what is zero is left out. */
function present(fields: unknown): unknown {
  if (Array.isArray(fields)) return fields.map(present);
  if (typeof fields !== "object" || fields === null) return fields;
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== 0 && value !== false && !isEmpty(value))
      .map(([name, value]) => [name, present(value)]),
  );
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

Deno.test("decodeMessageBody() reads every vector under the schema's names", () => {
  for (const { msgid, fields, body } of wire.vectors) {
    assertEquals(decode(msgid, body), { fields: present(fields), problems: [] } as unknown);
  }
});

Deno.test("decodeMessageBody() reads packed lists, as one and in pieces", () => {
  const hosts = { module: [{ modid: 1, ip: ["10.0.0.1", "10.0.0.2"], port: [80, 81] }] };
  for (
    const hex of [
      "12 12 0801 22 08 0100000a 0200000a 2a02 5051",
      "12 14 0801 25 0100000a 25 0200000a 28 50 2a01 51",
    ]
  ) {
    const bytes = hex.replaceAll(" ", "");
    const length = (bytes.length / 2 - 2).toString(16).padStart(2, "0");
    assertEquals(decode(10, `12${length}${bytes.slice(4)}`), { fields: hosts, problems: [] });
  }
});

Deno.test("decodeMessageBody() says what is wrong at which byte, and reads as far as it goes", () => {
  const cases: [hex: string, fields: unknown, problem: string][] = [
    ["0801 10", { modid: 1 }, "byte 11: cmdid ends within a varint; the rest cannot be read"],
    ["0801 4807", { modid: 1 }, "byte 10: GetRouteRequest has no field 9: skipped"],
    ["0a0161 1002", { cmdid: 2 }, "byte 8: modid must be varint: it is length and bytes, skipped"],
    ["00", {}, "byte 8: a field cannot have number 0; the rest cannot be read"],
    ["0801 4f", { modid: 1 }, "byte 10: there is no wire type 7; the rest cannot be read"],
    ["4c", {}, "byte 8: group 9 ends without having begun; the rest cannot be read"],
    [
      "08ffffffffffffffffffffff",
      {},
      "byte 9: modid is a varint of more than 10 bytes; the rest cannot be read",
    ],
  ];
  for (const [hex, fields, problem] of cases) {
    const decoded = decode(1, hex);
    assertEquals([decoded.fields, decoded.problems.at(-1)], [fields, problem] as unknown[]);
  }
  assertEquals(decode(2, "0801 1a1e 0801 1050"), {
    fields: { modid: 1, host: [{ ip: "0.0.0.1", port: 80 }] },
    problems: ["byte 11: host must have 30 bytes: 4 are left"],
  });
  assertEquals(decode(12, "0a02c328").problems, ["byte 9: token is no UTF-8"]);
});

Deno.test("decodeMessageBody() bears any bytes, groups in groups too", () => {
  const groups = "4b".repeat(70_000);
  assertEquals(decode(1, groups).problems.at(-1)?.includes("too deep"), true);
  for (const { msgid, body } of wire.vectors) {
    for (let cut = 0; cut < body.length; cut += 2) decode(msgid, body.slice(0, cut));
    for (let at = 0; at < body.length; at += 2) {
      decode(msgid, `${body.slice(0, at)}ff${body.slice(at + 2)}`);
    }
  }
});
