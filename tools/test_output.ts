/**
 * Reads what `deno test` prints.
 *
 * @module
 */

/** How many tests passed, and how many did not. */
export interface TestCounts {
  /** Tests that passed. */
  passed: number;
  /** Tests that failed, and one for a run that ended badly without naming any. */
  failed: number;
}

/** Reads the counts from the summary line; without one the run counts as one failure. */
export function readTestCounts(output: string, { success }: { success: boolean }): TestCounts {
  const summary = /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed/m.exec(output);
  const [passed, failed] = summary ? [Number(summary[1]), Number(summary[2])] : [0, 0];
  return { passed, failed: success && summary ? failed : Math.max(1, failed) };
}

/** Says whether a line only tells that a test passed. */
export function isPassedLine(line: string): boolean {
  return / \.\.\. ok \(.*\)$/.test(line);
}
