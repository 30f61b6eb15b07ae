/**
 * A program that answers requests for routes as plainly as Deno can, whatever they ask for: each read by one write of as
 * many answers as it held requests. Its arguments are the files of a certificate and its key, for TLS; it prints
 * `{"port":N}`.
 *
 * @module
 */

import { encodeRoute, encodeRouteRequest, MessageId } from "../../proto/mod.ts";
import { encodeFrame } from "../../reactor/frame/frame.ts";
import { listenShared } from "../../reactor/tcp/tls.ts";
import { CMDID, HOSTS } from "./databases.ts";

const [cert, key] = Deno.args.map((path) => Deno.readTextFileSync(path));
const name = { modid: 1, cmdid: CMDID };
const hosts = Array.from({ length: HOSTS }, (_, i) => ({
  ip: 0x0a00_0001 + i,
  port: 8000 + i,
  weight: 100,
}));
const answer = encodeFrame(MessageId.GetRouteResponse, encodeRoute({ ...name, hosts }));
/** Every request is as long: modules are numbered up to 127. */
const requestBytes = encodeFrame(MessageId.GetRouteRequest, encodeRouteRequest(name)).length;

const address = { hostname: "127.0.0.1", port: 0 };
const listener = listenShared(address, cert === undefined ? undefined : { cert, key });
console.log(JSON.stringify({ port: listener.addr.port }));
for await (const connection of listener) void serve(connection);

async function serve(connection: Deno.Conn): Promise<void> {
  const requests = new Uint8Array(16_384);
  const answers = new Uint8Array((1 + requests.length / requestBytes) * answer.length);
  for (let at = 0; at + answer.length <= answers.length; at += answer.length) {
    answers.set(answer, at);
  }
  let bytes = 0;
  try {
    for (let n; (n = await connection.read(requests)) !== null;) {
      bytes += n;
      const whole = Math.floor(bytes / requestBytes);
      bytes -= whole * requestBytes;
      const end = whole * answer.length;
      for (let at = 0; at < end;) at += await connection.write(answers.subarray(at, end));
    }
  } catch {
    // The peer is gone.
  }
  connection.close();
}
