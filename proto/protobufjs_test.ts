import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import fc from "fast-check";
import { lars } from "./lars.js";
import {
  DEFAULT_WEIGHT,
  GetHostsRequest,
  GetHostsResponse,
  readGetHostRequest,
  readGetHostResponse,
  readGetHostsRequest,
  readGetHostsResponse,
  readGetRouteRequest,
  readGetRouteResponse,
  readReportBatchRequest,
  readReportRequest,
  readStatusReport,
  ReportBatchRequest,
  type ReportRequest,
  type Route,
  StatusReport,
  WireReader,
  WireWriter,
  writeGetHostRequest,
  writeGetHostResponse,
  writeGetHostsRequest,
  writeGetHostsResponse,
  writeGetRouteRequest,
  writeGetRouteResponse,
  writeReportBatchRequest,
  writeReportRequest,
  writeReportStatusRequest,
} from "./mod.ts";
import type { GetHostRequest, GetHostResponse, ModuleName } from "./mod.ts";
import type { ReusedList } from "./reused_list.ts";
import { isThorough } from "../tests/thorough.ts";

// The generated codec is the measure: what is written by hand must accept, refuse, read and write the same.

const PURE = { permissions: "none" } as const;
const SEED = 20_260_101;
const HEADROOM = 8;

/** A message by hand beside the generated one, which is described by `plain` objects. */
interface Pair<Message, Plain> {
  /** Used again for every message. */
  message: Message;
  read(reader: WireReader, into: Message): void;
  write(writer: WireWriter, message: Message): void;
  /** What the message says, as the generated codec would put it. */
  describe(message: Message): Plain;
  /** Makes the message say that. */
  fill(message: Message, plain: Plain): void;
  generated: {
    decode(body: Uint8Array): unknown;
    encode(plain: Plain): { finish(): Uint8Array };
  };
  /** What the generated codec decoded, cut down to what the message by hand can say. */
  normalize(decoded: Plain): Plain;
  any: fc.Arbitrary<Plain>;
}

const uint32 = fc.oneof(
  fc.constantFrom(0, 1, 127, 128, 16383, 16384, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff),
  fc.nat(0xffff_ffff),
);
const int32 = uint32.map((value) => value | 0);
const port = fc.oneof(fc.constantFrom(0, 127, 128, 65535), fc.nat(65535));
const moduleName = { modid: int32, cmdid: int32 };
const hostInfo = record({ ip: int32, port: int32, weight: fc.constant(0) });

