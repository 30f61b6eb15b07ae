/**
 * A balancer's decision as a sentence, with the numbers that made it.
 *
 * @module
 */

import type { DecisionPage } from "../../agent/explain/explain_page.ts";

/** What was decided, and why: `turned overloaded: 15 failures in a row (contin_err_limit 15); …`. */
export function decisionText(decision: DecisionPage): string {
  const { kind } = decision;
  switch (kind) {
    case "joined":
      return "joined: the route holds it";
    case "left":
      return "left: the route holds it no more";
    case "probed":
      return `probed: ${soFar(decision)}`;
    case "spared":
      return `spared, though it fails: more than ${
        numberText(decision.threshold)
      } % of the hosts ` +
        "would be overloaded (max_overloaded_percent)";
    case "overloaded":
      return `turned overloaded: ${why(decision)}`;
    case "idle":
      return `turned healthy: ${why(decision)}`;
  }
}

/** `12.3 %`. */
export function percentText(share: number, decimals: number = 1): string {
  return `${numberText(share * 100, decimals)} %`;
}

/** How long something took, in the unit that suits it: `250 ms`, `3.2 s`, `15 s`. */
export function timeText(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${numberText(ms / 1000)} s`;
}

function why(decision: DecisionPage): string {
  const { reason, threshold = 0, vsucc, verr, rsucc, rerr, runSucc, runErr } = decision;
  const failures = shareOf(verr, vsucc);
  const successes = shareOf(vsucc, verr);
  switch (reason) {
    case "err_rate":
      if (decision.threshold === undefined) {
        return `${rerr} of its last ${
          rsucc + rerr
        } calls failed, ${runErr} in a row, and others' do not`;
      }
      return `failures ${percentText(failures, 2)}, above err_rate ${percentText(threshold)}; ` +
        `${runErr} in a row`;
    case "silence":
      return "it does not answer, and others do";
    case "latency":
      return "its calls take far longer than those of others";
    case "proven":
      return `all calls of its trial went well; ${soFar(decision)}`;
    case "contin_err_limit":
      return `${runErr} failures in a row (contin_err_limit ${threshold}); ` +
        `failures ${percentText(failures)}`;
    case "window_err_rate":
      return `${rerr} of the window's ${rsucc + rerr} calls failed, ${
        percentText(shareOf(rerr, rsucc))
      } (window_err_rate ${percentText(threshold)})`;
    case "succ_rate":
      return `successes ${percentText(successes, 2)}, above succ_rate ${percentText(threshold)}; ` +
        `${runSucc} in a row`;
    case "contin_succ_limit":
      return `${runSucc} successes in a row (contin_succ_limit ${threshold}); ` +
        `successes ${percentText(successes)}`;
    case "max_overloaded_percent":
      return `more than ${numberText(threshold)} % of the hosts were overloaded, as others left ` +
        "(max_overloaded_percent)";
    case "overload_timeout":
      return `overload_timeout ${timeText(threshold)} is over; ${soFar(decision)}`;
    case "restored":
      return "as it was in the thread that was replaced";
    default:
      return reason;
  }
}

/** What an overloaded host has done since it turned so. */
function soFar({ rsucc, rerr }: DecisionPage): string {
  return rsucc + rerr === 0
    ? "no call reported since it turned overloaded"
    : `${rsucc} ok and ${rerr} failed since it turned overloaded`;
}

function shareOf(part: number, rest: number): number {
  return part + rest === 0 ? 0 : part / (part + rest);
}

/** With decimals unless it is a whole number. */
function numberText(value = 0, decimals = 1): string {
  return value.toFixed(decimals).replace(/\.0+$/, "");
}
