/**
 * The scenarios that come with Lars, each a file in built_in/ that a scenario of one's own may begin with.
 *
 * @module
 */

import background1 from "./built_in/background-1.json" with { type: "json" };
import background10 from "./built_in/background-10.json" with { type: "json" };
import background100 from "./built_in/background-100.json" with { type: "json" };
import background1000 from "./built_in/background-1000.json" with { type: "json" };
import brownOut from "./built_in/brown-out.json" with { type: "json" };
import bursts from "./built_in/bursts.json" with { type: "json" };
import callKinds from "./built_in/call-kinds.json" with { type: "json" };
import coldJoin from "./built_in/cold-join.json" with { type: "json" };
import crashLoop from "./built_in/crash-loop.json" with { type: "json" };
import crowdGray from "./built_in/crowd-gray.json" with { type: "json" };
import cutCalls from "./built_in/cut-calls.json" with { type: "json" };
import deadHost from "./built_in/dead-host.json" with { type: "json" };
import deadHostQuiet from "./built_in/dead-host-quiet.json" with { type: "json" };
import deploy from "./built_in/deploy.json" with { type: "json" };
import failingDependency from "./built_in/failing-dependency.json" with { type: "json" };
import flappingHost from "./built_in/flapping-host.json" with { type: "json" };
import grayFailure from "./built_in/gray-failure.json" with { type: "json" };
import halfSilent from "./built_in/half-silent.json" with { type: "json" };
import heavyHost from "./built_in/heavy-host.json" with { type: "json" };
import longCalls from "./built_in/long-calls.json" with { type: "json" };
import lostReports from "./built_in/lost-reports.json" with { type: "json" };
import manyAgents from "./built_in/many-agents.json" with { type: "json" };
import oneAgent from "./built_in/one-agent.json" with { type: "json" };
import onlyHost from "./built_in/only-host.json" with { type: "json" };
import onlyHostOverload from "./built_in/only-host-overload.json" with { type: "json" };
import picksAhead from "./built_in/picks-ahead.json" with { type: "json" };
import poolOverload from "./built_in/pool-overload.json" with { type: "json" };
import rollingRestart from "./built_in/rolling-restart.json" with { type: "json" };
import silent from "./built_in/silent.json" with { type: "json" };
import slowDependency from "./built_in/slow-dependency.json" with { type: "json" };
import slowHost from "./built_in/slow-host.json" with { type: "json" };
import slowHostPatient from "./built_in/slow-host-patient.json" with { type: "json" };
import smallService from "./built_in/small-service.json" with { type: "json" };
import strayTimeouts from "./built_in/stray-timeouts.json" with { type: "json" };
import surgeAndDead from "./built_in/surge-and-dead.json" with { type: "json" };
import threeGenerations from "./built_in/three-generations.json" with { type: "json" };
import threeSlow from "./built_in/three-slow.json" with { type: "json" };
import totalOutages from "./built_in/total-outages.json" with { type: "json" };
import twoHosts from "./built_in/two-hosts.json" with { type: "json" };
import twoZones from "./built_in/two-zones.json" with { type: "json" };
import unequalWorkers from "./built_in/unequal-workers.json" with { type: "json" };
import zoneLoss from "./built_in/zone-loss.json" with { type: "json" };
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
