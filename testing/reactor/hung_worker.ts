/**
 * Has a worker hang, and tells what its host made of it. A program of its own, as the hung thread spins until it ends.
 *
 * @module
 */

import { WorkerHost } from "../../reactor/threads/worker_host.ts";
import type { HostEvent, HostInit, HostTraffic } from "./host_worker.ts";
import { Inbox } from "../inbox.ts";

const told = new Inbox<unknown>();
let starts = 0;
const host = await WorkerHost.start<HostInit, HostTraffic, HostEvent>({
  url: new URL("./host_worker.ts", import.meta.url),
  name: "hangs",
  init: () => ({ start: starts++ }),
  onPost: (message) => told.push(message),
  onLost: (reason) => told.push(reason),
  onReady: () => told.push("ready"),
});
await told.take((each) => each === "ready");
host.post({ kind: "hang" });
const reason = await told.next();
await told.take((each) => each === "ready");
host.post({ kind: "echo", echo: "alive" });
const echo = await told.next();
console.log(JSON.stringify({ reason, echo, stuck: host.stuck }));
await host.stop();
Deno.exit();
