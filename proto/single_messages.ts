/**
 * The messages of one pick and one report, msgid 4, 5 and 6, by hand: they are what an agent reads and writes all day.
 *
 * readX() fills a message that is there already, writeX() writes into bytes that are there already, and neither
 * allocates (but for the host of an answer). encodeX() and decodeX() are the same for those who are in no hurry.
 *
 * Every ip is an unsigned address in host order here; on the wire it is the same bits as int32. Whatever does not parse
 * throws.
 *
 * @module
 */

import { decodeBody, encodeBody } from "./body.ts";
import type { HostAddress } from "./host.ts";
import { readHostInfo, writeHostInfo } from "./host_info.ts";
import type { ModuleName } from "./module.ts";
import type { WireReader } from "./wire_reader.ts";
import type { WireWriter } from "./wire_writer.ts";

/** A client's question for one host. */
export interface GetHostRequest extends ModuleName {
  /** Chosen by the client, repeated in the answer. */
  seq: number;
}

/** The agent's answer; host is there only with retcode 0. */
export interface GetHostResponse extends ModuleName {
  /** The question's. */
  seq: number;
  /** One of RetCode. */
  retcode: number;
  /** The host picked. */
  host?: HostAddress;
}

/** How one call went, told by a client. */
export interface ReportRequest extends ModuleName {
  /** The host that was called. */
  host: HostAddress;
  /** 0 for success. */
  retcode: number;
  /** How long the call took, ms; 0 where it was not measured. */
  timecost: number;
}

/** The most that the body of one of these messages takes: a GetHostResponse of negative numbers alone. */
export const MAX_SINGLE_BODY_BYTES = 64;

/** Reads the question for a host (msgid 4). */
export function readGetHostRequest(reader: WireReader, into: GetHostRequest): void {
  into.seq = into.modid = into.cmdid = 0;
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === 0x08) into.seq = reader.uint32();
    else if (tag === 0x10) into.modid = reader.int32();
    else if (tag === 0x18) into.cmdid = reader.int32();
    else reader.skip(tag);
  }
}

/** Writes the question for a host (msgid 4). */
export function writeGetHostRequest(writer: WireWriter, request: GetHostRequest): void {
  writer.uint32Field(0x08, request.seq);
  writer.int32Field(0x10, request.modid);
  writer.int32Field(0x18, request.cmdid);
}

/** Reads the answer to the question for a host (msgid 5). */
export function readGetHostResponse(reader: WireReader, into: GetHostResponse): void {
  into.seq =
    into.modid =
    into.cmdid =
    into.retcode =
      0;
  into.host = undefined;
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === 0x08) into.seq = reader.uint32();
    else if (tag === 0x10) into.modid = reader.int32();
    else if (tag === 0x18) into.cmdid = reader.int32();
    else if (tag === 0x20) into.retcode = reader.int32();
    else if (tag === 0x2a) readHostInfo(reader, into.host ??= { ip: 0, port: 0 });
    else reader.skip(tag);
  }
}

/** Writes the answer to the question for a host (msgid 5). */
export function writeGetHostResponse(writer: WireWriter, response: GetHostResponse): void {
  writer.uint32Field(0x08, response.seq);
  writer.int32Field(0x10, response.modid);
  writer.int32Field(0x18, response.cmdid);
  writer.int32Field(0x20, response.retcode);
  if (response.host !== undefined) writeHostInfo(writer, 0x2a, response.host);
}

/** Reads a client's report (msgid 6); a report without a host names 0.0.0.0:0. */
export function readReportRequest(reader: WireReader, into: ReportRequest): void {
  into.modid =
    into.cmdid =
    into.retcode =
    into.timecost =
      0;
  into.host.ip = into.host.port = 0;
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === 0x08) into.modid = reader.int32();
    else if (tag === 0x10) into.cmdid = reader.int32();
    else if (tag === 0x1a) readHostInfo(reader, into.host);
    else if (tag === 0x20) into.retcode = reader.int32();
    else if (tag === 0x28) into.timecost = reader.uint32();
    else reader.skip(tag);
  }
}

/** Writes a client's report (msgid 6). */
export function writeReportRequest(writer: WireWriter, report: ReportRequest): void {
  writer.int32Field(0x08, report.modid);
  writer.int32Field(0x10, report.cmdid);
  writeHostInfo(writer, 0x1a, report.host);
  writer.int32Field(0x20, report.retcode);
  writer.uint32Field(0x28, report.timecost);
}

/** Encodes the question for a host (msgid 4). */
export function encodeGetHostRequest(request: GetHostRequest): Uint8Array<ArrayBuffer> {
  return encodeBody(writeGetHostRequest, request, MAX_SINGLE_BODY_BYTES);
}

/** Decodes the question for a host (msgid 4). */
export function decodeGetHostRequest(body: Uint8Array): GetHostRequest {
  return decodeBody(readGetHostRequest, { seq: 0, modid: 0, cmdid: 0 }, { bytes: body });
}

/** Encodes the answer to the question for a host (msgid 5). */
export function encodeGetHostResponse(response: GetHostResponse): Uint8Array<ArrayBuffer> {
  return encodeBody(writeGetHostResponse, response, MAX_SINGLE_BODY_BYTES);
}

/** Decodes the answer to the question for a host (msgid 5). */
export function decodeGetHostResponse(body: Uint8Array): GetHostResponse {
  const into = { seq: 0, modid: 0, cmdid: 0, retcode: 0, host: undefined };
  return decodeBody(readGetHostResponse, into, { bytes: body });
}

/** Encodes a client's report (msgid 6). */
export function encodeReportRequest(report: ReportRequest): Uint8Array<ArrayBuffer> {
  return encodeBody(writeReportRequest, report, MAX_SINGLE_BODY_BYTES);
}

/** Decodes a client's report (msgid 6); a report without a host names 0.0.0.0:0. */
export function decodeReportRequest(body: Uint8Array): ReportRequest {
  const into = { modid: 0, cmdid: 0, host: { ip: 0, port: 0 }, retcode: 0, timecost: 0 };
  return decodeBody(readReportRequest, into, { bytes: body });
}
