import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import protobuf from "protobufjs";
import { type SeededRandom, withSeed } from "../tests/seeded_random.ts";
import wire from "../tests/vectors/wire.json" with { type: "json" };
import {
  decodeGetHostRequest,
  decodeGetHostResponse,
  decodeGetRouteRequest,
  decodeGetRouteResponse,
  decodeReportRequest,
  decodeReportStatusRequest,
  encodeGetHostRequest,
  encodeGetHostResponse,
  encodeGetRouteRequest,
  encodeGetRouteResponse,
  encodeReportRequest,
  encodeReportStatusRequest,
  formatIpv4,
  MessageId,
  parseIpv4,
} from "./mod.ts";
import { isThorough } from "../tests/thorough.ts";

/** One message's codec, what a vector says of it, and how to make any value of it. */
interface Codec<Message> {
  encode(message: Message): Uint8Array;
  decode(body: Uint8Array): Message;
  /** The message in the form of a vector's fields. */
  describe(message: Message): unknown;
  random(random: SeededRandom): Message;
}

/** A codec needs nothing of the machine. */
const PURE = { permissions: "none" } as const;

const EDGES = [0, 1, 127, 128, 16383, 16384, 65535, 0x7fff_ffff];

const codecs = {
  GetRouteRequest: tester({
    encode: encodeGetRouteRequest,
    decode: decodeGetRouteRequest,
    describe: (message) => message,
    random: randomModule,
  }),
  GetRouteResponse: tester({
    encode: encodeGetRouteResponse,
    decode: decodeGetRouteResponse,
    describe: ({ hosts, ...module }) => ({
      ...module,
      host: hosts.map(({ ip, port }) => ({ ip: formatIpv4(ip), port })),
    }),
    random: (random) => ({
      ...randomModule(random),
      hosts: Array.from({ length: random.below(20) }, () => ({
        ...randomAddress(random),
        weight: random.pick([1, 99, 100, 101, 0xffff_ffff]),
      })),
    }),
  }),
  GetHostRequest: tester({
    encode: encodeGetHostRequest,
    decode: decodeGetHostRequest,
    describe: (message) => message,
    random: (random) => ({ seq: randomUint32(random), ...randomModule(random) }),
  }),
  GetHostResponse: tester({
    encode: encodeGetHostResponse,
    decode: decodeGetHostResponse,
    describe: ({ host, ...rest }) => host ? { ...rest, host: describeAddress(host) } : rest,
    random: (random) => ({
      seq: randomUint32(random),
      ...randomModule(random),
      retcode: randomInt32(random),
      host: random.pick([undefined, randomAddress(random)]),
    }),
  }),
  ReportRequest: tester({
    encode: encodeReportRequest,
    decode: decodeReportRequest,
    describe: ({ modid, cmdid, host, retcode }) => (
      { modid, cmdid, host: describeAddress(host), retcode }
    ),
    random: (random) => ({
      ...randomModule(random),
      host: randomAddress(random),
      retcode: randomInt32(random),
      timecost: randomUint32(random),
    }),
  }),
  ReportStatusRequest: tester({
    encode: encodeReportStatusRequest,
    decode: decodeReportStatusRequest,
    describe: ({ modid, cmdid, caller, results, tsSec }) => ({
      modid,
      cmdid,
      caller: formatIpv4(caller),
      ts: tsSec,
      results: results.map((result) => ({ ...result, ip: formatIpv4(result.ip) })),
    }),
    random: (random) => ({
      ...randomModule(random),
      caller: randomUint32(random),
      results: Array.from({ length: random.below(20) }, () => ({
        ...randomAddress(random),
        succ: randomUint32(random),
        err: randomUint32(random),
        overload: random.pick([true, false]),
      })),
      tsSec: randomUint32(random),
    }),
  }),
};

const vectors = wire.vectors.map(({ message, fields, body, note }) => {
  assert(message in codecs, `no codec for ${message}`);
  const codec = codecs[message as keyof typeof codecs];
  return { name: `${message} ${note}`, codec, fields, body: Uint8Array.fromHex(body) };
});

Deno.test("decodeX() reads, and encodeX() writes, the bytes of every vector", PURE, () => {
  assertEquals(new Set(wire.vectors.map(({ message }) => message)), new Set(Object.keys(codecs)));
  for (const { name, codec, fields, body } of vectors) {
    assertEquals(codec.describe(body), fields, name);
    assertEquals(codec.encodeAgain(body), body, name);
  }
});

const DOC = new URL("../docs/protocol.md", import.meta.url);
const SCHEMA = new URL("lars.proto", import.meta.url);

Deno.test(
  "docs/protocol.md shows a frame of every message as it is",
  { permissions: { read: [DOC, SCHEMA] } },
  () => {
    const schema = protobuf.parse(Deno.readTextFileSync(SCHEMA), { keepCase: true }).root;
    const example = /^([0-9a-f]{8}) ([0-9a-f]{8}) ([0-9a-f]+)\n {2}(\w+) (\{.*\})$/gm;
    const msgids = [];
    for (
      const [, msgid, msglen, hex, name, fields] of Deno.readTextFileSync(DOC).matchAll(example)
    ) {
      assertEquals(readInt32(msglen), hex.length / 2, hex);
      const value = JSON.parse(
        fields,
        (key, field) => key === "ip" || key === "caller" ? addressesOf(field) : field,
      );
      const type = schema.lookupType(`lars.${name}`);
      assertEquals(new Uint8Array(type.encode(type.fromObject(value)).finish()).toHex(), hex);
      msgids.push(readInt32(msgid));
    }
    assertEquals(msgids, Object.values(MessageId));
  },
);

