/**
 * Routes and statuses as the rest of Lars sees them, and their encoders and decoders, thin over the generated codec.
 * Picks and reports are in single_messages.ts and batch_messages.ts.
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
