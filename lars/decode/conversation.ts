/**
 * The messages of a capture: who said what to whom, in the order in which it was captured. Pure.
 *
 * @module
 */

import type { Packet } from "./capture_file.ts";
import { HEADER_BYTES } from "../../reactor/mod.ts";
import { concat, decodeDatagram, type DecodedFrame, FrameStream, isPlausible } from "./frames.ts";
import { PacketReader, type Payload } from "./packet_payload.ts";
import type { Schema } from "../../proto/schema.ts";
import { type Piece, TcpStream } from "./tcp_stream.ts";

/** A frame on its way. */
export interface CapturedFrame extends DecodedFrame {
  /** When its last byte was captured, ms since 1970. */
  timeMs: number;
  /** Who sent it. */
  from: string;
  /** Who was to get it. */
  to: string;
  /** What carried it. */
  over: "TCP" | "UDP";
}

/** Which packets are decoded. */
export interface ConversationOptions {
  /** The messages. */
  schema: Schema;
  /** Only what goes to or from these ports, whatever it is; without any, all that looks like frames. */
  ports: ReadonlySet<number>;
}

/** Connections that are followed at a time; past it the one that was silent for longest is given up. */
const MAX_STREAMS = 10_000;

/** One direction of a TCP connection. */
interface Direction {
  order: TcpStream;
  /** Whether its first byte was captured. */
  isFromStart: boolean;
  /** Its first bytes, until there are enough of them to tell what it carries. */
  head: Uint8Array;
  /** Whether it carries frames, once that is known. */
  isOurs?: boolean;
  /** Where it does. */
  frames?: FrameStream;
}

/** Reads packet after packet. */
export class Conversation {
  /** Packets whose payload holds nothing of ours. */
  foreign = 0;
  readonly #options: ConversationOptions;
  readonly #packets = new PacketReader();
  readonly #directions = new Map<string, Direction>();

  /** Knows no connection yet. */
  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  /** Takes a packet; gives the frames that it made whole. */
  push(packet: Packet): CapturedFrame[] {
    const payload = this.#packets.read(packet);
    if (payload === undefined || !this.#isWanted(payload)) {
      this.foreign++;
      return [];
    }
    const { from, to, tcp } = payload;
    const frames = tcp === undefined ? this.#datagram(payload) : this.#segment(payload, tcp);
    // Of TCP a cut packet is seen as bytes that are missing.
    if (packet.isCut && tcp === undefined) {
      for (const { problems } of frames) problems.unshift("captured in part (tcpdump: -s 0)");
    }
    const over = tcp === undefined ? "UDP" : "TCP";
    return frames.map((frame) => ({ timeMs: packet.timeMs, from, to, over, ...frame }));
  }

  /** What was begun and not finished when the capture ended. */
  end(timeMs: number): CapturedFrame[] {
    return [...this.#directions].flatMap(([key, direction]) => {
      const [from, to] = key.split(" ");
      return this.#finish(direction).map((frame) => ({
        timeMs,
        from,
        to,
        over: "TCP" as const,
        ...frame,
      }));
    });
  }

  #isWanted({ from, to }: Payload): boolean {
    const { ports } = this.#options;
    return ports.size === 0 || ports.has(portOf(from)) || ports.has(portOf(to));
  }

  #datagram({ bytes }: Payload): DecodedFrame[] {
    const { schema, ports } = this.#options;
    if (ports.size > 0 || isPlausible(schema, bytes)) return [decodeDatagram(schema, bytes)];
    this.foreign++;
    return [];
  }

  #segment(payload: Payload, tcp: NonNullable<Payload["tcp"]>): DecodedFrame[] {
    const { from, to, bytes } = payload;
    const key = `${from} ${to}`;
    let direction = this.#directions.get(key);
    const frames: DecodedFrame[] = [];
    if (tcp.isSyn) {
      if (direction !== undefined) frames.push(...this.#finish(direction));
      direction = { order: new TcpStream(), isFromStart: true, head: new Uint8Array() };
      direction.order.open(tcp.sequence);
    }
    direction ??= { order: new TcpStream(), isFromStart: false, head: new Uint8Array() };
    // Most recently used: it goes to the end.
    this.#directions.delete(key);
    this.#directions.set(key, direction);
    if (this.#directions.size > MAX_STREAMS) {
      this.#directions.delete(this.#directions.keys().next().value!);
    }
    const sequence = tcp.isSyn ? tcp.sequence + 1 : tcp.sequence;
    frames.push(...this.#take(direction, direction.order.push(sequence >>> 0, bytes)));
    if (direction.isOurs === false) this.foreign++;
    if (tcp.isEnd) {
      frames.push(...this.#finish(direction));
      this.#directions.delete(key);
    }
    return frames;
  }

  #take(direction: Direction, pieces: readonly Piece[]): DecodedFrame[] {
    return pieces.flatMap((piece) => {
      if ("missing" in piece) return direction.frames?.gap(piece.missing) ?? [];
      if (direction.isOurs !== undefined) return direction.frames?.push(piece.bytes) ?? [];
      direction.head = concat(direction.head, piece.bytes);
      if (direction.head.length < HEADER_BYTES) return [];
      this.#classify(direction);
      return direction.frames?.push(direction.head) ?? [];
    });
  }

  /** Finds out, by its first bytes, whether a direction carries frames. */
  #classify(direction: Direction): void {
    const { schema, ports } = this.#options;
    const isAtFrame = isPlausible(schema, direction.head);
    direction.isOurs = ports.size > 0 || isAtFrame;
    if (!direction.isOurs) return;
    const isInMidst = !isAtFrame && !direction.isFromStart;
    direction.frames = new FrameStream(schema, { isInMidst });
  }

  #finish(direction: Direction): DecodedFrame[] {
    const frames = this.#take(direction, direction.order.end());
    const rest = direction.frames?.end();
    return rest === undefined ? frames : [...frames, rest];
  }
}

function portOf(end: string): number {
  return Number(end.slice(end.indexOf(":") + 1));
}
