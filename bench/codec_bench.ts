/**
 * The messages by hand beside the same through protobufjs, in one run:
 *
 *     deno bench bench/codec_bench.ts
 *
 * One iteration of a single message writes it and reads it back, as one end of a wire and the other; one of a batch
 * does so for {@link BATCH} picks or outcomes.
 *
 * @module
 */

import { lars } from "../proto/lars.js";
import {
  GetHostsResponse,
  readGetHostRequest,
  readGetHostResponse,
  readGetHostsResponse,
  readReportBatchRequest,
  readReportRequest,
  ReportBatchRequest,
  WireReader,
  WireWriter,
  writeGetHostRequest,
  writeGetHostResponse,
  writeGetHostsResponse,
  writeReportBatchRequest,
  writeReportRequest,
} from "../proto/mod.ts";

const BATCH = 100;
const MODULE = { modid: 1000, cmdid: 1 };
const ADDRESS = { ip: 0xc0a8_01b1, port: 8080 };
const HOST = { ip: ADDRESS.ip | 0, port: ADDRESS.port };

const buffer = new Uint8Array(16_384);
const reader = new WireReader();
const writer = new WireWriter();

/** Reads back what was just written. */
function written(): WireReader {
  return reader.reset(buffer, { end: writer.finish() });
}

const request = { seq: 123_456_789, ...MODULE };
Deno.bench({
  name: "protobufjs",
  group: "GetHostRequest",
  baseline: true,
  fn: () => void lars.GetHostRequest.decode(lars.GetHostRequest.encode(request).finish()),
});
Deno.bench("by hand", { group: "GetHostRequest" }, () => {
  writeGetHostRequest(writer.reset(buffer), request);
  readGetHostRequest(written(), request);
});

const plainResponse = { ...request, retcode: 0, host: HOST };
Deno.bench({
  name: "protobufjs",
  group: "GetHostResponse",
  baseline: true,
  fn: () => void lars.GetHostResponse.decode(lars.GetHostResponse.encode(plainResponse).finish()),
});
const response = { ...request, retcode: 0, host: ADDRESS };
Deno.bench("by hand", { group: "GetHostResponse" }, () => {
  writeGetHostResponse(writer.reset(buffer), response);
  readGetHostResponse(written(), response);
});

const plainReport = { ...MODULE, host: HOST, retcode: 2, timecost: 12 };
Deno.bench({
  name: "protobufjs",
  group: "ReportRequest",
  baseline: true,
  fn: () => void lars.ReportRequest.decode(lars.ReportRequest.encode(plainReport).finish()),
});
const report = { ...MODULE, host: { ...ADDRESS }, retcode: 2, timecost: 12 };
Deno.bench("by hand", { group: "ReportRequest" }, () => {
  writeReportRequest(writer.reset(buffer), report);
  readReportRequest(written(), report);
});

const plainHosts = {
  seq: 1,
  module: [{
    ...MODULE,
    retcode: 0,
    ip: new Array(BATCH).fill(ADDRESS.ip),
    port: new Array(BATCH).fill(ADDRESS.port),
  }],
};
Deno.bench({
  name: "protobufjs",
  group: `GetHostsResponse of ${BATCH}`,
  baseline: true,
  fn: () => void lars.GetHostsResponse.decode(lars.GetHostsResponse.encode(plainHosts).finish()),
});
const hosts = new GetHostsResponse();
Deno.bench("by hand", { group: `GetHostsResponse of ${BATCH}` }, () => {
  hosts.clear();
  hosts.addModule(MODULE);
  for (let i = 0; i < BATCH; i++) hosts.addHost(ADDRESS);
  writeGetHostsResponse(writer.reset(buffer), hosts);
  readGetHostsResponse(written(), hosts);
});

const outcome = { ...ADDRESS, retcode: 0, count: 1, timecost: 12 };
const plainBatch = { module: [{ ...MODULE, outcome: new Array(BATCH).fill(outcome) }] };
Deno.bench({
  name: "protobufjs",
  group: `ReportBatchRequest of ${BATCH}`,
  baseline: true,
  fn() {
    lars.ReportBatchRequest.decode(lars.ReportBatchRequest.encode(plainBatch).finish());
  },
});
const batch = new ReportBatchRequest();
for (let i = 0; i < BATCH; i++) Object.assign(batch.outcomes.add(), MODULE, outcome);
Deno.bench("by hand", { group: `ReportBatchRequest of ${BATCH}` }, () => {
  writeReportBatchRequest(writer.reset(buffer), batch);
  readReportBatchRequest(written(), batch);
});
