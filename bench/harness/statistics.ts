/**
 * What several measurements of one thing come to.
 *
 * @module
 */

/**
 * The middle one, or the mean of the two in the middle.
 *
 * @throws {RangeError} When there is none.
 */
export function median(values: readonly number[]): number {
  const sorted = sort(values);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}

/**
 * The least value that a share of all values does not exceed.
 *
 * @param share 0 … 1.
 * @throws {RangeError} When there is none.
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = sort(values);
  return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)];
}

/** By how much y rises where x rises by one: the line through all points, by least squares. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  let [xy, xx] = [0, 0];
  for (const [x, y] of points) {
    xy += (x - meanX) * (y - meanY);
    xx += (x - meanX) ** 2;
  }
  return xx === 0 ? 0 : xy / xx;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function sort(values: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError("Cannot sum up no measurements");
  return values.toSorted((a, b) => a - b);
}
