/**
 * What TLS costs: the CPU time of a dns, and of the barest responder, with it and without.
 *
 * @module
 */

import { Authority } from "../../testing/certificates.ts";
import { Role, storeSettings } from "../../testing/role.ts";
import { ChildServer } from "../harness/child_server.ts";
import { makeSqlite } from "../harness/databases.ts";
import { measureAlternating } from "../harness/alternation.ts";
import { answersPerCpuSec } from "../harness/route_requests.ts";
import type { Suite, SuiteInput } from "../suite.ts";

const MODULES = 100;
const SHAPE = { connections: 16, flight: 32, modules: MODULES };
const RESPONDER = new URL("../harness/bare_responder.ts", import.meta.url).pathname;

/** dns over TLS beside plain. */
export const tlsSuite: Suite = {
  name: "tls",
  summary:
    "Routes that dns answers over TLS in a second of its CPU time, 16 × 32, beside plain; a bare responder in Deno, too",
  async run({ rounds, seconds, folder }: SuiteInput) {
    await using authority = await Authority.create();
    const { cert, key } = await authority.sign("dns", ["IP:127.0.0.1"]);
    const tls = { ca: await Deno.readTextFile(authority.caPath) };
    const store = storeSettings(await makeSqlite(folder, MODULES));
    const certificate = [`reactor.tls_cert=${cert}`, `reactor.tls_key=${key}`];
    await using plainDns = await Role.start("dns", store);
    await using tlsDns = await Role.start("dns", [...store, ...certificate]);
    await using plainBare = await startResponder();
    await using tlsBare = await startResponder(cert, key);

    const measure = ({ port, pid }: { port: number; pid: number }, isTls: boolean) => () =>
      answersPerCpuSec({ port, pid, ...SHAPE, seconds, tls: isTls ? tls : undefined });
    return [
      ...await measureAlternating({
        rounds,
        unit: "/CPU s",
        reference: { name: "dns, plain", measure: measure(plainDns, false) },
        contenders: [{
          name: "answers of dns over TLS",
          measure: measure(tlsDns, true),
          target: { ratioAtLeast: 0.5 },
        }],
      }),
      ...await measureAlternating({
        rounds,
        unit: "/CPU s",
        reference: { name: "bare responder, plain", measure: measure(plainBare, false) },
        contenders: [{
          name: "answers of a bare responder over TLS",
          measure: measure(tlsBare, true),
        }],
      }),
    ];
  },
};

function startResponder(...args: string[]): Promise<ChildServer> {
  const command = ["run", "--unstable-net", "--allow-net", "--allow-read", RESPONDER, ...args];
  return ChildServer.start<{ port: number }>(Deno.execPath(), command, ({ port }) => port);
}
