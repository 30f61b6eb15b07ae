/**
 * What the bytes mean: message ids, messages and their codec, module names, addresses. Knows nothing of sockets.
 *
 * @module
 */

export * from "./codec.ts";
export * from "./ipv4.ts";
export * from "./message_id.ts";
export * from "./module.ts";
export * from "./module_map.ts";
