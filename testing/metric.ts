/**
 * For tests: what a running role counts.
 *
 * @module
 */

/** The value of a metric at an admin address, summed over its labels. */
export async function readMetric(admin: string, name: string): Promise<number> {
  const response = await fetch(`http://${admin}/metrics`);
  const lines = (await response.text()).split("\n");
  return lines
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}
