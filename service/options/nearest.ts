/**
 * The known word that a mistyped one stands for, for "did you mean".
 *
 * @module
 */

/** The word that is most like the one given; undefined where none is much like it. */
export function nearestWord(given: string, known: readonly string[]): string | undefined {
  const wanted = plain(given);
  let nearest: string | undefined;
  // A third of the letters may be wrong, and in short words one.
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const word of known) {
    const distance = editDistance(wanted, plain(word));
    if (distance >= least) continue;
    least = distance;
    nearest = word;
  }
  return nearest;
}

/** Upper case, "_" and "-" make no difference to people. */
function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[_\s-]/g, "");
}

/** How many letters are to be added, removed, changed or swapped with the next one (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      rows[i][j] = Math.min(
        rows[i - 1][j] + 1,
        rows[i][j - 1] + 1,
        rows[i - 1][j - 1] + (isSame ? 0 : 1),
        isSwapped ? rows[i - 2][j - 2] + 1 : Infinity,
      );
    }
  }
  return rows[a.length][b.length];
}
