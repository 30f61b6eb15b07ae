/**
 * The question for a module's route and its answer, msgid 1, 2, 7 and 8, by hand.
 *
 * Decoders read the body that stands in `bytes` from `start` to `end`, the whole unless they are given, throw on one that
 * does not parse, and hold no view of it afterwards.
 *
 * @module
 */

import { DEFAULT_WEIGHT, type Host, type Route } from "./host.ts";
import type { ModuleName } from "./module.ts";
import { WireReader } from "./wire_reader.ts";
import { WireWriter } from "./wire_writer.ts";

/** The most that the two ids of a module take. */
const MAX_MODULE_BYTES = 22;

/** The most that a host takes, tag and length included. */
const MAX_HOST_BYTES = 30;

/** Encodes the question for a module's route (msgid 1 and 7). */
export function encodeGetRouteRequest(module: ModuleName): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(MAX_MODULE_BYTES);
  const writer = new WireWriter().reset(bytes);
  writeModule(writer, module);
  return bytes.subarray(0, writer.finish());
}

/** Decodes the question for a module's route (msgid 1 and 7). */
export function decodeGetRouteRequest(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): ModuleName {
  const reader = new WireReader().reset(bytes, { start, end });
  const module = { modid: 0, cmdid: 0 };
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === 0x08) module.modid = reader.int32();
    else if (tag === 0x10) module.cmdid = reader.int32();
    else reader.skip(tag);
  }
  return module;
}

/** Encodes a route (msgid 2 and 8); an ordinary weight is left out. */
export function encodeGetRouteResponse(route: Route): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(MAX_MODULE_BYTES + MAX_HOST_BYTES * route.hosts.length);
  const writer = new WireWriter().reset(bytes);
  writeModule(writer, route);
  for (const host of route.hosts) writeHost(writer, host);
  return bytes.subarray(0, writer.finish());
}

/** Decodes a route (msgid 2 and 8); a host without a weight, or one of 0, has the ordinary one. */
export function decodeGetRouteResponse(bytes: Uint8Array, start = 0, end = bytes.length): Route {
  const reader = new WireReader().reset(bytes, { start, end });
  const route: Route = { modid: 0, cmdid: 0, hosts: [] };
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === 0x08) route.modid = reader.int32();
    else if (tag === 0x10) route.cmdid = reader.int32();
    else if (tag === 0x1a) route.hosts.push(readHost(reader));
    else reader.skip(tag);
  }
  return route;
}

function writeModule(writer: WireWriter, { modid, cmdid }: ModuleName): void {
  writer.int32Field(0x08, modid);
  writer.int32Field(0x10, cmdid);
}

function writeHost(writer: WireWriter, { ip, port, weight }: Host): void {
  const start = writer.open(0x1a);
  writer.int32Field(0x08, ip | 0);
  writer.int32Field(0x10, port);
  if (weight !== DEFAULT_WEIGHT) writer.uint32Field(0x18, weight);
  writer.close(start);
}

function readHost(reader: WireReader): Host {
  const host = { ip: 0, port: 0, weight: 0 };
  const outerEnd = reader.enter();
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === 0x08) host.ip = reader.uint32();
    else if (tag === 0x10) host.port = reader.int32();
    else if (tag === 0x18) host.weight = reader.uint32();
    else reader.skip(tag);
  }
  reader.leave(outerEnd);
  host.weight ||= DEFAULT_WEIGHT;
  return host;
}
