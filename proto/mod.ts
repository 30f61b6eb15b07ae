/**
 * What the bytes mean: message ids, messages and their codecs, module names, addresses. Knows nothing of sockets.
 *
 * @module
 */

export * from "./host.ts";
export * from "./ipv4.ts";
export * from "./message.ts";
export * from "./messages.gen.ts";
export * from "./module.ts";
export * from "./module_map.ts";
export * from "./network.ts";
export type { ReusedList } from "./wire/reused_list.ts";
export type { Uint32List } from "./wire/uint32_list.ts";
export { WireReader } from "./wire/wire_reader.ts";
export { WireWriter } from "./wire/wire_writer.ts";
