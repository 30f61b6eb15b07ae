/**
 * The errors that end a process, and with which exit code. What goes wrong in service of one peer is not here: that
 * costs the peer a message or a connection, never the process.
 *
 * @module
 */

/** The exit codes of every Lars program. */
export const ExitCode = {
  /** Done, or stopped when asked to. */
  ok: 0,
  /** It could not start, or something failed. */
  failed: 1,
  /** Wrong flags or a wrong configuration. */
  usage: 2,
  /** A thread of the agent hangs and cannot be ended: start the process anew. */
  stuck: 3,
} as const;

/** The command line is not one that the program understands. */
export class UsageError extends Error {
  /** Always "UsageError". */
  override readonly name = "UsageError";
}

/** The configuration has mistakes: all of them, one per line of the message, and below them what was ignored. */
export class ConfigError extends Error {
  /** Always "ConfigError". */
  override readonly name = "ConfigError";
  /** One line per mistake, beginning with where it was made: `dns.conf:12: …`. */
  readonly mistakes: readonly string[];

  /** What was ignored beside them, in lines of the same form: it may be where a mistake comes from. */
  readonly warnings: readonly string[];

  /** Made of at least one mistake. */
  constructor(
    mistakes: readonly string[],
    { warnings = [] }: { warnings?: readonly string[] } = {},
  ) {
    super([...mistakes, ...warnings].join("\n"));
    this.mistakes = mistakes;
    this.warnings = warnings;
  }
}

/** A service could not start. The message is one line that says what to do about it. */
export class StartError extends Error {
  /** Always "StartError". */
  override readonly name = "StartError";
}

/** A running service cannot go on, and its process is to end with `exitCode`. */
export class FatalError extends Error {
  /** Always "FatalError". */
  override readonly name = "FatalError";
  /** One of {@link ExitCode}, never 0. */
  readonly exitCode: number;

  /** Ends the process with {@link ExitCode}.failed unless told otherwise. */
  constructor(message: string, options: ErrorOptions & { exitCode?: number } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? ExitCode.failed;
  }
}

/** What was thrown, as the end of a sentence: an error's message, or the thing itself. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
