/**
 * Why a host does not have its fair share of the picks, as a sentence.
 *
 * @module
 */

import type { UsualView } from "../../agent/balancer/mod.ts";
import type { HostPage } from "../../agent/explain/explain_page.ts";
import { percentText, timeText } from "./decision_text.ts";

/**
 * `gets 3 % instead of 10 %: 412 ms against a median of 11 ms`; undefined where the host has its fair share, or the policy
 * does not know why not.
 */
export function flawText(host: HostPage, usual: UsualView | undefined): string | undefined {
  const { fitness = 1, flaw, fairShare, proofsOwed = 0 } = host;
  if (usual === undefined) return undefined;
  const fair = percentText(fairShare);
  if (flaw !== undefined && fitness < 1) {
    // By its fitness, not by its last picks, which are of the time before, too.
    return `gets ${percentText(fitness * fairShare)} instead of ${fair}: ${why(host, usual)}`;
  }
  return proofsOwed > 0 ? `is new, and gets ${fair} when its first call has gone well` : undefined;
}

function why({ flaw, load, rsucc, rerr, proofsOwed = 0 }: HostPage, usual: UsualView): string {
  const tried = proofsOwed > 0 ? `; on trial, ${proofsOwed} more calls must go well` : "";
  switch (flaw) {
    case "failures":
      return `${rerr} of its last ${rsucc + rerr} calls failed, against ` +
        `${percentText(usual.failureShare, 2)} of others${tried}`;
    case "latency":
      return `${timeText(load?.latencyMs ?? 0)} against a median of ` +
        `${timeText(usual.latencyMs ?? 0)}${tried}`;
    case "silence":
      return `it does not answer, with ${load?.outstanding ?? 0} calls under way${tried}`;
    case "load":
      return `${load?.outstanding ?? 0} calls under way, of ${usual.underWay} at all hosts`;
    default:
      return "it has joined or come back, and starts slowly (slow_start_ms)";
  }
}
