/**
 * Coordinate search: of several variables, each with a few values, the values whose cost is low. One variable after the
 * other is tried with all of its values while the others stay; over and over until a round changes nothing. It finds a
 * place where no single change helps, which need not be the best of all.
 *
 * @module
 */

/** A value of each variable, by its name. */
export type Point<Value> = Readonly<Record<string, Value>>;

/** A variable was tried. */
export interface SearchStep<Value> {
  /** Which one. */
  readonly name: string;
  /** What each of its values costs. */
  readonly costs: readonly { readonly value: Value; readonly cost: number }[];
  /** The best point yet. */
  readonly best: Point<Value>;
  /** What it costs. */
  readonly cost: number;
}

/** What is searched. */
export interface SearchOptions<Value> {
  /** Where it begins. Its value of a variable is tried besides the others. */
  start: Point<Value>;
  /** The values of each variable. */
  values: Readonly<Record<string, readonly Value[]>>;
  /** The most rounds. */
  rounds: number;
  /** What points cost. */
  evaluate: (points: readonly Point<Value>[]) => Promise<readonly number[]>;
  /** Called with each variable that was tried. */
  onStep?: (step: SearchStep<Value>) => void;
}

/** The best point that was found, the earlier of two that cost the same. */
export async function searchCoordinates<Value>(
  { start, values, rounds, evaluate, onStep }: SearchOptions<Value>,
): Promise<Point<Value>> {
  let best = start;
  for (let round = 0; round < rounds; round++) {
    const before = best;
    for (const [name, others] of Object.entries(values)) {
      const tried = [...new Set([best[name], ...others])];
      const costs = await evaluate(tried.map((value) => ({ ...best, [name]: value })));
      const cost = Math.min(...costs);
      best = { ...best, [name]: tried[costs.indexOf(cost)] };
      onStep?.({ name, costs: tried.map((value, i) => ({ value, cost: costs[i] })), best, cost });
    }
    if (Object.keys(values).every((name) => best[name] === before[name])) break;
  }
  return best;
}
