/**
 * INI text to an object.
 *
 * @module
 */

/**
 * Reads INI text: sections become objects, keys above the first section stay at the top. Lines are trimmed; one that
 * begins with `#`, `;` or `//` is a comment. A repeated section replaces the earlier. Values that say null, true, false
 * or a number (the empty one is 0) become that; of others one pair of double quotes goes.
 *
 * @throws {SyntaxError} On a line without `=`, an empty key, or an empty or unclosed section name; it names the line.
 */
export function parse<T extends object>(text: string): T {
  const root: Record<string, unknown> = {};
  let entries = root;
  for (const [index, rawLine] of text.split(/\r\n|\r|\n/).entries()) {
    const line = rawLine.trim();
    if (line === "" || /^(#|;|\/\/)/.test(line)) continue;
    if (line.startsWith("[")) {
      define(root, readSectionName(line, index + 1), entries = {});
      continue;
    }
    const assignment = line.indexOf("=");
    if (assignment < 0) {
      throw new SyntaxError(`Unexpected token ${line[0]} in INI at line ${index + 1}`);
    }
    const key = line.slice(0, assignment).trimEnd();
    if (key === "") throw new SyntaxError(`Unexpected empty key name at line ${index + 1}`);
    define(entries, key, readValue(line.slice(assignment + 1).trimStart()));
  }
  return root as T;
}

function readSectionName(line: string, lineNumber: number): string {
  if (!line.endsWith("]")) {
    throw new SyntaxError(`Unexpected end of INI section at line ${lineNumber}`);
  }
  const name = line.slice(1, -1);
  if (name.trim() === "") {
    throw new SyntaxError(`Unexpected empty section name at line ${lineNumber}`);
  }
  return name;
}

function readValue(text: string): string | number | boolean | null {
  if (text === "null") return null;
  if (text === "true" || text === "false") return text === "true";
  if (/^".*"$/.test(text)) return text.slice(1, -1);
  return Number.isNaN(Number(text)) ? text : Number(text);
}

/** Unlike an assignment, also right for a key like `__proto__`. */
function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
