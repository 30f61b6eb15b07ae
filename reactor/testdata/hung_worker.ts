/**
 * Has a worker hang, and tells what its host made of it. A program of its own, as the hung thread spins until it ends.
 *
 * @module
 */

import { WorkerHost } from "../worker_host.ts";
import type { HostEvent, HostInit, HostTask } from "./host_worker.ts";
import { Inbox } from "./inbox.ts";

const told = new Inbox<unknown>();
let starts = 0;
const host = await WorkerHost.start<HostInit, HostTask, HostEvent>({
  url: new URL("./host_worker.ts", import.meta.url),
  name: "hangs",
  init: () => ({ start: starts++ }),
  onMessage: (message) => told.put(message),
  onLost: (reason) => told.put(reason),
  onReady: () => told.put("ready"),
});
await told.take((each) => each === "ready");
host.post("hang");
const reason = await told.take();
await told.take((each) => each === "ready");
host.post({ echo: "alive" });
const echo = await told.take();
console.log(JSON.stringify({ reason, echo, stuck: host.stuck }));
await host.stop();
Deno.exit();
