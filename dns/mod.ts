/**
 * The service that answers which hosts a module has, and pushes what changes. Owns the table of routes in memory; what is
 * in the database is sql's. watch/ notices changes there and writes them into the one RouteTable of routes/, and serve/
 * answers from it in threads that accept connections. Begin with serve/handlers.ts, where a request comes in,
 * and watch/watcher.ts.
 *
 * @module
 */

export { main } from "./main.ts";
export { type DnsOptions, dnsSchema } from "./options.ts";
export { DnsService } from "./service.ts";
