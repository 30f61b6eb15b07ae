/**
 * A message channel without an event loop, for parts that run on virtual time: what is posted arrives in the next
 * microtask.
 *
 * @module
 */

import type { ChannelPort } from "../reactor/mod.ts";

/** The two ends of a channel. */
export function memoryPorts(): [ChannelPort, ChannelPort] {
  const ends: [ChannelPort, ChannelPort] = [portTo(() => ends[1]), portTo(() => ends[0])];
  return ends;
}

function portTo(other: () => ChannelPort): ChannelPort {
  return {
    postMessage(message, transfer) {
      const data = structuredClone(message, { transfer });
      queueMicrotask(() => other().onmessage?.(new MessageEvent("message", { data })));
    },
    onmessage: null,
  };
}
