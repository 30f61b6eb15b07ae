import { assertEquals, assertMatch } from "@std/assert";
import { isCapture, readCapture } from "./capture_file.ts";
import { type CapturedFrame, Conversation } from "./conversation.ts";
import { loadSchema } from "../../proto/schema.ts";
import { concat } from "../../testing/concat.ts";

const schema = loadSchema();
const ASK = Uint8Array.fromHex("04000000" + "09000000" + "08ac0210f0a2041802");
const ROUTE = Uint8Array.fromHex("01000000" + "04000000" + "08011001");

function big(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) % 256);
}

function little(value: number, bytes: number): number[] {
  return big(value, bytes).reverse();
}

function udp(payload: Uint8Array, port = 8888): Uint8Array {
  return concat(big(4000, 2), big(port, 2), big(8 + payload.length, 2), [0, 0], payload);
}

function tcp(
  payload: Uint8Array,
  { sequence, flags = 0x18 }: { sequence: number; flags?: number },
): Uint8Array {
  return concat(
    big(5000, 2),
    big(7778, 2),
    big(sequence, 4),
    big(0, 4),
    [0x50, flags],
    big(0, 6),
    payload,
  );
}

function ipv4(
  payload: Uint8Array,
  { protocol = 17, fragment = 0 }: { protocol?: number; fragment?: number } = {},
): Uint8Array {
  return concat(
    [0x45, 0],
    big(20 + payload.length, 2),
    big(77, 2),
    big(fragment, 2),
    [64, protocol, 0, 0],
    [10, 0, 0, 1],
    [192, 168, 1, 177],
    payload,
  );
}

/** The links that a capture may be of, each with what stands before the IPv4 header. */
const LINKS: [name: string, linkType: number, header: number[]][] = [
  ["Ethernet", 1, [...Array(12).fill(0), 8, 0]],
  ["Ethernet with two VLAN tags", 1, [...Array(12).fill(0), 0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 8, 0]],
  ["loopback, little-endian", 0, [2, 0, 0, 0]],
  ["loopback, big-endian", 0, [0, 0, 0, 2]],
  ["loopback of OpenBSD", 108, [0, 0, 0, 2]],
  ["cooked", 113, [...Array(14).fill(0), 8, 0]],
  ["cooked, second version", 276, [8, 0, ...Array(18).fill(0)]],
  ["raw", 101, []],
];

function pcap(
  packets: readonly Uint8Array[],
  { linkType = 101, write = little, magic = 0xa1b2c3d4, fraction = 5000 } = {},
): Uint8Array {
  return concat(
    write(magic, 4),
    write(2, 2),
    write(4, 2),
    write(0, 8),
    write(65535, 4),
    write(linkType, 4),
    ...packets.map((packet) =>
      concat(
        write(60, 4),
        write(fraction, 4),
        write(packet.length, 4),
        write(packet.length, 4),
        packet,
      )
    ),
  );
}

function block(type: number, body: Uint8Array, write: typeof little): Uint8Array {
  const padded = concat(body, new Uint8Array(-body.length & 3));
  const length = write(12 + padded.length, 4);
  return concat(write(type, 4), length, padded, length);
}

/** With times in units of 10 ms, to see that they are heeded. */
function pcapng(packets: readonly Uint8Array[], write: typeof little): Uint8Array {
  const resolution = concat(write(9, 2), write(1, 2), [2, 0, 0, 0]);
  return concat(
    block(0x0a0d0d0a, concat(write(0x1a2b3c4d, 4), write(1, 2), write(0, 2), write(0, 8)), write),
    block(1, concat(write(101, 2), [0, 0], write(0, 4), resolution), write),
    block(99, Uint8Array.of(1, 2, 3, 4), write), // of a kind that nobody knows
    ...packets.map((packet) =>
      block(
        6,
        concat(
          write(0, 4),
          write(0, 4),
          write(6001, 4),
          write(packet.length, 4),
          write(packet.length, 4),
          packet,
        ),
        write,
      )
    ),
  );
}

function framesOf(
  capture: Uint8Array,
  { ports = [] as number[] } = {},
): { frames: CapturedFrame[]; foreign: number } {
  assertEquals(isCapture(capture), true);
  const conversation = new Conversation({ schema, ports: new Set(ports) });
  const frames = [...readCapture(capture)].flatMap((packet) => conversation.push(packet));
  return { frames: [...frames, ...conversation.end(0)], foreign: conversation.foreign };
}

