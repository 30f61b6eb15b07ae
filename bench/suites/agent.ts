/**
 * Picks of an agent: closed-loop callers on one shard, without our client library.
 *
 * @module
 */

import { shardOf } from "../../proto/mod.ts";
import type { Role } from "../../testing/role.ts";
import { CMDID, makeSqlite } from "../harness/databases.ts";
import { Lars } from "../harness/lars.ts";
import { type Contender, measureAlternating } from "../harness/alternation.ts";
import type { Figure, Suite, SuiteInput, Target } from "../suite.ts";

/** Modules of the shard, picked in rotation. */
const MODULES = 10;
/** Of the first one; the next of its shard are 3 apart. */
const MODID = 1;
const CALLERS = [10, 4, 1];
/** Programs with a thread and a blocking socket each. */
const BLOCKING_CALLERS = [1, 2, 4, 10, 64];
/** Of the pairs that a constant in C gives to one blocking caller. */
const ONE_BLOCKING_AT_LEAST = 0.8;

interface Variant {
  name: string;
  set: readonly string[];
  /** Least ratios, at 10 callers. */
  pick: number;
  pair: number;
}

/** With and without the drain. */
const VARIANTS: readonly Variant[] = [
  { name: "drain", set: [], pick: 0.9, pair: 0.6 },
  { name: "plain", set: ["reactor.udp_batch=off"], pick: 0.4, pair: 0.25 },
];

const MODES = { pick: "picks", pair: "picks + reports" } as const;

/** What an agent's shard does. */
export const agentSuite: Suite = {
  name: "agent",
  summary:
    "Picks, and picks with reports, of closed-loop callers on one shard, beside a C UDP echo, and of threads that block " +
    "beside a constant in C",
  async run({ native, rounds, seconds, folder }: SuiteInput) {
    await using reference = await native.serve("udp_echo");
    await using constant = await native.serve("udp_pick");
    await using lars = await Lars.start({
      store: await makeSqlite(folder, MODID + 3 * MODULES),
      set: { agent: VARIANTS[0].set },
    });
    const agents = [lars.agent];
    for (const { set } of VARIANTS.slice(1)) agents.push(await lars.startAgent(set));

    async function rateOf(
      port: number,
      { mode, callers, isBlocking = false }: {
        mode: string;
        callers: number;
        isBlocking?: boolean;
      },
    ): Promise<number> {
      const modules = { modid: MODID, cmdid: CMDID, modules: MODULES };
      const load = { port, mode, sockets: callers, blocking: Number(isBlocking), seconds };
      const flags = { ...load, ...modules };
      const { rate, refused } = await native.load("udp_load", flags);
      if (refused > 0) throw new Error(`${refused} picks were refused`);
      return rate;
    }

    function contenders(callers: number): Contender[] {
      const whose = `${callers} ${callers === 1 ? "caller" : "callers"}`;
      const modes = Object.entries(MODES) as [keyof typeof MODES, string][];
      return modes.flatMap(([mode, what]) => [
        ...VARIANTS.map(({ name, ...least }, index) => ({
          name: `${whose}, ${what}, ${name}`,
          measure: () => rateOf(shardPort(agents[index]), { mode, callers }),
          target: targetOf(callers, least[mode]),
        })),
        {
          name: `${whose}, ${what}, a constant in C`,
          measure: () => rateOf(constant.port, { mode, callers }),
        },
      ]);
    }

    const figures: Figure[] = [];
    for (const callers of CALLERS) {
      figures.push(
        ...await measureAlternating({
          rounds,
          unit: "/s",
          reference: {
            name: "C UDP echo",
            measure: () => rateOf(reference.port, { mode: "echo", callers }),
          },
          contenders: contenders(callers),
        }),
      );
    }
    for (const callers of BLOCKING_CALLERS) {
      const measure = (port: number) => () =>
        rateOf(port, { mode: "pair", callers, isBlocking: true });
      figures.push(
        ...await measureAlternating({
          rounds,
          unit: "/s",
          reference: { name: "a constant in C", measure: measure(constant.port) },
          contenders: VARIANTS.map(({ name }, index) => ({
            name: `${callers} blocking ${
              callers === 1 ? "caller" : "callers"
            }, ${MODES.pair}, ${name}`,
            measure: measure(shardPort(agents[index])),
            target: callers === 1 && name === "drain"
              ? { ratioAtLeast: ONE_BLOCKING_AT_LEAST }
              : undefined,
          })),
        }),
      );
    }
    return figures;
  },
};

function shardPort(agent: Role): number {
  return agent.port + shardOf({ modid: MODID, cmdid: CMDID });
}

function targetOf(callers: number, ratioAtLeast: number): Target | undefined {
  return callers === CALLERS[0] ? { ratioAtLeast } : undefined;
}
