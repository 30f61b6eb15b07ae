/**
 * A thread that sends frames as fast as they are taken, whatever is answered; in a thread of its own, as it would starve
 * a test that has the server in its own thread.
 *
 * @module
 */

import { encodeFrame } from "../../reactor/frame/frame.ts";
import { RawPeer } from "./raw_peer.ts";

/** What it is to send. */
export interface Flood {
  /** Where to. */
  to: Deno.NetAddr;
  /** The frames' msgid; they have no body. */
  msgid: number;
  /** How many frames. */
  frames: number;
}

const FRAMES_PER_WRITE = 500;

const parent = self as unknown as Worker;

parent.addEventListener("message", async ({ data }: MessageEvent<Flood>) => {
  const { to, msgid, frames } = data;
  using peer = await RawPeer.connect(to);
  const frame = encodeFrame(msgid, new Uint8Array());
  const many = new Uint8Array(frame.length * FRAMES_PER_WRITE);
  for (let i = 0; i < FRAMES_PER_WRITE; i++) many.set(frame, i * frame.length);
  const ended = peer.ended();
  for (let sent = 0; sent < frames; sent += FRAMES_PER_WRITE) await peer.write(many);
  await peer.tcp.closeWrite();
  await ended;
  parent.postMessage("done");
});
