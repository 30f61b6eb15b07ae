/**
 * Line coverage by folder, from an lcov report. Generated files do not count.
 *
 * @module
 */

const GENERATED = /\.gen\.ts$/;

/** How many of the lines below a folder tests have run. */
export interface LineCoverage {
  /** Lines that can run. */
  found: number;
  /** Lines that did. */
  hit: number;
}

/**
 * Adds up the lines of the files below `folder`.
 *
 * @param lcov What `deno coverage --lcov` printed.
 * @param folder Absolute path without a slash at its end.
 */
export function sumLineCoverage(lcov: string, folder: string): LineCoverage {
  const total = { found: 0, hit: 0 };
  for (const record of lcov.split("end_of_record")) {
    const path = /^SF:(.*)$/m.exec(record)?.[1];
    if (path === undefined || !path.startsWith(`${folder}/`) || GENERATED.test(path)) continue;
    total.found += Number(/^LF:(\d+)$/m.exec(record)?.[1] ?? 0);
    total.hit += Number(/^LH:(\d+)$/m.exec(record)?.[1] ?? 0);
  }
  return total;
}
