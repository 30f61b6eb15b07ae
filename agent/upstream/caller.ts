/**
 * Under which address an agent reports where nobody says. It tells the statuses of one agent from those of another in the
 * database: two agents with one address overwrite each other's rows.
 *
 * @module
 */

import { parseIpv4 } from "../../proto/mod.ts";

/** An address of this host. */
export interface HostInterface {
  /** Its name: `eth0`. */
  readonly name: string;
  /** The address. */
  readonly address: string;
}

/** What an agent may report under. */
export interface CallerCandidates {
  /** The local addresses of its connections, the most telling first; undefined where there is none. */
  readonly connections: readonly (string | undefined)[];
  /** The addresses of its host. */
  readonly interfaces: readonly HostInterface[];
}

/** Under which address an agent reports. */
export interface Caller {
  /** IPv4 address in host order, unsigned. */
  readonly ip: number;
  /** Whether other hosts may well have the same: it is that of a bridge to containers, or of one link alone. */
  readonly isCommon: boolean;
}

/** Interfaces that containers and virtual machines are behind: every host that has some has them at the same addresses. */
const BRIDGES = /^(docker|br-|veth|virbr|cni|cali|flannel|podman|lxcbr|lxdbr|vmnet|kube-|tunl)/;

/** How well an address tells a host from others, the best first. */
const Rank = { own: 0, bridge: 1, link: 2, loopback: 3, none: 4 } as const;

/**
 * Chooses: an address that is this host's own, of a connection or else of an interface; where there is none, that of a
 * bridge; loopback when there is no other.
 */
export function chooseCaller({ connections, interfaces }: CallerCandidates): Caller {
  const addresses = [...connections, ...interfaces.map(({ address }) => address)];
  let best: { rank: number; ip: number } = { rank: Rank.none, ip: 0 };
  for (const address of addresses) {
    const ip = parseIpv4(address ?? "");
    if (ip === undefined) continue; // none, or IPv6
    const rank = rankOf(ip, interfaces.find((each) => each.address === address));
    if (rank < best.rank) best = { rank, ip };
  }
  return { ip: best.ip, isCommon: best.rank === Rank.bridge || best.rank === Rank.link };
}

/** The addresses of this host; none where this process may not ask. */
export function hostInterfaces(): readonly HostInterface[] {
  try {
    return Deno.networkInterfaces();
  } catch {
    return [];
  }
}

function rankOf(ip: number, at: HostInterface | undefined): number {
  const [first, second] = [ip >>> 24, ip >>> 16];
  if (ip === 0) return Rank.none;
  if (first === 127) return Rank.loopback;
  if (second === 0xa9fe) return Rank.link; // 169.254.*
  // 172.17.* is Docker's own bridge, which a container sees as an interface of any name.
  const isBridge = second === 0xac11 || (at !== undefined && BRIDGES.test(at.name));
  return isBridge ? Rank.bridge : Rank.own;
}
