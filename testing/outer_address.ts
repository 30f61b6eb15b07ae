/**
 * For tests of who may speak: an address of this machine that is not loopback's, from which it is a stranger to itself.
 *
 * @module
 */

import { isLoopback } from "../proto/mod.ts";

/** Undefined where the machine has none. */
export const OUTER_ADDRESS: string | undefined = Deno.networkInterfaces()
  .find(({ family, address }) => family === "IPv4" && !isLoopback(address))?.address;
