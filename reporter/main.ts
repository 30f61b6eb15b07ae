/**
 * The reporter's entry point.
 *
 * @module
 */

import { runDaemon } from "../service/mod.ts";
import { reporterSchema } from "./options.ts";
import { ReporterService } from "./service.ts";

/** Runs the reporter, as the whole of this process. */
export function main(args: readonly string[] = Deno.args): Promise<void> {
  return runDaemon({
    name: "reporter",
    summary: "Stores how the calls of every agent to every host went.",
    schema: reporterSchema,
    start: ReporterService.start,
  }, args);
}

if (import.meta.main) await main();
