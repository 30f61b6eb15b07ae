/**
 * What the bytes mean: message ids, messages, module names and addresses. Knows nothing of sockets. lars.proto is the one
 * source of all messages, messages.gen.ts is made from it, and wire/ reads and writes proto3. Begin with lars.proto, then
 * message.ts.
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