const pairs = {
  GetRouteRequest: pair<ModuleName, lars.GetRouteRequest>({
    message: { modid: 0, cmdid: 0 },
    read: readGetRouteRequest,
    write: writeGetRouteRequest,
    describe: ({ modid, cmdid }) => ({ modid, cmdid }),
    fill: Object.assign,
    generated: lars.GetRouteRequest,
    normalize: ({ modid, cmdid }) => ({ modid, cmdid }),
    any: record(moduleName),
  }),
  GetRouteResponse: pair<Route, lars.GetRouteResponse>({
    message: { modid: 0, cmdid: 0, hosts: [] },
    read: readGetRouteResponse,
    write: writeGetRouteResponse,
    describe: ({ hosts, ...rest }) => ({
      ...rest,
      host: hosts.map(({ weight, ...host }) => (
        { ...toHostInfo(host), weight: weight === DEFAULT_WEIGHT ? 0 : weight }
      )),
    }),
    fill(message, { host, ...rest }) {
      const hosts = host.map((info) => (
        { ...toAddress(info), weight: info.weight || DEFAULT_WEIGHT }
      ));
      Object.assign(message, rest, { hosts });
    },
    generated: lars.GetRouteResponse,
    normalize: ({ modid, cmdid, host }) => ({
      modid,
      cmdid,
      host: host.map(({ ip, port, weight }) => (
        { ip, port, weight: weight === DEFAULT_WEIGHT ? 0 : weight }
      )),
    }),
    any: record({
      ...moduleName,
      host: fc.array(
        record({
          ip: int32,
          port: int32,
          weight: uint32.filter((weight) => weight !== DEFAULT_WEIGHT),
        }),
        { maxLength: 40 },
      ),
    }),
  }),
  GetHostRequest: pair<GetHostRequest, lars.GetHostRequest>({
    message: { seq: 0, modid: 0, cmdid: 0 },
    read: readGetHostRequest,
    write: writeGetHostRequest,
    describe: ({ seq, modid, cmdid }) => ({ seq, modid, cmdid }),
    fill: Object.assign,
    generated: lars.GetHostRequest,
    normalize: ({ seq, modid, cmdid }) => ({ seq, modid, cmdid }),
    any: record({ seq: uint32, ...moduleName }),
  }),
  GetHostResponse: pair<GetHostResponse, lars.GetHostResponse>({
    message: { seq: 0, modid: 0, cmdid: 0, retcode: 0, host: undefined },
    read: readGetHostResponse,
    write: writeGetHostResponse,
    describe: ({ host, ...rest }) => ({ ...rest, host: host ? toHostInfo(host) : null }),
    fill: (message, { host, ...rest }) =>
      Object.assign(message, rest, { host: host ? toAddress(host) : undefined }),
    generated: lars.GetHostResponse,
    normalize: ({ seq, modid, cmdid, retcode, host }) => (
      { seq, modid, cmdid, retcode, host: host && toHostInfo(host) }
    ),
    any: record({
      seq: uint32,
      ...moduleName,
      retcode: int32,
      host: fc.option(hostInfo),
    }),
  }),
  ReportRequest: pair<ReportRequest, lars.ReportRequest>({
    message: { modid: 0, cmdid: 0, host: { ip: 0, port: 0 }, retcode: 0, timecost: 0 },
    read: readReportRequest,
    write: writeReportRequest,
    describe: ({ host, ...rest }) => ({ ...rest, host: toHostInfo(host) }),
    fill: (message, { host, ...rest }) => Object.assign(message, rest, { host: toAddress(host!) }),
    generated: lars.ReportRequest,
    normalize: ({ modid, cmdid, host, retcode, timecost }) => (
      { modid, cmdid, host: toHostInfo(host ?? { ip: 0, port: 0 }), retcode, timecost }
    ),
    any: record({ ...moduleName, host: hostInfo, retcode: int32, timecost: uint32 }),
  }),
  StatusReport: pair<StatusReport, lars.ReportStatusRequest>({
    message: new StatusReport(),
    read: readStatusReport,
    write: (writer, { results, ...rest }) =>
      writeReportStatusRequest(writer, { ...rest, results: itemsOf(results) }),
    fill(message, { caller, ts, results, ...rest }) {
      message.clear();
      Object.assign(message, rest, { caller: caller >>> 0, tsSec: ts });
      for (const { ip, port, succ, err, overload } of results) {
        Object.assign(message.results.add(), { ip: ip >>> 0, port, succ, err, overload });
      }
    },
    describe: ({ modid, cmdid, caller, tsSec, results }) => ({
      modid,
      cmdid,
      caller: caller | 0,
      results: itemsOf(results).map(({ ip, ...rest }) => (
        { ...rest, ip: ip | 0, succ_delta: 0, err_delta: 0 }
      )),
      ts: tsSec,
    }),
    generated: lars.ReportStatusRequest,
    normalize: ({ modid, cmdid, caller, results, ts }) => ({
      modid,
      cmdid,
      caller,
      results: results.map(({ ip, port, succ, err, overload }) => (
        { ip, port, succ, err, overload, succ_delta: 0, err_delta: 0 }
      )),
      ts,
    }),
    any: record({
      ...moduleName,
      caller: int32,
      results: fc.array(
        record({
          ip: int32,
          port: int32,
          succ: uint32,
          err: uint32,
          overload: fc.boolean(),
          succ_delta: fc.constant(0),
          err_delta: fc.constant(0),
        }),
        { maxLength: 40 },
      ),
      ts: uint32,
    }),
  }),
  GetHostsRequest: pair<GetHostsRequest, lars.GetHostsRequest>({
    message: new GetHostsRequest(),
    read: readGetHostsRequest,
    write: writeGetHostsRequest,
    describe: ({ seq, picks }) => ({ seq, pick: itemsOf(picks) }),
    fill(message, { seq, pick }) {
      message.clear();
      message.seq = seq;
      for (const { modid, cmdid, count } of pick) message.add({ modid, cmdid }, count);
    },
    generated: lars.GetHostsRequest,
    normalize: ({ seq, pick }) => ({
      seq,
      pick: pick.map(({ modid, cmdid, count }) => ({ modid, cmdid, count })),
    }),
    any: record({
      seq: uint32,
      pick: fc.array(record({ ...moduleName, count: uint32 })),
    }),
  }),
  GetHostsResponse: pair<GetHostsResponse, lars.GetHostsResponse>({
    message: new GetHostsResponse(),
    read: readGetHostsResponse,
    write: writeGetHostsResponse,
    describe: ({ seq, modules, ips, ports }) => ({
      seq,
      module: itemsOf(modules).map(({ modid, cmdid, retcode, first, count }) => ({
        modid,
        cmdid,
        retcode,
        ip: Array.from({ length: count }, (_, i) => ips.at(first + i)),
        port: Array.from({ length: count }, (_, i) => ports.at(first + i)),
      })),
    }),
    fill(message, { seq, module }) {
      message.clear();
      message.seq = seq;
      for (const { modid, cmdid, retcode, ip, port } of module) {
        const added = message.addModule({ modid, cmdid });
        added.retcode = retcode;
        ip.forEach((ip, i) => message.addHost({ ip, port: port[i] }));
      }
    },
    generated: lars.GetHostsResponse,
    normalize: ({ seq, module }) => ({
      seq,
      module: module.map(({ modid, cmdid, retcode, ip, port }) => {
        const count = Math.min(ip.length, port.length);
        return { modid, cmdid, retcode, ip: ip.slice(0, count), port: port.slice(0, count) };
      }),
    }),
    any: record({
      seq: uint32,
      module: fc.array(
        record({
          ...moduleName,
          retcode: int32,
          hosts: fc.oneof(
            fc.array(fc.tuple(uint32, port)),
            // Long enough for lengths of two bytes, and of three.
            fc.tuple(fc.constantFrom(31, 32, 33, 4095, 5000), uint32, port)
              .map(([count, ip, port]) =>
                Array.from({ length: count }, (): [number, number] => [ip, port])
              ),
          ),
        }).map(({ hosts, ...rest }) => (
          { ...rest, ip: hosts.map(([ip]) => ip), port: hosts.map(([, port]) => port) }
        )),
        { maxLength: 5 },
      ),
    }),
  }),
  ReportBatchRequest: pair<ReportBatchRequest, lars.ReportBatchRequest>({
    message: new ReportBatchRequest(),
    read: readReportBatchRequest,
    write: writeReportBatchRequest,
    describe: ({ outcomes }) => groupByModule(itemsOf(outcomes)),
    fill(message, { module }) {
      message.clear();
      for (const { modid, cmdid, outcome } of module) {
        for (const plain of outcome) {
          Object.assign(message.outcomes.add(), { modid, cmdid }, plain);
        }
      }
    },
    generated: lars.ReportBatchRequest,
    normalize: ({ module }) =>
      groupByModule(
        module.flatMap(({ modid, cmdid, outcome }) =>
          outcome.map(({ ip, port, retcode, count, timecost }) => (
            { modid, cmdid, ip, port, retcode, count, timecost }
          ))
        ),
      ),
    any: fc.array(
      record({
        modid: fc.nat(2),
        cmdid: int32,
        outcome: fc.array(
          record({ ip: uint32, port, retcode: int32, count: uint32, timecost: uint32 }),
          { minLength: 1, maxLength: 20 },
        ),
      }),
    ).map((module) =>
      groupByModule(
        module.flatMap(({ modid, cmdid, outcome }) =>
          outcome.map((plain) => ({ modid, cmdid, ...plain }))
        ),
      )
    ),
  }),
};

