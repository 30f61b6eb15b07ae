/**
 * The thread of the demo's backends.
 *
 * @module
 */

import { runWorker } from "../../reactor/mod.ts";
import type { FailOrder } from "./demo_backends.ts";

runWorker<{ count: number }, FailOrder, number[]>(({ count }, parent) => {
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
  parent.post(servers.map(({ addr }) => addr.port));
  return {
    onMessage({ failing }) {
      failingNow = failing;
    },
    async stop() {
      await Promise.all(servers.map((server) => server.shutdown()));
    },
  };
});
