/**
 * Entry file of an answering thread.
 *
 * @module
 */

import { runPeerWorker } from "../../service/peer_worker.ts";
import { createDnsHandlers } from "./handlers.ts";

runPeerWorker(createDnsHandlers);
