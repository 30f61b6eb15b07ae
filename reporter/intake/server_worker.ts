/**
 * The entry file of a thread that receives reports.
 *
 * @module
 */

import { runPeerWorker } from "../../service/peer_worker.ts";
import { createReporterHandlers } from "./handlers.ts";

runPeerWorker(createReporterHandlers);
