/**
 * The generated messages beside the same through protobufjs, in one run:
 *
 *     deno bench --allow-read bench/codec_bench.ts
 *
 * One iteration writes a message and reads it back, as one end of a wire and the other; lists hold {@link ITEMS} items.
 *
 * @module
 */

import {
  GetHostRequest,
  GetHostResponse,
  GetHostsResponse,
  type Message,
  ReportBatchRequest,
  ReportRequest,
  ReportStatusRequest,
  WireReader,
  WireWriter,
} from "../proto/mod.ts";
import { loadSchema } from "../proto/schema.ts";
import { fill } from "../testing/proto/plain_message.ts";

const ITEMS = 100;
const MODULE = { modid: 1000, cmdid: 1 };
const ADDRESS = { ip: 0xc0a8_01b1, port: 8080 };

const { messages: types } = loadSchema();
const buffer = new Uint8Array(65_536);
const reader = new WireReader();
const writer = new WireWriter();

function benchMessage(message: Message, says: Record<string, unknown>): void {
  const { name } = message.constructor;
  fill(message, says);
  message.write(writer.reset(buffer));
  const type = types.find((type) => type.name === name)!;
  const plain = type.decode(buffer.slice(0, writer.finish()));
  Deno.bench({
    name: "protobufjs",
    group: name,
    baseline: true,
    fn: () => void type.decode(type.encode(plain).finish()),
  });
  Deno.bench("generated", { group: name }, () => {
    message.write(writer.reset(buffer));
    message.read(reader.reset(buffer, { end: writer.finish() }));
  });
}

const outcome = { ...ADDRESS, retcode: 0, count: 1, costMs: 12 };
benchMessage(new GetHostRequest(), { seq: 123_456_789, ...MODULE });
benchMessage(new GetHostResponse(), { seq: 123_456_789, ...MODULE, host: ADDRESS });
benchMessage(new ReportRequest(), { ...MODULE, host: ADDRESS, retcode: 2, costMs: 12 });
benchMessage(new GetHostsResponse(), {
  seq: 1,
  modules: [{
    ...MODULE,
    ips: new Array(ITEMS).fill(ADDRESS.ip),
    ports: new Array(ITEMS).fill(ADDRESS.port),
  }],
});
benchMessage(new ReportBatchRequest(), {
  modules: [{ ...MODULE, outcomes: new Array(ITEMS).fill(outcome) }],
});
benchMessage(new ReportStatusRequest(), {
  ...MODULE,
  caller: ADDRESS.ip,
  tsSec: 1_800_000_000,
  results: new Array(ITEMS).fill({ ...ADDRESS, succ: 100, err: 1 }),
});
