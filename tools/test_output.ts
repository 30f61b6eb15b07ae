/**
 * Reads what `deno test` prints about one file, line by line as it comes.
 *
 * @module
 */

/** How many tests passed, and how many did not. */
export interface TestCounts {
  /** Tests that passed. */
  passed: number;
  /** Tests that failed. */
  failed: number;
}

/** A test, or a step of one, that has ended. */
export interface EndedTest {
  /** Its name. */
  readonly name: string;
  /** Whether it failed. */
  readonly failed: boolean;
  /** Whether it was left out. */
  readonly skipped: boolean;
  /** Whether it is a step of a test that goes on. */
  readonly isStep: boolean;
  /** What was printed since the test before it ended. */
  readonly lines: readonly string[];
}

const RESULT = /^( *)(.*) \.\.\. (ok|FAILED|ignored) \(.*\)$/;
/** An unfinished line may go on with the notice that the test takes long. */
const BEGIN = /^ *(.+?) \.\.\. ?(?:'.*' has been running for over .*)?$/;
const QUOTE_BEGIN = /-{5,} (?:(?:pre|post)-test )?output -{5,}$/;
const QUOTE_END = /-{5,} (?:(?:pre|post)-test )?output end -{5,}$/;
const SUMMARY = /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed/;

/** Most lines that are kept of what a test prints: the last ones. */
const MAX_LINES = 1000;

/** The tests of a file, as far as it has said. */
export class TestOutput {
  #ended: TestCounts = { passed: 0, failed: 0 };
  #summary?: TestCounts;
  #lines: string[] = [];
  /** Whether the lines are a test's own output, which may be anything. */
  #isQuoted = false;
  #section: "tests" | "errors" | "end" = "tests";
  #errors: string[] = [];

  /** Takes the next line; gives the test that has ended with it. */
  take(line: string): EndedTest | undefined {
    if (line === " ERRORS ") this.#section = "errors";
    else if (line === " FAILURES ") this.#section = "end";
    else if (this.#section === "errors") this.#errors.push(line);
    const summary = this.#isQuoted ? null : SUMMARY.exec(line);
    if (summary !== null) {
      this.#summary = { passed: Number(summary[1]), failed: Number(summary[2]) };
      this.#section = "end";
    }
    return this.#section === "tests" ? this.#takeTestLine(line) : undefined;
  }

  /** The test that runs, with the step in it that does: each in a line of its own. */
  get running(): string | undefined {
    const begun = this.#lines.filter((line) => BEGIN.test(line));
    const ended = new Set(this.#lines.map((line) => RESULT.exec(line)?.[2]));
    const names = begun.map((line) => BEGIN.exec(line)![1]).filter((name) => !ended.has(name));
    return names.length === 0 ? undefined : [...new Set(names)].join(" ... ");
  }

  /** What was printed since the last test ended. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** What is said at the end of the errors of tests that failed. */
  get errors(): string {
    return this.#errors.join("\n").trim();
  }

  /** The counts: a run that ended badly, or too early, failed whatever its tests did. */
  counts({ success }: { success: boolean }): TestCounts {
    const { passed, failed } = this.#summary ?? this.#ended;
    const isWhole = success && this.#summary !== undefined;
    return { passed, failed: isWhole ? failed : Math.max(1, failed) };
  }

  #takeTestLine(line: string): EndedTest | undefined {
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
    if (QUOTE_BEGIN.test(line)) this.#isQuoted = true;
    else if (QUOTE_END.test(line)) this.#isQuoted = false;
    const result = this.#isQuoted ? null : RESULT.exec(line);
    if (result === null) return undefined;
    const [, indent, name, outcome] = result;
    const ended = {
      name,
      failed: outcome === "FAILED",
      skipped: outcome === "ignored",
      isStep: indent !== "",
      lines: this.#lines,
    };
    if (ended.isStep) return ended;
    this.#lines = [];
    if (outcome !== "ignored") this.#ended[ended.failed ? "failed" : "passed"]++;
    return ended;
  }
}
