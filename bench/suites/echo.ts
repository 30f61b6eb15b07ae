/**
 * The reactor alone: frames of 64 bytes sent back by `lars echo server` with one thread.
 *
 * @module
 */

import { portOf } from "../../lars/up/stack.ts";
import { ChildServer } from "../harness/child_server.ts";
import { measureAlternating } from "../harness/alternation.ts";
import type { Figure, Suite, SuiteInput } from "../suite.ts";

const CONNECTIONS = 16;
const SHAPES = [
  { flight: 32, target: { ratioAtLeast: 0.3 } },
  { flight: 1, target: { ratioAtLeast: 0.55 } },
];

const permissions = ["--allow-net=127.0.0.1", "--allow-read", "--allow-env=LARS_*"];
const server = ["lars/main.ts", "echo", "server", "0", "--threads", "1", "--json"];

/** Frames echoed by one thread. */
export const echoSuite: Suite = {
  name: "echo",
  summary: "Frames of 64 bytes echoed by our reactor, one thread, beside a C byte echo",
  async run({ native, rounds, seconds }: SuiteInput) {
    await using reference = await native.serve("tcp_echo");
    await using ours = await ChildServer.start<{ listen: string }>(
      Deno.execPath(),
      ["run", ...permissions, ...server],
      ({ listen }) => portOf(listen),
    );
    async function rateOf(port: number, flight: number): Promise<number> {
      const flags = { port, mode: "echo", connections: CONNECTIONS, flight, seconds };
      return (await native.load("tcp_load", flags)).rate;
    }

    const figures: Figure[] = [];
    for (const { flight, target } of SHAPES) {
      figures.push(
        ...await measureAlternating({
          rounds,
          unit: "/s",
          reference: { name: "C byte echo", measure: () => rateOf(reference.port, flight) },
          contenders: [{
            name: `${CONNECTIONS} × ${flight}`,
            measure: () => rateOf(ours.port, flight),
            target,
          }],
        }),
      );
    }
    return figures;
  },
};
