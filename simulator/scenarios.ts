/**
 * The scenarios that come with Lars, each a file in scenarios/ that a scenario of one's own may begin with.
 *
 * @module
 */

import background1 from "./scenarios/background-1.json" with { type: "json" };
import background10 from "./scenarios/background-10.json" with { type: "json" };
import background100 from "./scenarios/background-100.json" with { type: "json" };
import background1000 from "./scenarios/background-1000.json" with { type: "json" };
import deadHost from "./scenarios/dead-host.json" with { type: "json" };
import deadHostQuiet from "./scenarios/dead-host-quiet.json" with { type: "json" };
import flappingHost from "./scenarios/flapping-host.json" with { type: "json" };
import grayFailure from "./scenarios/gray-failure.json" with { type: "json" };
import oneAgent from "./scenarios/one-agent.json" with { type: "json" };
import poolOverload from "./scenarios/pool-overload.json" with { type: "json" };
import rollingRestart from "./scenarios/rolling-restart.json" with { type: "json" };
import slowHost from "./scenarios/slow-host.json" with { type: "json" };
import slowHostPatient from "./scenarios/slow-host-patient.json" with { type: "json" };
import smallService from "./scenarios/small-service.json" with { type: "json" };
import zoneLoss from "./scenarios/zone-loss.json" with { type: "json" };
import { parseScenario, type Scenario } from "./scenario.ts";

/** All of them, in the order in which they are told of. */
export const SCENARIOS: readonly Scenario[] = [
  deadHost,
  deadHostQuiet,
  slowHost,
  slowHostPatient,
  grayFailure,
  flappingHost,
  smallService,
  poolOverload,
  rollingRestart,
  oneAgent,
  zoneLoss,
  background1,
  background10,
  background100,
  background1000,
].map((value) => parseScenario(value, value.name));