function summaries(frames: readonly CapturedFrame[]): string[] {
  return frames.map(({ message, problems }) => [message, ...problems].join("! "));
}

Deno.test("Conversation reads a datagram from every kind of link", () => {
  for (const [name, linkType, header] of LINKS) {
    const { frames } = framesOf(pcap([concat(header, ipv4(udp(ASK)))], { linkType }));
    assertEquals(frames, [{
      timeMs: 60_005,
      from: "10.0.0.1:4000",
      to: "192.168.1.177:8888",
      over: "UDP",
      at: 0,
      msgid: 4,
      message: "GetHostRequest",
      fields: { seq: 300, modid: 70000, cmdid: 2 },
      problems: [],
    }], name);
  }
});

Deno.test("readCapture() reads pcap and pcapng in both byte orders, with the times that they tell", () => {
  const packets = [ipv4(udp(ASK))];
  for (const write of [little, big]) {
    for (
      const capture of [
        pcap(packets, { write }),
        pcap(packets, { write, magic: 0xa1b23c4d, fraction: 5_000_000 }),
      ]
    ) assertEquals(framesOf(capture).frames[0].timeMs, 60_005);
    assertEquals(framesOf(pcapng(packets, write)).frames[0].timeMs, 60_010);
  }
});

Deno.test("readCapture() reads a capture that was cut off as far as it goes", () => {
  const packets = [ipv4(udp(ASK)), ipv4(udp(ASK))];
  for (const capture of [pcap(packets), pcapng(packets, little)]) {
    assertEquals(framesOf(capture.subarray(0, capture.length - 5)).frames.length, 1);
  }
});

Deno.test("Conversation joins the fragments of a datagram, in whatever order they come", () => {
  const big = new Uint8Array(8 + 2000);
  big.set(ASK);
  new DataView(big.buffer).setInt32(4, 2000, true);
  big.fill(0x50, 17); // field 10, whose value is 0x50: nobody's
  const datagram = udp(big);
  const [first, second] = [datagram.subarray(0, 1480), datagram.subarray(1480)];
  const fragments = [ipv4(second, { fragment: 1480 / 8 }), ipv4(first, { fragment: 0x2000 })];
  for (const packets of [fragments, fragments.toReversed()]) {
    const { frames } = framesOf(pcap(packets));
    assertEquals(frames.map(({ fields }) => fields), [{ seq: 300, modid: 70000, cmdid: 2 }]);
  }
});

Deno.test("Conversation puts a connection's segments together", () => {
  const stream = concat(ROUTE, ROUTE, ROUTE);
  const syn = ipv4(tcp(new Uint8Array(), { sequence: 9, flags: 2 }), { protocol: 6 });
  const piece = (start: number, end: number) =>
    ipv4(tcp(stream.subarray(start, end), { sequence: 10 + start }), { protocol: 6 });
  const { frames } = framesOf(pcap([syn, piece(0, 5), piece(20, 36), piece(5, 20), piece(0, 36)]));
  assertEquals(summaries(frames), Array(3).fill("GetRouteRequest"));
  assertEquals(frames.map(({ at }) => at), [0, 12, 24]);

  const lossy = framesOf(pcap([syn, piece(0, 12), piece(15, 36)]));
  assertEquals(summaries(lossy.frames), [
    "GetRouteRequest",
    "! byte 12: 3 bytes after it are missing",
    "! byte 15: 9 bytes of a frame whose beginning is not there",
    "GetRouteRequest",
  ]);
});

Deno.test("Conversation leaves out what is not ours, unless its port is asked for", () => {
  const http = new TextEncoder().encode("GET / HTTP/1.1\r\n");
  const arp = new Uint8Array(28);
  const packets = [
    ipv4(udp(http)),
    ipv4(tcp(http, { sequence: 1 }), { protocol: 6 }),
    arp,
    ipv4(udp(ASK, 8889)),
  ];
  const all = framesOf(pcap(packets));
  assertEquals(summaries(all.frames), ["GetHostRequest"]);
  assertEquals(all.foreign, 3);
  const [asked] = framesOf(pcap(packets), { ports: [8888] }).frames;
  assertMatch(asked.problems[0], /^byte 4: msglen must be 8/);
});
