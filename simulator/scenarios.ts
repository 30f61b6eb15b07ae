/**
 * The scenarios that come with Lars, each a file in scenarios/ that a scenario of one's own may begin with.
 *
 * @module
 */

import background1 from "./scenarios/background-1.json" with { type: "json" };
import background10 from "./scenarios/background-10.json" with { type: "json" };
import background100 from "./scenarios/background-100.json" with { type: "json" };
import background1000 from "./scenarios/background-1000.json" with { type: "json" };
import brownOut from "./scenarios/brown-out.json" with { type: "json" };
import bursts from "./scenarios/bursts.json" with { type: "json" };
import callKinds from "./scenarios/call-kinds.json" with { type: "json" };
import coldJoin from "./scenarios/cold-join.json" with { type: "json" };
import crashLoop from "./scenarios/crash-loop.json" with { type: "json" };
import crowdGray from "./scenarios/crowd-gray.json" with { type: "json" };
import cutCalls from "./scenarios/cut-calls.json" with { type: "json" };
import deadHost from "./scenarios/dead-host.json" with { type: "json" };
import deadHostQuiet from "./scenarios/dead-host-quiet.json" with { type: "json" };
import deploy from "./scenarios/deploy.json" with { type: "json" };
import failingDependency from "./scenarios/failing-dependency.json" with { type: "json" };
import flappingHost from "./scenarios/flapping-host.json" with { type: "json" };
import grayFailure from "./scenarios/gray-failure.json" with { type: "json" };
import halfSilent from "./scenarios/half-silent.json" with { type: "json" };
import heavyHost from "./scenarios/heavy-host.json" with { type: "json" };
import longCalls from "./scenarios/long-calls.json" with { type: "json" };
import lostReports from "./scenarios/lost-reports.json" with { type: "json" };
import manyAgents from "./scenarios/many-agents.json" with { type: "json" };
import oneAgent from "./scenarios/one-agent.json" with { type: "json" };
import onlyHost from "./scenarios/only-host.json" with { type: "json" };
import onlyHostOverload from "./scenarios/only-host-overload.json" with { type: "json" };
import picksAhead from "./scenarios/picks-ahead.json" with { type: "json" };
import poolOverload from "./scenarios/pool-overload.json" with { type: "json" };
import rollingRestart from "./scenarios/rolling-restart.json" with { type: "json" };
import silent from "./scenarios/silent.json" with { type: "json" };
import slowDependency from "./scenarios/slow-dependency.json" with { type: "json" };
import slowHost from "./scenarios/slow-host.json" with { type: "json" };
import slowHostPatient from "./scenarios/slow-host-patient.json" with { type: "json" };
import smallService from "./scenarios/small-service.json" with { type: "json" };
import strayTimeouts from "./scenarios/stray-timeouts.json" with { type: "json" };
import surgeAndDead from "./scenarios/surge-and-dead.json" with { type: "json" };
import threeGenerations from "./scenarios/three-generations.json" with { type: "json" };
import threeSlow from "./scenarios/three-slow.json" with { type: "json" };
import totalOutages from "./scenarios/total-outages.json" with { type: "json" };
import twoHosts from "./scenarios/two-hosts.json" with { type: "json" };
import twoZones from "./scenarios/two-zones.json" with { type: "json" };
import unequalWorkers from "./scenarios/unequal-workers.json" with { type: "json" };
import zoneLoss from "./scenarios/zone-loss.json" with { type: "json" };
import { parseScenario, type Scenario } from "./scenario.ts";

/** All of them, in the order in which they are told of. */
export const SCENARIOS: readonly Scenario[] = [
  deadHost,
  deadHostQuiet,
  heavyHost,
  slowHost,
  slowHostPatient,
  threeSlow,
  grayFailure,
  strayTimeouts,
  flappingHost,
  crashLoop,
  smallService,
  twoHosts,
  onlyHost,
  totalOutages,
  zoneLoss,
  twoZones,
  failingDependency,
  slowDependency,
  rollingRestart,
  deploy,
  coldJoin,
  poolOverload,
  onlyHostOverload,
  surgeAndDead,
  unequalWorkers,
  threeGenerations,
  brownOut,
  bursts,
  callKinds,
  longCalls,
  oneAgent,
  manyAgents,
  crowdGray,
  lostReports,
  halfSilent,
  silent,
  picksAhead,
  cutCalls,
  background1,
  background10,
  background100,
  background1000,
].map((value) => parseScenario(value, value.name));
