/**
 * The small ones: every bench/*_bench.ts, as `deno bench` runs them.
 *
 * @module
 */

import { runDeno } from "../harness/deno_program.ts";
import type { Figure, Suite, SuiteInput } from "../suite.ts";

/** What `deno bench --json` prints, as far as it matters here. */
interface BenchOutput {
  benches: {
    origin: string;
    group: string | null;
    name: string;
    baseline: boolean;
    results: { ok?: { avg: number }; failed?: unknown }[];
  }[];
}

/** What Deno.bench measures. */
export const microSuite: Suite = {
  name: "micro",
  summary: "bench/*_bench.ts, as `deno bench` runs them: pieces of code within one process",
  isExtra: true,
  async run({ signal }: SuiteInput) {
    return figuresOf(await runDeno(["bench", "--allow-all", "--json", "bench"], signal));
  },
};

function figuresOf({ benches }: BenchOutput): Figure[] {
  return benches.map(({ origin, group, name, baseline, results: [{ ok }] }) => {
    if (ok === undefined) throw new Error(`${name} failed`);
    const file = origin.slice(origin.lastIndexOf("/") + 1).replace("_bench.ts", "");
    const reference = benches.find((other) =>
      other.origin === origin && other.group === group && other.baseline
    );
    const referenceNs = reference?.results[0].ok?.avg;
    return {
      name: [file, group, name].filter((part) => part !== null).join(": "),
      unit: "ns",
      value: ok.avg,
      ...!baseline && reference !== undefined && referenceNs !== undefined && {
        reference: { name: reference.name, value: referenceNs, ratio: ok.avg / referenceNs },
      },
    };
  });
}
