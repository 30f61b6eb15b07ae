/**
 * The messages as the rest of Lars sees them, and their encoders and decoders, thin over the generated codec.
 *
 * Decoders read the body that stands in `bytes` from `start` to `end`, the whole unless they are given.
 * Every ip is an unsigned address in host order here; on the wire it is the same bits as int32. Decoders throw on a body
 * that does not parse and hold no view of it afterwards; encoders leave zero fields out, as proto3 does. What an
 * encoder returns may share its buffer with others: copy it before transferring it to another thread.
 *
 * @module
 */

import protobuf from "protobufjs/minimal.js";
import { lars } from "./lars.js";
import type { ModuleName } from "./module.ts";

// Where there is a Buffer, protobufjs would return one: a Uint8Array whose slice() is no copy.
protobuf.Writer.create = () => new protobuf.Writer();

/** The weight of a host that has none on the wire. */
export const DEFAULT_WEIGHT = 100;

/** Where a host is. */
export interface HostAddress {
  /** IPv4 address in host order, unsigned. */
  ip: number;
  /** TCP or UDP port; whatever int32 the wire held, not checked here. */
  port: number;
}

/** A host of a route. */
export interface Host extends HostAddress {
  /** Relative share of the picks; 100 is ordinary. */
  weight: number;
}

/** The hosts that serve a module; none where there is no such module. */
export interface Route extends ModuleName {
  /** In the route's order. */
  hosts: Host[];
}

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

/** Encodes the question for a module's route (msgid 1 and 7). */
export function encodeGetRouteRequest(module: ModuleName): Uint8Array {
  return lars.GetRouteRequest.encode(module).finish();
}

/** Decodes the question for a module's route (msgid 1 and 7). */
export function decodeGetRouteRequest(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): ModuleName {
  const { modid, cmdid } = lars.GetRouteRequest.decode(bytes.subarray(start, end));
  return { modid, cmdid };
}

/** Encodes a route (msgid 2 and 8). */
export function encodeGetRouteResponse({ modid, cmdid, hosts }: Route): Uint8Array {
  const host = hosts.map(({ ip, port, weight }) => ({
    ip: ip | 0,
    port,
    weight: weight === DEFAULT_WEIGHT ? 0 : weight,
  }));
  return lars.GetRouteResponse.encode({ modid, cmdid, host }).finish();
}

/** Decodes a route (msgid 2 and 8). */
export function decodeGetRouteResponse(bytes: Uint8Array, start = 0, end = bytes.length): Route {
  const { modid, cmdid, host } = lars.GetRouteResponse.decode(bytes.subarray(start, end));
  const hosts = host.map((host) => ({
    ...toAddress(host),
    weight: host.weight || DEFAULT_WEIGHT,
  }));
  return { modid, cmdid, hosts };
}

/** Encodes the question for a host (msgid 4). */
export function encodeGetHostRequest(request: GetHostRequest): Uint8Array {
  return lars.GetHostRequest.encode(request).finish();
}

/** Decodes the question for a host (msgid 4). */
export function decodeGetHostRequest(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): GetHostRequest {
  const { seq, modid, cmdid } = lars.GetHostRequest.decode(bytes.subarray(start, end));
  return { seq, modid, cmdid };
}

/** Encodes the answer to the question for a host (msgid 5). */
export function encodeGetHostResponse(response: GetHostResponse): Uint8Array {
  const { seq, modid, cmdid, retcode, host } = response;
  return lars.GetHostResponse.encode(
    { seq, modid, cmdid, retcode, host: host && toHostInfo(host) },
  ).finish();
}

/** Decodes the answer to the question for a host (msgid 5). */
export function decodeGetHostResponse(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): GetHostResponse {
  const { seq, modid, cmdid, retcode, host } = lars.GetHostResponse.decode(
    bytes.subarray(start, end),
  );
  return { seq, modid, cmdid, retcode, host: host ? toAddress(host) : undefined };
}

/** Encodes a client's report (msgid 6). */
export function encodeReportRequest(report: ReportRequest): Uint8Array {
  const { modid, cmdid, host, retcode, timecost } = report;
  return lars.ReportRequest.encode(
    { modid, cmdid, host: toHostInfo(host), retcode, timecost },
  ).finish();
}

/** Decodes a client's report (msgid 6); a report without a host names 0.0.0.0:0. */
export function decodeReportRequest(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): ReportRequest {
  const { modid, cmdid, host, retcode, timecost } = lars.ReportRequest.decode(
    bytes.subarray(start, end),
  );
  return { modid, cmdid, host: host ? toAddress(host) : { ip: 0, port: 0 }, retcode, timecost };
}

/** Encodes an agent's statuses (msgid 3). */
export function encodeReportStatusRequest(request: ReportStatusRequest): Uint8Array {
  const { modid, cmdid, caller, results, tsSec } = request;
  return lars.ReportStatusRequest.encode({
    modid,
    cmdid,
    caller: caller | 0,
    results: results.map(({ ip, port, succ, err, overload }) => ({
      ...toHostInfo({ ip, port }),
      succ,
      err,
      overload,
    })),
    ts: tsSec,
  }).finish();
}

/** Decodes an agent's statuses (msgid 3). */
export function decodeReportStatusRequest(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): ReportStatusRequest {
  const { modid, cmdid, caller, results, ts } = lars.ReportStatusRequest.decode(
    bytes.subarray(start, end),
  );
  return {
    modid,
    cmdid,
    caller: caller >>> 0,
    results: results.map((result) => ({
      ...toAddress(result),
      succ: result.succ,
      err: result.err,
      overload: result.overload,
    })),
    tsSec: ts,
  };
}

/** From the signed address of the wire. */
function toAddress({ ip, port }: HostAddress): HostAddress {
  return { ip: ip >>> 0, port };
}

/** To the signed address of the wire. */
function toHostInfo({ ip, port }: HostAddress): HostAddress {
  return { ip: ip | 0, port };
}