/** Bytes that look like a message: fields known and unknown, of right and wrong types, nested, then perhaps damaged. */
const wireLike = fc.tuple(
  fc.array(wireField(3), { maxLength: 8 }).map((fields) => fields.flat()),
  fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(2)), { maxLength: 2 }),
).map(([bytes, damages]) => Uint8Array.from(damages.reduce(damage, bytes)));

for (const [name, check] of Object.entries(pairs)) {
  Deno.test(
    `${name} is read as protobufjs writes it, and written so`,
    PURE,
    () => {
      check.values();
    },
  );

  Deno.test(`${name} is accepted, refused and understood as protobufjs does`, PURE, () => {
    check.bytes();
  });
}

Deno.test(
  "readGetHostsRequest(), readReportBatchRequest() and readStatusReport() refuse the depth that protobufjs does",
  PURE,
  () => {
    const nest = (depth: number, inner: number[] = []) => [
      ...new Array(depth).fill(0x3b), // a group of number 7 in each other
      ...inner,
      ...new Array(depth).fill(0x3c),
    ];
    const within = (tag: number, body: number[]) => [tag, ...varint(BigInt(body.length)), ...body];
    for (const depth of [98, 99, 100, 101, 102, 103]) {
      for (const inner of [[], [0x38, 0x01]]) {
        const groups = nest(depth, inner);
        const bodies = [groups, within(0x0a, groups), within(0x0a, within(0x1a, groups))];
        for (const body of bodies) {
          pairs.ReportBatchRequest.checkBody(Uint8Array.from(body));
          // Behind a nested message the depth is the outer one's again.
          pairs.ReportBatchRequest.checkBody(Uint8Array.from([...within(0x0a, []), ...body]));
        }
        pairs.GetHostsRequest.checkBody(Uint8Array.from(within(0x12, groups)));
        pairs.StatusReport.checkBody(Uint8Array.from(within(0x22, groups)));
      }
    }
  },
);

