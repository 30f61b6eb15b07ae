/**
 * An echo server: answers every message 1 with the same. `deno run --allow-net echo_server.ts [PORT]`
 *
 * @module
 */

import { type Connection, Router, startTcpServer } from "../mod.ts";

const router = new Router<Connection<void>>()
  .on(1, (body, connection) => connection.send(1, body));

const server = await startTcpServer({
  port: Number(Deno.args[0] ?? 7777),
  createHandlers: () => ({ router }),
});
console.log(`Echoing on ${server.address.hostname}:${server.address.port}`);
