/**
 * The hosts of a module by their address. A Map under one number that holds both parts, which a double does exactly: 48
 * bits.
 *
 * @module
 */

import type { HostAddress } from "../../proto/mod.ts";
import type { HostState } from "./host_state.ts";

/** Finds hosts by address and port. */
export class HostTable implements Iterable<HostState> {
  readonly #hosts = new Map<number, HostState>();

  /** How many there are. */
  get size(): number {
    return this.#hosts.size;
  }

  /** The host at an address, if it is here. */
  get({ ip, port }: HostAddress): HostState | undefined {
    return isPort(port) ? this.#hosts.get(ip * 0x10000 + port) : undefined;
  }

  /** Takes a host in. */
  add(host: HostState): void {
    this.#hosts.set(host.ip * 0x10000 + host.port, host);
  }

  /** Lets go of a host. */
  delete(host: HostState): void {
    this.#hosts.delete(host.ip * 0x10000 + host.port);
  }

  /** The hosts in the order in which they came. */
  [Symbol.iterator](): Iterator<HostState> {
    return this.#hosts.values();
  }
}

/** What is no port would be found under another host's number. */
export function isPort(port: number): boolean {
  return port >= 0 && port <= 0xffff;
}
