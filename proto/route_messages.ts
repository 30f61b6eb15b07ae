/**
 * The question for a module's route and its answer, msgid 1, 2, 7 and 8, by hand.
 *
 * Decoders read the body that stands in `bytes` from `start` to `end`, the whole unless they are given, throw on one that
 * does not parse, and hold no view of it afterwards.
 *
 * @module
 */

import { decodeBody, encodeBody } from "./body.ts";
import { DEFAULT_WEIGHT, type Route } from "./host.ts";
import { readHostInfo, writeHostInfo } from "./host_info.ts";
import type { ModuleName } from "./module.ts";
import type { WireReader } from "./wire_reader.ts";
import type { WireWriter } from "./wire_writer.ts";

/** The most that the two ids of a module take. */
const MAX_MODULE_BYTES = 22;

/** The most that a host takes, tag and length included. */
const MAX_HOST_BYTES = 30;

/** Reads the question for a module's route (msgid 1 and 7). */
export function readGetRouteRequest(reader: WireReader, into: ModuleName): void {
  into.modid = into.cmdid = 0;
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === 0x08) into.modid = reader.int32();
    else if (tag === 0x10) into.cmdid = reader.int32();
    else reader.skip(tag);
  }
}

/** Writes the question for a module's route (msgid 1 and 7). */
export function writeGetRouteRequest(writer: WireWriter, { modid, cmdid }: ModuleName): void {
  writer.int32Field(0x08, modid);
  writer.int32Field(0x10, cmdid);
}

/** Reads a route (msgid 2 and 8); a host without a weight, or one of 0, has the ordinary one. Its hosts are new objects. */
export function readGetRouteResponse(reader: WireReader, into: Route): void {
  into.modid = into.cmdid = 0;
  into.hosts = [];
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === 0x08) into.modid = reader.int32();
    else if (tag === 0x10) into.cmdid = reader.int32();
    else if (tag === 0x1a) {
      const host = { ip: 0, port: 0, weight: 0 };
      host.weight = readHostInfo(reader, host) || DEFAULT_WEIGHT;
      into.hosts.push(host);
    } else reader.skip(tag);
  }
}

/** Writes a route (msgid 2 and 8); an ordinary weight is left out. */
export function writeGetRouteResponse(writer: WireWriter, route: Route): void {
  writeGetRouteRequest(writer, route); // which begins alike
  for (const host of route.hosts) {
    writeHostInfo(writer, 0x1a, host, host.weight === DEFAULT_WEIGHT ? 0 : host.weight);
  }
}

/** Encodes the question for a module's route (msgid 1 and 7). */
export function encodeGetRouteRequest(module: ModuleName): Uint8Array<ArrayBuffer> {
  return encodeBody(writeGetRouteRequest, module, MAX_MODULE_BYTES);
}

/** Decodes the question for a module's route (msgid 1 and 7). */
export function decodeGetRouteRequest(bytes: Uint8Array, start?: number, end?: number): ModuleName {
  return decodeBody(readGetRouteRequest, { modid: 0, cmdid: 0 }, { bytes, start, end });
}

/** Encodes a route (msgid 2 and 8); an ordinary weight is left out. */
export function encodeGetRouteResponse(route: Route): Uint8Array<ArrayBuffer> {
  const maxBytes = MAX_MODULE_BYTES + MAX_HOST_BYTES * route.hosts.length;
  return encodeBody(writeGetRouteResponse, route, maxBytes);
}

/** Decodes a route (msgid 2 and 8); a host without a weight, or one of 0, has the ordinary one. */
export function decodeGetRouteResponse(bytes: Uint8Array, start?: number, end?: number): Route {
  const route = { modid: 0, cmdid: 0, hosts: [] };
  return decodeBody<Route>(readGetRouteResponse, route, { bytes, start, end });
}
