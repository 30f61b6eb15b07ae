/**
 * The dns program: `deno task dns`.
 *
 * @module
 */

import { runDaemon } from "../service/mod.ts";
import { dnsSchema } from "./options.ts";
import { DnsService } from "./service.ts";

/** Runs dns until it is told to stop; ends the process. */
export function main(args: readonly string[]): Promise<void> {
  return runDaemon({
    name: "dns",
    summary: "Answers agents with routes from the database, and pushes every change of them",
    schema: dnsSchema,
    start: DnsService.start,
  }, args);
}

if (import.meta.main) await main(Deno.args);
