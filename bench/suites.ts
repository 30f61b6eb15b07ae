/**
 * The suites, in the order in which they are run.
 *
 * @module
 */

import type { Suite } from "./suite.ts";
import { agentSuite } from "./suites/agent.ts";
import { balancerSuite } from "./suites/balancer.ts";
import { clientSuite } from "./suites/client.ts";
import { dnsSuite } from "./suites/dns.ts";
import { echoSuite } from "./suites/echo.ts";
import { failoverSuite } from "./suites/failover.ts";
import { memorySuite } from "./suites/memory.ts";
import { microSuite } from "./suites/micro.ts";
import { pushSuite } from "./suites/push.ts";
import { reporterSuite } from "./suites/reporter.ts";
import { restSuite } from "./suites/rest.ts";
import { routesSuite } from "./suites/routes.ts";
import { startSuite } from "./suites/start.ts";
import { stormSuite } from "./suites/storm.ts";
import { tlsSuite } from "./suites/tls.ts";

/** All of them. */
export const SUITES: readonly Suite[] = [
  agentSuite,
  clientSuite,
  balancerSuite,
  echoSuite,
  dnsSuite,
  tlsSuite,
  pushSuite,
  routesSuite,
  reporterSuite,
  restSuite,
  failoverSuite,
  startSuite,
  stormSuite,
  memorySuite,
  microSuite,
];
