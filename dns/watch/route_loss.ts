/**
 * What would be lost by serving other routes: counted module by module, as far as nobody has announced it.
 *
 * @module
 */

import { decodeRoute, type HostAddress, type ModuleName } from "../../proto/mod.ts";
import { HEADER_BYTES } from "../../reactor/frame/frame.ts";
import { Yielder, yieldToAll } from "../../reactor/threads/cooperative_yield.ts";
import type { RouteFrame } from "../routes/route_frame.ts";
import type { RouteTable } from "../routes/route_table.ts";

/** A module that loses all of so many hosts, or more, is named. */
const NAMED_HOSTS = 5;

/** The difference between what is served and what would be, as far as it matters whether it can be meant. */
export class RouteLoss {
  /** Modules that lose all of their hosts. */
  modules = 0;
  /** Hosts lost, of these and others. */
  hosts = 0;
  /** Modules that had no hosts. */
  gainedModules = 0;
  /** Hosts gained, of these and others. */
  gainedHosts = 0;
  /** Those of the modules lost that had five hosts or more. */
  readonly wholeModules: ModuleName[] = [];
  /** Of two losses of the same hosts the same; of others hardly ever. */
  digest = 0;
  /** Likewise of {@link wholeModules}. */
  wholeDigest = 0;

  /** Counts a module: the hosts it has, and would have. */
  add(
    { modid, cmdid }: ModuleName,
    { served, next }: { served: readonly HostAddress[]; next: readonly HostAddress[] },
  ): void {
    const kept = new Set(next.map(addressOf));
    const lost = served.map(addressOf).filter((address) => !kept.delete(address));
    this.hosts += lost.length;
    this.gainedHosts += kept.size;
    for (const address of lost) this.digest = sum(this.digest, hashOf(modid, cmdid, address));
    if (served.length === 0 && next.length > 0) this.gainedModules++;
    if (served.length === 0 || next.length > 0) return;
    this.modules++;
    if (served.length < NAMED_HOSTS) return;
    this.wholeModules.push({ modid, cmdid });
    this.wholeDigest = sum(this.wholeDigest, hashOf(modid, cmdid, 0));
  }
}

/** Measures what is lost of the modules whose routes would be others. */
export async function measureLoss(
  served: RouteTable,
  changed: readonly RouteFrame[],
): Promise<RouteLoss> {
  const yielder = new Yielder({ budgetMs: 10, yieldTo: yieldToAll });
  const loss = new RouteLoss();
  for (const route of changed) {
    loss.add(route, { served: hostsOf(served.frame(route)), next: hostsOf(route.frame) });
    if (yielder.isDue()) await yielder.yield();
  }
  return loss;
}

function hostsOf(frame: Uint8Array | undefined): readonly HostAddress[] {
  return frame === undefined ? [] : decodeRoute(frame.subarray(HEADER_BYTES)).hosts;
}

/** The order in which hosts are counted makes no difference to a sum. */
function sum(a: number, b: number): number {
  return (a + b) >>> 0;
}

/** Odd multipliers and the finalizer of murmur3. */
function hashOf(modid: number, cmdid: number, address: number): number {
  let hash = Math.imul(modid, 0x9e3779b1) ^ Math.imul(cmdid, 0x85ebca77) ^
    Math.imul(address / 65536, 0xc2b2ae3d) ^ Math.imul(address % 65536, 0x27d4eb2f);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Address and port as one number. */
function addressOf({ ip, port }: HostAddress): number {
  return ip * 65536 + port;
}