Deno.test("WireWriter.finish() throws when the message did not fit", PURE, () => {
  const writer = new WireWriter().reset(new Uint8Array(3));
  writer.uint32Field(0x08, 300);
  assertEquals(writer.finish(), 3);
  writer.uint32Field(0x08, 1);
  assertThrows(() => writer.finish(), RangeError, "must fit 3 bytes: it takes 5");
});

/** A pair with its types hidden, so that one loop serves all. */
function pair<Message, Plain>(of: Pair<Message, Plain>) {
  const { message, read, write, describe, fill, generated, normalize, any } = of;
  const reader = new WireReader();
  const writer = new WireWriter();
  const buffer = new Uint8Array(0x1_0000 * 4);

  function readFrom(body: Uint8Array): void {
    // Bytes before and behind the message must not matter.
    buffer.fill(0x7f, 0, body.length + 2 * HEADROOM);
    buffer.set(body, HEADROOM);
    read(reader.reset(buffer, { start: HEADROOM, end: HEADROOM + body.length }), message);
  }

  function checkBody(body: Uint8Array): void {
    let expected: Plain;
    try {
      expected = generated.decode(body) as Plain;
    } catch {
      assertInstanceOf(assertThrows(() => readFrom(body)), RangeError);
      return;
    }
    readFrom(body);
    assertEquals(describe(message), normalize(expected));
  }

  return {
    values(): void {
      fc.assert(
        fc.property(any, (plain) => {
          const body = Uint8Array.from(generated.encode(plain).finish());
          fill(message, plain);
          write(writer.reset(buffer, { start: HEADROOM }), message);
          assertEquals(buffer.subarray(HEADROOM, writer.finish()).toHex(), body.toHex());
          readFrom(body);
          assertEquals(describe(message), plain);
        }),
        { seed: SEED, numRuns: isThorough ? 1000 : 200 },
      );
    },
    bytes(): void {
      fc.assert(fc.property(wireLike, checkBody), {
        seed: SEED,
        numRuns: isThorough ? 20_000 : 2000,
      });
    },
    checkBody,
  };
}