Deno.test("decodeX() gives back what encodeX() was given", PURE, () => {
  for (const [name, codec] of Object.entries(codecs)) {
    withSeed(1, (random) => {
      for (let i = 0; i < (isThorough ? 2000 : 300); i++) codec.checkRandomMessage(random, name);
    });
  }
});

Deno.test("encodeX() returns a plain Uint8Array, whose slice() is a copy", PURE, () => {
  for (const { name, codec, body } of vectors) {
    assertEquals(Object.getPrototypeOf(codec.encodeAgain(body)), Uint8Array.prototype, name);
  }
});

Deno.test("decodeX() holds no view of the body", PURE, () => {
  for (const { name, codec, fields, body } of vectors) {
    const copy = body.slice();
    const describe = codec.describeLater(copy);
    copy.fill(0xff);
    assertEquals(describe(), fields, name);
  }
});

Deno.test("decodeX() survives every vector cut at every length", PURE, () => {
  for (const { codec, body } of vectors) {
    for (let length = 0; length < body.length; length++) codec.survive(body.subarray(0, length));
  }
});

Deno.test("decodeX() survives every vector with any one byte changed", PURE, () => {
  for (const { codec, body } of vectors) {
    for (let i = 0; i < body.length; i++) {
      for (let mask = 1; mask < 256; mask++) {
        const changed = body.slice();
        changed[i] ^= mask;
        codec.survive(changed);
      }
    }
  }
});

Deno.test("decodeX() survives random bodies", PURE, () => {
  withSeed(2, (random) => {
    for (let i = 0; i < (isThorough ? 100_000 : 10_000); i++) {
      const body = random.bytes(random.below(48));
      for (const codec of Object.values(codecs)) codec.survive(body);
    }
  });
});

Deno.test("decodeX() survives deep groups and lengths beyond the body", PURE, () => {
  const groups = new Uint8Array(65527).fill(0x0b);
  const hugeLength = Uint8Array.of(0x1a, 0xff, 0xff, 0xff, 0xff, 0x0f);
  const negativeLength = Uint8Array.fromHex("1affffffffffffffffff01");
  const endlessVarint = new Uint8Array(65527).fill(0x80);
  for (const codec of Object.values(codecs)) {
    for (const body of [groups, hugeLength, negativeLength, endlessVarint]) {
      assert(!codec.survive(body), "was accepted");
    }
  }
});

Deno.test("decodeX() skips fields that it does not know", PURE, () => {
  // A varint, a fixed64, a length-delimited, a group and a fixed32 field, numbered 100 and up.
  const unknown = Uint8Array.fromHex(
    "a00601a906ffffffffffffffffb20603616263bb06bc06c506ffffffff",
  );
  for (const { name, codec, fields, body } of vectors) {
    assertEquals(codec.describe(Uint8Array.of(...unknown, ...body, ...unknown)), fields, name);
  }
});

Deno.test("decodeGetRouteResponse() reads an absent weight, and 0, as 100", PURE, () => {
  const hosts = [{ ip: 1, port: 2, weight: 100 }];
  assertEquals(decodeGetRouteResponse(Uint8Array.fromHex("080110011a0408011002")).hosts, hosts);
  assertEquals(
    decodeGetRouteResponse(Uint8Array.fromHex("080110011a06080110021800")).hosts,
    hosts,
  );
});

Deno.test("decodeReportRequest() names 0.0.0.0:0 when the report has no host", PURE, () => {
  assertEquals(decodeReportRequest(Uint8Array.fromHex("08011001")).host, { ip: 0, port: 0 });
});

/** A codec with its message type hidden, so that one loop serves all. */
function tester<Message>({ encode, decode, describe, random }: Codec<Message>) {
  return {
    describe: (body: Uint8Array) => describe(decode(body)),
    describeLater(body: Uint8Array) {
      const message = decode(body);
      return () => describe(message);
    },
    encodeAgain: (body: Uint8Array) => encode(decode(body)),
    checkRandomMessage(source: SeededRandom, name: string): void {
      const message = random(source);
      assertEquals(decode(encode(message)), message, name);
    },
    /** Decodes what may be anything; says whether it was accepted, and then what it means must be stable. */
    survive(body: Uint8Array): boolean {
      let message;
      try {
        message = decode(body);
      } catch (error) {
        assertInstanceOf(error, Error);
        assert(!error.message.includes("call stack"), "the stack overflowed");
        return false;
      }
      assertEquals(decode(encode(message)), message);
      return true;
    },
  };
}

function readInt32(hex: string): number {
  return new DataView(Uint8Array.fromHex(hex).buffer).getInt32(0, true);
}

/** Dotted addresses as numbers, one or several. */
function addressesOf(field: string | string[]): unknown {
  return Array.isArray(field) ? field.map(parseIpv4) : parseIpv4(field);
}

function randomUint32(random: SeededRandom): number {
  return random.pick([...EDGES, 0x8000_0000, 0xffff_ffff, random.uint32()]);
}

function randomInt32(random: SeededRandom): number {
  return randomUint32(random) | 0;
}

function randomModule(random: SeededRandom): { modid: number; cmdid: number } {
  return { modid: random.pick(EDGES), cmdid: random.below(0x8000_0000) };
}

function randomAddress(random: SeededRandom): { ip: number; port: number } {
  return { ip: randomUint32(random), port: random.below(65536) };
}

function describeAddress({ ip, port }: { ip: number; port: number }) {
  return { ip: formatIpv4(ip), port };
}
