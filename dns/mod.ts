/**
 * The service that answers which hosts a module has: database → watcher's thread → {@link RouteTable} → answering
 * threads → agents.
 *
 * @module
 */

export { main } from "./main.ts";
export { type DnsOptions, dnsSchema } from "./options.ts";
export { DnsService } from "./service.ts";
