/**
 * The statuses of modules as numbers: what a shard sends to the reporter client. A site has hundreds of thousands of
 * hosts, and as objects each would be copied for the other thread; a block of numbers changes its owner instead.
 *
 *     section:  modid, cmdid, time in Unix seconds, index of its first host, how many hosts, and of each host:
 *               IPv4 address, port, successes, failures, 1 where it is overloaded
 *
 * A message is sections one after the other. A module has one section, or where it has more hosts than a message holds
 * several in a row: the first of them has index 0. All are of one moment.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";
import type { Hosts } from "../balancer/mod.ts";

/** Hosts in one message, and in one ReportStatusRequest, which has room for so many whatever their numbers are. */
export const MAX_SECTION_HOSTS = 1500;

/** Numbers before the hosts of a section. */
const HEADER_WORDS = 5;

/** Numbers of a host. */
export const HOST_WORDS = 5;

/** A message full of modules with a host each. */
const MESSAGE_WORDS = MAX_SECTION_HOSTS * (HEADER_WORDS + HOST_WORDS);

/** A module with the hosts whose status is to be sent. */
export interface StatusSource extends ModuleName {
  /** Where its hosts stand. */
  readonly balancer: { readonly idle: Hosts; readonly overloaded: Hosts };
}

/** What a message says of one module. */
export interface StatusSection extends ModuleName {
  /** When, Unix seconds. */
  readonly tsSec: number;
  /** Index of its first host among the module's: 0 begins a new status. */
  readonly from: number;
  /** {@link HOST_WORDS} numbers for each host. */
  readonly hosts: Uint32Array<ArrayBuffer>;
}

/** What all messages hold together. */
export interface SentStatuses {
  /** Of how many modules. */
  modules: number;
  /** Of how many hosts. */
  hosts: number;
}

/**
 * The statuses of modules, message by message: every host of each, the idle ones in the order of their queue, then the
 * overloaded ones. A module is read when it is reached; O(hosts).
 */
export function* packStatuses(
  modules: Iterable<StatusSource>,
  tsSec: number,
): Generator<Uint32Array<ArrayBuffer>, SentStatuses> {
  const message = new Uint32Array(MESSAGE_WORDS);
  let end = 0;
  let room = MAX_SECTION_HOSTS;
  const sent = { modules: 0, hosts: 0 };
  for (const { modid, cmdid, balancer } of modules) {
    const hosts = snapshotOf(balancer);
    const count = hosts.length / HOST_WORDS;
    sent.modules++;
    sent.hosts += count;
    if (count > room && end > 0) {
      yield message.slice(0, end);
      [end, room] = [0, MAX_SECTION_HOSTS];
    }
    for (let from = 0; from < count;) {
      const part = Math.min(count - from, room);
      message.set([modid, cmdid, tsSec, from, part], end);
      message.set(
        hosts.subarray(from * HOST_WORDS, (from + part) * HOST_WORDS),
        end + HEADER_WORDS,
      );
      end += HEADER_WORDS + part * HOST_WORDS;
      from += part;
      room -= part;
      if (room > 0) continue;
      yield message.slice(0, end);
      [end, room] = [0, MAX_SECTION_HOSTS];
    }
  }
  if (end > 0) yield message.slice(0, end);
  return sent;
}

/** Reads a message. */
export function* readStatuses(message: Uint32Array<ArrayBuffer>): Generator<StatusSection> {
  for (let at = 0; at < message.length;) {
    const [modid, cmdid, tsSec, from, count] = message.subarray(at, at + HEADER_WORDS);
    const start = at + HEADER_WORDS;
    at = start + count * HOST_WORDS;
    yield { modid, cmdid, tsSec, from, hosts: message.subarray(start, at) };
  }
}

function snapshotOf({ idle, overloaded }: StatusSource["balancer"]): Uint32Array {
  const words = new Uint32Array((idle.size + overloaded.size) * HOST_WORDS);
  let at = 0;
  for (const hosts of [idle, overloaded]) {
    for (const host of hosts) {
      words[at] = host.ip;
      words[at + 1] = host.port;
      words[at + 2] = host.rsucc;
      words[at + 3] = host.rerr;
      words[at + 4] = Number(host.overloaded);
      at += HOST_WORDS;
    }
  }
  return words;
}
