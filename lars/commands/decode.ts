/**
 * The command `decode`: what one reaches for when two implementations disagree.
 *
 * @module
 */

import { UsageError } from "../../service/mod.ts";
import { parseInteger } from "../cli/arguments.ts";
import { type Command, CommandError } from "../cli/command.ts";
import { CaptureError, isCapture, readCapture } from "../decode/capture_file.ts";
import type { CapturedFrame, Conversation } from "../decode/conversation.ts";
import { formatFrame, frameJson } from "../decode/frame_text.ts";
import type { DecodedFrame } from "../decode/frames.ts";
import { countOf } from "../routes/route_access.ts";
import { printPieces } from "../terminal/output.ts";

/** Shows what frames say. */
export const decodeCommand: Command = {
  name: "decode",
  summary: "Show what frames say, from hex or a capture, and what is wrong with them at which byte",
  args: ["[HEX…|FILE|-]"],
  flags: {
    port: {
      takes: "N",
      many: true,
      doc: "Of a capture, only what goes to or from this port, whatever it is; may be repeated",
    },
    json: { doc: "Print JSON: an object a line for each frame" },
  },
  examples: [
    "decode 04000000 09000000 08ac0210f0a2041802",
    "decode capture.pcap",
    "decode capture.pcapng --port 7778 --json",
  ],
  notes: [
    "FILE is a capture of tcpdump or Wireshark (pcap or pcapng; Ethernet, loopback, cooked or raw IPv4), or holds " +
    "frames, as bytes or as hex. Without --port, packets of a capture that do not look like frames of Lars are left " +
    "out, and counted on standard error. The exit code is 1 when anything is wrong with a frame.",
  ],
  async run(input) {
    const ports = new Set(
      input.values("port").map((text) =>
        parseInteger(text, { name: "--port", min: 1, max: 65535 })
      ),
    );
    const bytes = await readInput(input.words);
    // Needed by nobody else, and large.
    const [{ loadSchema }, { decodeFrames }, conversations] = await Promise.all([
      import("../../proto/schema.ts"),
      import("../decode/frames.ts"),
      import("../decode/conversation.ts"),
    ]);
    const schema = loadSchema();
    let wrong = 0;
    function* lines(frames: Iterable<DecodedFrame | CapturedFrame>): Generator<string> {
      for (const frame of frames) {
        if (frame.problems.length > 0) wrong++;
        yield (input.has("json") ? frameJson(frame) : formatFrame(frame)) + "\n";
      }
    }
    if (!isCapture(bytes)) {
      printPieces(lines(decodeFrames(schema, bytes)));
    } else {
      const conversation = new conversations.Conversation({ schema, ports });
      printPieces(lines(framesOf(bytes, conversation)));
      if (conversation.foreign > 0) {
        console.error(
          `${countOf(conversation.foreign, "packet")} left out: no frames of Lars in them`,
        );
      }
    }
    return wrong > 0 ? 1 : 0;
  },
};

function* framesOf(bytes: Uint8Array, conversation: Conversation): Generator<CapturedFrame> {
  let timeMs = 0;
  try {
    for (const packet of readCapture(bytes)) {
      timeMs = packet.timeMs;
      yield* conversation.push(packet);
    }
  } catch (error) {
    if (error instanceof CaptureError) throw new CommandError(error.message);
    throw error;
  }
  yield* conversation.end(timeMs);
}

/** The bytes to decode: of hex in the words, of a file, of standard input. */
async function readInput(words: readonly string[]): Promise<Uint8Array> {
  if (words.length === 0 || (words.length === 1 && words[0] === "-")) {
    if (words.length === 0 && Deno.stdin.isTerminal()) {
      throw new UsageError(
        "Cannot decode nothing: give a frame in hex, a file, or - to read standard input",
      );
    }
    return bytesOf(new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer()));
  }
  const hex = fromHex(words.join(""));
  if (hex !== undefined) return hex;
  if (words.length > 1) {
    throw new UsageError(
      `Cannot decode ${words.join(" ")} as it must be hex, an even number of digits`,
    );
  }
  try {
    return bytesOf(await Deno.readFile(words[0]));
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "it is no hex (an even number of digits), and no file"
      : (error as Error).message;
    throw new CommandError(`Cannot decode ${words[0]}: ${reason}`);
  }
}

/** A file's frames: as they are, or as the hex that it holds. */
function bytesOf(file: Uint8Array): Uint8Array {
  if (isCapture(file)) return file;
  const text = new TextDecoder().decode(file.subarray(0, 1 << 26));
  return fromHex(text) ?? file;
}

/** Reads hex as people paste it: with spaces, colons or 0x between. */
function fromHex(text: string): Uint8Array | undefined {
  const digits = text.replaceAll(/0x|[\s:,]/gi, "");
  if (digits === "" || digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) return undefined;
  return Uint8Array.fromHex(digits);
}
