/**
 * Answers of dns as it is configured by default, on an embedded database.
 *
 * @module
 */

import { Role, storeSettings } from "../../testing/role.ts";
import { CMDID, makeSqlite } from "../harness/databases.ts";
import { measureAlternating } from "../harness/alternation.ts";
import type { Suite, SuiteInput } from "../suite.ts";

const MODULES = 100;
const SHAPE = { connections: 16, flight: 32 };

/** Routes asked of dns. */
export const dnsSuite: Suite = {
  name: "dns",
  summary: "Routes of 10 hosts asked of dns, 16 × 32, beside a C byte echo given the same requests",
  async run({ native, rounds, seconds, folder }: SuiteInput) {
    await using reference = await native.serve("tcp_echo");
    await using dns = await Role.start("dns", storeSettings(await makeSqlite(folder, MODULES)));

    async function rateOf(port: number, mode: string): Promise<number> {
      const flags = { port, mode, ...SHAPE, seconds, modid: 1, cmdid: CMDID, modules: MODULES };
      const { rate, empty } = await native.load("tcp_load", flags);
      if (empty > 0) throw new Error(`${empty} answers of dns were without a host`);
      return rate;
    }

    return await measureAlternating({
      rounds,
      unit: "/s",
      reference: { name: "C byte echo", measure: () => rateOf(reference.port, "same") },
      contenders: [{
        name: `answers, ${SHAPE.connections} × ${SHAPE.flight}`,
        measure: () => rateOf(dns.port, "route"),
        target: { ratioAtLeast: 0.12 },
      }],
    });
  },
};
