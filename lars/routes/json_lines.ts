/**
 * Where the items of a JSON array stand in its text, which JSON.parse does not tell.
 *
 * @module
 */

/** What matters of a JSON text: line breaks, strings as a whole, brackets, commas, and other values. */
const TOKEN = /\n|"(?:[^"\\]|\\.)*"|[[\]{},]|[^\s"[\]{},]+/g;

/**
 * The line, from 1, on which each item of an array begins.
 *
 * @param text An array that JSON.parse takes.
 */
export function lineStarts(text: string): number[] {
  const starts: number[] = [];
  let line = 1;
  let depth = 0;
  let isItemNext = false;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "\n") {
      line++;
      continue;
    }
    const isEnd = token === "]" || token === "}";
    if (isItemNext && !isEnd) starts.push(line);
    if (isEnd) depth--;
    else if (token === "[" || token === "{") depth++;
    isItemNext = depth === 1 && (token === "," || (token === "[" && starts.length === 0));
  }
  return starts;
}
