/**
 * What a pick and a report cost in the balancer, beside the least that a pick can cost: round robin over a plain array.
 * Each measured call does {@linkcode CALLS} of them.
 *
 * @module
 */

import { Balancer, DEFAULT_SETTINGS } from "../agent/balancer/mod.ts";
import type { HostAddress } from "../proto/mod.ts";

/** Enough that the time of one measured call is not the clock's own. */
const CALLS = 1000;

/** Time goes on, as it does for a real caller, but never to the end of a window: what is measured stays the same. */
const TICK_MS = 1e-6;

/** A tenth of the hosts is overloaded, so that every eleventh pick is a probe. */
function startBalancer(hosts: readonly HostAddress[]): Balancer {
  const balancer = new Balancer(DEFAULT_SETTINGS);
  balancer.update(hosts.map((host) => ({ ...host, weight: 100 })), 0);
  for (const [index, { ip, port }] of hosts.entries()) {
    if (index % 10 !== 0) continue;
    for (let i = 0; i < DEFAULT_SETTINGS.continErrLimit; i++) {
      balancer.report({ ip, port, retcode: 2 }, 0);
    }
  }
  return balancer;
}

/** Round robin without health: what is left of a pick when nothing is learnt. */
function startArray(hosts: readonly HostAddress[]): () => HostAddress {
  let next = 0;
  return () => {
    const host = hosts[next];
    next = next + 1 === hosts.length ? 0 : next + 1;
    return host;
  };
}

for (const count of [10, 1000, 100_000]) {
  const hosts = Array.from({ length: count }, (_, index) => ({ ip: 0x0a000000 + index, port: 80 }));
  const group = `${count} hosts, ${CALLS} calls`;
  const chooseFromArray = startArray(hosts);
  const balancer = startBalancer(hosts);
  let nowMs = 0;
  let sum = 0; // so that no pick is optimized away

  Deno.bench("array, round robin", { group, baseline: true }, () => {
    for (let i = 0; i < CALLS; i++) sum += chooseFromArray().ip;
  });

  Deno.bench("choose", { group }, () => {
    for (let i = 0; i < CALLS; i++) {
      const choice = balancer.choose(nowMs += TICK_MS);
      if (typeof choice === "object") sum += choice.ip;
    }
  });

  Deno.bench("choose and report", { group }, () => {
    for (let i = 0; i < CALLS; i++) {
      const choice = balancer.choose(nowMs += TICK_MS);
      if (typeof choice === "number") continue;
      // One call in a hundred fails; the overloaded hosts' all do, so that they stay so.
      const failed = choice.overloaded || i % 100 === 0;
      balancer.report({ ip: choice.ip, port: choice.port, retcode: failed ? 2 : 0 }, nowMs);
    }
  });
}
