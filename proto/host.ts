/**
 * Hosts, and the routes that they make up, as values that may be kept and handed on.
 *
 * Every ip is an unsigned address in host order; on the wire it is the same bits as int32.
 *
 * @module
 */

import { decodeMessage, encodeMessage } from "./message.ts";
import { GetRouteRequest, GetRouteResponse, type HostInfo } from "./messages.gen.ts";
import type { ModuleName } from "./module.ts";
import type { ReusedList } from "./wire/reused_list.ts";

/** The weight of a host that has none on the wire. */
export const DEFAULT_WEIGHT = 100;

/** Where a host is. */
export interface HostAddress {
  /** IPv4 address in host order, unsigned. */
  ip: number;
  /** TCP or UDP port; whatever int32 the wire held, not checked here. */
  port: number;
}

/** A host of a route. */
export interface Host extends HostAddress {
  /** Relative share of the picks; 100 is ordinary. */
  weight: number;
}

/** The hosts that serve a module; none where there is no such module. */
export interface Route extends ModuleName {
  /** In the route's order. */
  hosts: Host[];
}

/** The route that a message tells of. */
export function routeOf({ modid, cmdid, hosts }: GetRouteResponse): Route {
  return { modid, cmdid, hosts: hostsOf(hosts) };
}

function hostsOf(list: ReusedList<HostInfo>): Host[] {
  const hosts: Host[] = [];
  for (let i = 0; i < list.length; i++) {
    const { ip, port, weight } = list.at(i);
    hosts.push({ ip, port, weight });
  }
  return hosts;
}

const request = new GetRouteRequest();
const response = new GetRouteResponse();

/** The body of the request for a module's route (msgid 1 and 7). */
export function encodeRouteRequest({ modid, cmdid }: ModuleName): Uint8Array<ArrayBuffer> {
  request.modid = modid;
  request.cmdid = cmdid;
  return encodeMessage(request);
}

/** The body of the message that tells of a route (msgid 2 and 8). */
export function encodeRoute({ modid, cmdid, hosts }: Route): Uint8Array<ArrayBuffer> {
  response.clear();
  response.modid = modid;
  response.cmdid = cmdid;
  for (const { ip, port, weight } of hosts) {
    const host = response.hosts.add();
    host.ip = ip;
    host.port = port;
    host.weight = weight;
  }
  return encodeMessage(response);
}

/**
 * The route that a body tells of (msgid 2 and 8).
 *
 * @throws {RangeError} When it tells of none.
 */
export function decodeRoute(body: Uint8Array): Route {
  return routeOf(decodeMessage(new GetRouteResponse(), body));
}
