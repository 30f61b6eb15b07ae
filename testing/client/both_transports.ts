/**
 * For tests: the same test over each way to the network.
 *
 * @module
 */

import { LarsClient, type LarsClientOptions } from "../../client/mod.ts";
import { openDenoTransport } from "../../client/transport/deno_transport.ts";
import { openNodeTransport } from "../../client/transport/node_transport.ts";

/** Long enough for an answer on loopback, whatever else the machine does, ms. */
export const PATIENT_MS = 10_000;

/** Makes a client of the agent at a port. */
export type MakeClient = (agent: { port: number }, options?: LarsClientOptions) => LarsClient;

/** Registers a test twice: with clients over Deno's sockets and over Node's. */
export function testBoth(name: string, run: (make: MakeClient) => Promise<void>): void {
  const transports = { "Deno.listenDatagram": openDenoTransport, "node:dgram": openNodeTransport };
  for (const [transport, openTransport] of Object.entries(transports)) {
    Deno.test(`${name}, over ${transport}`, () =>
      run(({ port }, options) =>
        new LarsClient({ port, timeoutMs: PATIENT_MS, openTransport, ...options })
      ));
  }
}
