/**
 * Runs where few files may be open: a server that cannot accept for a while, for want of a descriptor.
 *
 * @module
 */

import { startTcpServer } from "../../reactor/tcp/tcp_server.ts";
import { until } from "../until.ts";
import { RawPeer } from "./raw_peer.ts";
import { Ask, createTestHandlers } from "./tcp_handlers.ts";

const server = await startTcpServer({
  createHandlers: createTestHandlers,
  init: (thread) => ({ thread }),
});
const [counters] = server.counters;

const files: Deno.FsFile[] = [];
try {
  for (;;) files.push(Deno.openSync(new URL(import.meta.url)));
} catch {
  files.pop()?.close(); // the last one that there was, for the peer
}
const peer = await RawPeer.connect(server.address);
await until(() => counters.get("acceptErrors") >= 3);
for (const file of files) file.close();
const served = (await peer.ask(Ask.Echo))?.msgid === Ask.Echo;
peer.tcp.close();
await server.stop();
console.log(JSON.stringify({ served, acceptErrors: counters.get("acceptErrors") }));
