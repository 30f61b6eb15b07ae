/**
 * The thread of the demo's backends.
 *
 * @module
 */

import { type Posts, runWorker } from "../../reactor/mod.ts";
import type { BackendPorts, FailOrder } from "./demo_backends.ts";

runWorker<{ count: number }, Posts<FailOrder>, BackendPorts>(({ count }, parent) => {
  let failingNow: number | undefined;
  const servers = Array.from(
    { length: count },
    (_, i) =>
      Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen() {} },
        () =>
          failingNow === i
            ? new Response(`backend ${i + 1} is broken\n`, { status: 500 })
            : new Response(`hello from backend ${i + 1}\n`),
      ),
  );
  parent.post({ kind: "ports", ports: servers.map(({ addr }) => addr.port) });
  return {
    onPost({ failing }) {
      failingNow = failing;
    },
    async stop() {
      await Promise.all(servers.map((server) => server.shutdown()));
    },
  };
});
