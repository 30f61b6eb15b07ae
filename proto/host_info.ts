/**
 * A host within a message: HostInfo.
 *
 * @module
 */

import type { HostAddress } from "./host.ts";
import type { WireReader } from "./wire_reader.ts";
import type { WireWriter } from "./wire_writer.ts";

/**
 * Reads a host into one that is there already, as an encoder may spread one over several fields.
 *
 * @returns Its weight, 0 where it has none.
 */
export function readHostInfo(reader: WireReader, into: HostAddress): number {
  let weight = 0;
  const outerEnd = reader.enter();
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === 0x08) into.ip = reader.uint32();
    else if (tag === 0x10) into.port = reader.int32();
    else if (tag === 0x18) weight = reader.uint32();
    else reader.skip(tag);
  }
  reader.leave(outerEnd);
  return weight;
}

/** Writes a host as a field; a weight of 0 is none. */
export function writeHostInfo(
  writer: WireWriter,
  tag: number,
  host: HostAddress,
  weight: number = 0,
): void {
  const start = writer.open(tag);
  writer.int32Field(0x08, host.ip | 0);
  writer.int32Field(0x10, host.port);
  writer.uint32Field(0x18, weight);
  writer.close(start);
}
