/**
 * A thread of the server under test.
 *
 * @module
 */

import { runTcpWorker } from "../tcp_worker.ts";
import { createTestHandlers } from "./tcp_handlers.ts";

runTcpWorker(createTestHandlers);
