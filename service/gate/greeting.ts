/**
 * What our own clients say first on every TCP connection: who they are, and their token.
 *
 * @module
 */

import { encodeMessage, Hello, MessageId } from "../../proto/mod.ts";
import { encodeFrame } from "../../reactor/frame/frame.ts";
import { VERSION } from "../version.ts";

/** The version of the protocol that Hello tells. */
const PROTOCOL_VERSION = 1;

/** The frame of a client called `name`, such as "lars-agent", with the first of its tokens, where it has any. */
export function greetingOf(name: string, tokens: readonly string[]): Uint8Array {
  const hello = new Hello();
  hello.token = tokens[0] ?? "";
  hello.agent = `${name}/${VERSION}`;
  hello.version = PROTOCOL_VERSION;
  return encodeFrame(MessageId.Hello, encodeMessage(hello));
}
