/**
 * The entry file of a thread that runs trials.
 *
 * @module
 */

import { runWorker } from "../../reactor/mod.ts";
import { policyOf } from "../policies/policies.ts";
import { tryPolicy } from "./trial.ts";
import type { TrialProgress, TrialTraffic } from "./trial_pool.ts";

/** How often a trial tells how far it is, ms. */
const INTERVAL_MS = 500;

runWorker<undefined, TrialTraffic, TrialProgress>((_, { post }) => {
  let toldMs = performance.now();
  return {
    onCall({ index, job: { scenario, policy, seed } }) {
      const onProgress = (share: number) => {
        if (performance.now() - toldMs < INTERVAL_MS) return;
        toldMs = performance.now();
        post({ kind: "progress", index, share });
      };
      return tryPolicy(scenario, { policy: policyOf(policy), seed, onProgress }).outcome;
    },
  };
});
