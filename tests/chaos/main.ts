/**
 * The command: `deno task chaos [--seconds 60] [--seed N] [--database mariadb|sqlite]`, which `make chaos` runs.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { anySeed } from "../../testing/seeded_random.ts";
import { runChaos, seconds, type Violation } from "./chaos_run.ts";
import { nameOf } from "./fault.ts";
import { type DatabaseName, DATABASES, missingMeans } from "./possible_faults.ts";

const USAGE = `Usage: deno task chaos [--seconds 60] [--seed N] [--database mariadb|sqlite]

Breaks a whole system under load, by faults drawn from a seed, and says what was wrong that may not be: exit code 1.`;

/** Violations that are shown. */
const MAX_SHOWN = 20;

function describe({ atMs, text, during }: Violation): string {
  const faults = during.map(({ kind, target, fromMs, toMs }) =>
    `${kind} ${nameOf(target)} ${seconds(fromMs)} – ${seconds(toMs)}`
  );
  return `${seconds(atMs).padStart(9)}  ${text}\n           during: ${
    faults.join("; ") || "nothing"
  }`;
}

if (import.meta.main) {
  const { seconds: length, seed, database, help, _: words, ...others } = parseArgs(Deno.args, {
    string: ["seconds", "seed", "database"],
    boolean: ["help"],
    default: { seconds: "60", seed: String(anySeed()), database: DATABASES[0] },
  });
  const isKnown = (DATABASES as readonly string[]).includes(database) &&
    [length, seed].every((word) => /^\d{1,10}$/.test(word));
  if (help || !isKnown || words.length > 0 || Object.keys(others).length > 0) {
    console.log(USAGE);
    Deno.exit(help ? 0 : 2);
  }
  const missing = missingMeans();
  if (missing.length > 0) console.log(`What cannot be broken here: ${missing.join(", ")}`);
  console.log(
    `Seed ${seed}, ${length} s, ${database}: ten seconds to start, and some after the last fault`,
  );
  const { violations, summary, log } = await runChaos({
    seed: Number(seed),
    seconds: Number(length),
    database: database as DatabaseName,
    say: (atMs, text) => console.log(`${seconds(atMs).padStart(9)}  ${text}`),
  });
  console.log(summary);
  if (violations.length === 0) {
    console.log("Nothing was wrong");
  } else {
    const path = await Deno.makeTempFile({ prefix: "lars_chaos_", suffix: ".log" });
    await Deno.writeTextFile(path, log.join("\n"));
    console.log(`\n${violations.length} × wrong; what the roles logged is in ${path}\n`);
    for (const violation of violations.slice(0, MAX_SHOWN)) console.log(describe(violation));
    if (violations.length > MAX_SHOWN) console.log(`and ${violations.length - MAX_SHOWN} more`);
    console.log(`\nAgain: make chaos SECONDS=${length} SEED=${seed} DATABASE=${database}`);
    Deno.exitCode = 1;
  }
}