/** A record with the prototype that written objects have. */
function record<Fields extends object>(
  fields: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> },
): fc.Arbitrary<Fields> {
  return fc.record<Fields>(fields, { noNullPrototype: true, requiredKeys: undefined });
}

function wireField(depth: number): fc.Arbitrary<number[]> {
  const number = fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 1, max: 6 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, 15, 16, 2047, 2 ** 28, 2 ** 29 - 1) },
  );
  const anyVarint = fc.oneof(
    uint32.map((value) => varint(BigInt(value))),
    fc.bigInt(0n, 2n ** 70n).map(varint),
    fc.tuple(fc.nat(127), fc.integer({ min: 0, max: 11 })).map(overlongVarint),
  );
  const fixed = (length: number) => fc.array(fc.nat(255), { minLength: length, maxLength: length });
  const nested = depth === 0
    ? fc.constant([] as number[])
    : fc.array(wireField(depth - 1), { maxLength: 5 }).map((fields) => fields.flat());
  const packed = fc.oneof(
    fc.array(anyVarint, { maxLength: 5 }).map((all) => all.flat()),
    fc.array(fixed(4), { maxLength: 5 }).map((all) => all.flat()),
  );
  const value = fc.oneof(
    record({ type: fc.constant(0), bytes: anyVarint }),
    record({ type: fc.constant(1), bytes: fixed(8) }),
    record({
      type: fc.constant(2),
      bytes: fc.oneof(nested, nested, packed).map((b) => [...varint(BigInt(b.length)), ...b]),
    }),
    record({ type: fc.constant(3), bytes: nested }),
    record({ type: fc.constant(5), bytes: fixed(4) }),
  );
  return fc.tuple(number, value).map(([number, { type, bytes }]) => {
    const tag = BigInt(number) << 3n;
    const end = type === 3 ? varint(tag | 4n) : [];
    return [...varint(tag | BigInt(type)), ...bytes, ...end];
  });
}

/** Changes a byte, takes one out, or cuts all behind it off. */
function damage(bytes: number[], [at, value, kind]: [number, number, number]): number[] {
  const index = at % (bytes.length + 1);
  if (kind === 0) return bytes.toSpliced(index, 1, value);
  if (kind === 1) return bytes.toSpliced(index, 1);
  return bytes.slice(0, index);
}

function varint(value: bigint): number[] {
  const bytes = [];
  for (; value > 127n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  return [...bytes, Number(value)];
}

function overlongVarint([last, length]: [number, number]): number[] {
  return [...new Array(length).fill(0x80), last];
}

function toHostInfo({ ip, port }: { ip: number; port: number }): lars.HostInfo {
  return { ip: ip | 0, port, weight: 0 };
}

function toAddress({ ip, port }: { ip: number; port: number }) {
  return { ip: ip >>> 0, port };
}

function itemsOf<Item extends object>(list: ReusedList<Item>): Item[] {
  return Array.from({ length: list.length }, (_, i) => ({ ...list.at(i) }));
}

/** Neighbouring outcomes of one module, together as on the wire. */
function groupByModule(
  outcomes: ({ modid: number; cmdid: number } & lars.HostOutcome)[],
): lars.ReportBatchRequest {
  const module: lars.ModuleReport[] = [];
  for (const { modid, cmdid, ...outcome } of outcomes) {
    const last = module.at(-1);
    if (last?.modid === modid && last.cmdid === cmdid) last.outcome.push(outcome);
    else module.push({ modid, cmdid, outcome: [outcome] });
  }
  return { module };
}
