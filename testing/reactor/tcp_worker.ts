/**
 * A thread of the server under test.
 *
 * @module
 */

import { runTcpWorker } from "../../reactor/tcp/tcp_worker.ts";
import { createTestHandlers } from "./tcp_handlers.ts";

runTcpWorker(createTestHandlers);
