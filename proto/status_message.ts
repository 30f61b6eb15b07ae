/**
 * An agent's statuses, msgid 3, by hand. A reporter takes hundreds of thousands of results a second: it reads them all into
 * one {@link StatusReport}. encodeX() and decodeX() are for those who are in no hurry.
 *
 * @module
 */

import { decodeBody, encodeBody } from "./body.ts";
import type { HostAddress } from "./host.ts";
import type { ModuleName } from "./module.ts";
import { ReusedList } from "./reused_list.ts";
import type { WireReader } from "./wire_reader.ts";
import type { WireWriter } from "./wire_writer.ts";

/** The most that a report takes besides its results. */
const MAX_REPORT_BYTES = 39;

/** The most that a result takes, tag and length included. */
const MAX_RESULT_BYTES = 38;

/** How the calls to one host went in its present window. */
export interface HostCallResult extends HostAddress {
  /** Calls that went well. */
  succ: number;
  /** Calls that failed. */
  err: number;
  /** Whether it is kept off the ordinary picks. */
  overload: boolean;
}

/** How the calls to a module's hosts went, told by an agent. */
export interface ReportStatusRequest extends ModuleName {
  /** The agent's address in host order, unsigned. */
  caller: number;
  /** One for every host of the module. */
  results: HostCallResult[];
  /** When, Unix seconds. */
  tsSec: number;
}

/** How the calls to a module's hosts went, told by an agent; to be read into again and again. */
export class StatusReport implements ModuleName {
  /** The module's modid. */
  modid = 0;
  /** The module's cmdid. */
  cmdid = 0;
  /** The agent's address in host order, unsigned. */
  caller = 0;
  /** When, Unix seconds. */
  tsSec = 0;
  /** One for every host of the module. */
  readonly results: ReusedList<HostCallResult> = new ReusedList(() => (
    { ip: 0, port: 0, succ: 0, err: 0, overload: false }
  ));

  /** Makes it an empty one. */
  clear(): void {
    this.modid =
      this.cmdid =
      this.caller =
      this.tsSec =
        0;
    this.results.clear();
  }
}

/** Reads an agent's statuses (msgid 3); allocates nothing once the longest report has come. */
export function readStatusReport(reader: WireReader, into: StatusReport): void {
  into.clear();
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === 0x08) into.modid = reader.int32();
    else if (tag === 0x10) into.cmdid = reader.int32();
    else if (tag === 0x18) into.caller = reader.uint32();
    else if (tag === 0x22) readResult(reader, into.results.add());
    else if (tag === 0x28) into.tsSec = reader.uint32();
    else reader.skip(tag);
  }
}

function readResult(reader: WireReader, into: HostCallResult): void {
  into.ip =
    into.port =
    into.succ =
    into.err =
      0;
  into.overload = false;
  const outerEnd = reader.enter();
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === 0x08) into.ip = reader.uint32();
    else if (tag === 0x10) into.port = reader.int32();
    else if (tag === 0x18) into.succ = reader.uint32();
    else if (tag === 0x20) into.err = reader.uint32();
    else if (tag === 0x28) into.overload = reader.bool();
    else if (tag === 0x30 || tag === 0x38) reader.uint32(); // the deltas, of which nothing is made
    else reader.skip(tag);
  }
  reader.leave(outerEnd);
}

/** Writes an agent's statuses (msgid 3). */
export function writeReportStatusRequest(writer: WireWriter, request: ReportStatusRequest): void {
  writer.int32Field(0x08, request.modid);
  writer.int32Field(0x10, request.cmdid);
  writer.int32Field(0x18, request.caller | 0);
  for (const result of request.results) writeResult(writer, result);
  writer.uint32Field(0x28, request.tsSec);
}

/** Encodes an agent's statuses (msgid 3). */
export function encodeReportStatusRequest(request: ReportStatusRequest): Uint8Array<ArrayBuffer> {
  const maxBytes = MAX_REPORT_BYTES + MAX_RESULT_BYTES * request.results.length;
  return encodeBody(writeReportStatusRequest, request, maxBytes);
}

/** Decodes an agent's statuses (msgid 3). */
export function decodeReportStatusRequest(
  bytes: Uint8Array,
  start?: number,
  end?: number,
): ReportStatusRequest {
  const report = decodeBody(readStatusReport, new StatusReport(), { bytes, start, end });
  const { modid, cmdid, caller, tsSec, results } = report;
  return {
    modid,
    cmdid,
    caller,
    results: Array.from({ length: results.length }, (_, index) => results.at(index)),
    tsSec,
  };
}

function writeResult(
  writer: WireWriter,
  { ip, port, succ, err, overload }: HostCallResult,
): void {
  const start = writer.open(0x22);
  writer.int32Field(0x08, ip | 0);
  writer.int32Field(0x10, port);
  writer.uint32Field(0x18, succ);
  writer.uint32Field(0x20, err);
  writer.uint32Field(0x28, overload ? 1 : 0);
  writer.close(start);
}
