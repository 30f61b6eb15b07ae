/**
 * A module's answer, ready-made: the whole GetRouteResponse frame that dns sends, header and all.
 *
 * @module
 */

import { encodeRoute, type Host, MessageId, type ModuleName } from "../../proto/mod.ts";
import { encodeFrame, MAX_BODY_BYTES } from "../../reactor/frame/frame.ts";

/** What dns answers about a module. */
export interface RouteFrame extends ModuleName {
  /** The frame's bytes. */
  frame: Uint8Array;
  /** How many hosts are in it; a module without hosts is one that does not exist. */
  hostCount: number;
}

/** Makes the frame of a module: with as many of its hosts, from the first on, as a frame holds. */
export function encodeRouteFrame(module: ModuleName, hosts: Host[]): RouteFrame {
  const { modid, cmdid } = module;
  let body = encodeRoute({ modid, cmdid, hosts });
  let hostCount = hosts.length;
  if (body.length > MAX_BODY_BYTES) {
    hostCount = countThatFit(module, hosts);
    body = encodeRoute({ modid, cmdid, hosts: hosts.slice(0, hostCount) });
  }
  return { modid, cmdid, frame: encodeFrame(MessageId.GetRouteResponse, body), hostCount };
}

/** Makes the frame that says that a module has no hosts. */
export function encodeEmptyRouteFrame(module: ModuleName): RouteFrame {
  return encodeRouteFrame(module, []);
}

/** Says whether two frames are the same bytes. */
export function isSameFrame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}

function countThatFit({ modid, cmdid }: ModuleName, hosts: Host[]): number {
  let fitting = 0;
  let tooMany = hosts.length;
  while (tooMany - fitting > 1) {
    const count = (fitting + tooMany) >>> 1;
    const body = encodeRoute({ modid, cmdid, hosts: hosts.slice(0, count) });
    if (body.length <= MAX_BODY_BYTES) fitting = count;
    else tooMany = count;
  }
  return fitting;
}
