/**
 * What is logged when the handler of a message throws: that is a fault in the program, and costs its sender one message.
 *
 * @module
 */

import { getLogger } from "./logger.ts";

/** Makes the error hook of a router in a part of a role, such as `["dns", "handlers"]`. */
export function handlerErrorLog(
  [role, part]: readonly [string, string],
): (error: unknown, msgid: number) => void {
  const log = getLogger("lars", role, part);
  return (error, msgid) => log.error("A handler threw", { msgid, error });
}
