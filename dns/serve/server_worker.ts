/**
 * Entry file of an answering thread.
 *
 * @module
 */

import { runTcpWorker } from "../../reactor/mod.ts";
import { createDnsHandlers } from "./handlers.ts";

runTcpWorker(createDnsHandlers);
