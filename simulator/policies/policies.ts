/**
 * The policies that can be simulated, by name. The first ones are the agent's; the others are references, with the
 * defaults of those whose idea they are.
 *
 * @module
 */

import { type BalancerSettings, DEFAULT_SETTINGS, ORIGINAL } from "../../agent/balancer/mod.ts";
import { BalancerPolicy } from "./balancer_policy.ts";
import { Envoy } from "./envoy.ts";
import { LeastOutstanding } from "./least_outstanding.ts";
import { Oracle } from "./oracle.ts";
import { PeakEwma } from "./peak_ewma.ts";
import { Prequal } from "./prequal.ts";
import { RoundRobin } from "./round_robin.ts";
import type { PolicyKind } from "./policy.ts";

/** All policies. */
export const POLICIES: readonly PolicyKind[] = [
  {
    name: "original",
    about: "the C++ Lars's rules: policy = original",
    create: () => new BalancerPolicy(ORIGINAL),
  },
  {
    name: "lars",
    about: "the agent's rules and defaults: policy = lars",
    create: () => new BalancerPolicy(DEFAULT_SETTINGS),
  },
  {
    name: "round-robin",
    about: "every host in turn, whatever happens",
    create: () => new RoundRobin(),
  },
  {
    name: "least-outstanding",
    about: "the host with the fewest calls under way",
    create: () => new LeastOutstanding(),
  },
  {
    name: "peak-ewma",
    about: "of two at random the one with less latency × calls under way (Finagle)",
    create: (random) => new PeakEwma(random),
  },
  {
    name: "envoy",
    about: "round robin with outlier ejection (Envoy's defaults)",
    create: () => new Envoy(),
  },
  {
    name: "envoy-least",
    about: "least outstanding with outlier ejection (Envoy's defaults)",
    create: () => new LeastOutstanding({ ejects: true }),
  },
  {
    name: "prequal",
    about: "hosts are asked for their load, which needs hosts that answer (Prequal)",
    observe: (pool, random) => new Prequal(pool, random),
  },
  {
    name: "oracle",
    about: "knows every host's true state: the limit of what can be done",
    observe: (pool) => new Oracle(pool),
  },
];

/** What balancers in use do: a policy of ours is to be as good as the best of them. */
export const REFERENCES: readonly string[] = [
  "round-robin",
  "least-outstanding",
  "peak-ewma",
  "envoy",
  "envoy-least",
];

/** What is lost by whoever does nothing. */
export const LOWER_LIMIT = "round-robin";

/** What is lost whatever is done. */
export const LIMIT = "oracle";

/** A policy as it can be told to another thread. */
export interface PolicyChoice {
  /** Its name; any, where there are settings. */
  readonly name: string;
  /** The agent's policy with settings of one's own. */
  readonly settings?: BalancerSettings;
}

/**
 * The policy that is chosen.
 *
 * @throws {Error} When there is none of that name.
 */
export function policyOf({ name, settings }: PolicyChoice): PolicyKind {
  if (settings !== undefined) {
    return {
      name,
      about: "the agent's rules as --config and --set have them",
      create: () => new BalancerPolicy(settings),
    };
  }
  const policy = POLICIES.find((policy) => policy.name === name);
  if (policy === undefined) throw new Error(`Cannot simulate ${name} as there is no such policy`);
  return policy;
}
