/**
 * The entry file of an accepting thread of `lars echo server`.
 *
 * @module
 */

import { runTcpWorker } from "../../reactor/mod.ts";
import { createEchoHandlers } from "./echo.ts";

runTcpWorker(createEchoHandlers);
