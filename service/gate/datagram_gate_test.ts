import { assertEquals } from "@std/assert";
import {
  Credential,
  decodeMessage,
  encodeMessage,
  GetHostRequest,
  MessageId,
  parseNetwork,
} from "../../proto/mod.ts";
import { type Dispatched, HEADER_BYTES, type UdpPeer } from "../../reactor/mod.ts";
import { setLogSink } from "../observe/logger.ts";
import type { Admission } from "./admission.ts";
import { DatagramGate } from "./datagram_gate.ts";

const TOKEN = "token-of-the-datagram-test";

function bodyWith(token: string): Uint8Array {
  const [request, credential] = [new GetHostRequest(), new Credential()];
  Object.assign(request, { seq: 1, modid: 2, cmdid: 3 });
  credential.token = token;
  return Uint8Array.of(...encodeMessage(request), ...encodeMessage(credential));
}

/** What becomes of a body from an address. */
function gateFor(admission: Partial<Admission>) {
  const gate = new DatagramGate({ dispatch: () => "handled" }, {
    networks: [],
    tokens: [],
    ...admission,
  });
  const send = (hostname: string, body: Uint8Array): Dispatched => {
    // It asks a peer for nothing but its address.
    const peer = { address: { transport: "udp", hostname, port: 1 } } as UdpPeer;
    const bytes = Uint8Array.of(...new Uint8Array(HEADER_BYTES), ...body);
    const span = { bytes, start: HEADER_BYTES, end: bytes.length };
    return gate.dispatch(MessageId.GetHostRequest, span, peer);
  };
  return { gate, send };
}

Deno.test("DatagramGate lets in by network, by token, or by both, and loopback always", () => {
  const logged: unknown[] = [];
  const before = setLogSink(({ properties }) => logged.push(properties.peer));
  try {
    const networks = [parseNetwork("10.0.0.0/8")!];
    const [good, bad, none] = [bodyWith(TOKEN), bodyWith(`${TOKEN}x`), bodyWith("")];
    const garbage = Uint8Array.of(0xff, 0xff);
    for (
      const [admission, address, expected] of [
        [{ networks }, "10.1.1.1", "handled handled handled handled"],
        [{ networks }, "11.1.1.1", "denied denied denied denied"],
        [{ tokens: [TOKEN] }, "11.1.1.1", "handled denied denied denied"],
        [{ tokens: [TOKEN], networks }, "10.1.1.1", "handled denied denied denied"],
        [{ tokens: [TOKEN], networks }, "11.1.1.1", "denied denied denied denied"],
        [{ tokens: [TOKEN], networks }, "127.0.0.1", "handled handled handled handled"],
      ] as const
    ) {
      const { send } = gateFor(admission);
      const outcomes = [good, bad, none, garbage].map((body) => send(address, body));
      assertEquals(outcomes.join(" "), expected, `${address} ${JSON.stringify(admission)}`);
    }
    assertEquals(logged, ["11.1.1.1", "11.1.1.1", "10.1.1.1", "11.1.1.1"]);
  } finally {
    setLogSink(before);
  }
});

Deno.test("DatagramGate.reload() judges anew those that it knows", () => {
  const before = setLogSink(() => {});
  try {
    const { gate, send } = gateFor({ networks: [parseNetwork("10.0.0.0/8")!] });
    assertEquals(send("10.1.1.1", bodyWith("")), "handled");
    gate.reload({ networks: [parseNetwork("11.0.0.0/8")!], tokens: [] });
    assertEquals([send("10.1.1.1", bodyWith("")), send("11.1.1.1", bodyWith(""))], [
      "denied",
      "handled",
    ]);
  } finally {
    setLogSink(before);
  }
});

Deno.test("a body with a credential is still the message that it was, to whoever does not know it", () => {
  const { seq, modid, cmdid } = decodeMessage(new GetHostRequest(), bodyWith(TOKEN));
  assertEquals([seq, modid, cmdid], [1, 2, 3]);
});
