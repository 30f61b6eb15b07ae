/**
 * Finds the test files: all of them, or those under given paths.
 *
 * @module
 */

/** The root of the repository. */
export const ROOT: URL = new URL("../", import.meta.url);

/** Folders whose files are no part of the code. */
const SKIPPED = new Set(["node_modules", "coverage", "data", "bin", "vectors"]);

/** What `make test-all` runs and `make test` does not: what takes long, or needs what few machines have. */
export const LONG_FOLDER = "tests/long/";

/** Every test file, by its path from the root, in alphabetical order. */
export function allTestFiles(): string[] {
  return testFilesIn("");
}

/**
 * The test files under paths, which are files or folders, from the root.
 *
 * @throws {Error} When there is none under one of them.
 */
export function testFilesUnder(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) => {
    const found = isFile(path) ? [path] : testFilesIn(path.replace(/\/*$/, "/"));
    if (found.length === 0) throw new Error(`Cannot test ${path} as there is no test under it`);
    return found;
  });
  return [...new Set(files)];
}

/** Whether there is such a file, seen from the root. */
export function isFile(path: string): boolean {
  try {
    return Deno.statSync(new URL(path, ROOT)).isFile;
  } catch {
    return false;
  }
}

function testFilesIn(folder: string): string[] {
  return entriesOf(folder).flatMap(({ name, isDirectory }) => {
    if (!isDirectory) return name.endsWith("_test.ts") ? [folder + name] : [];
    return SKIPPED.has(name) || name.startsWith(".") ? [] : testFilesIn(`${folder}${name}/`);
  });
}

function entriesOf(folder: string): Deno.DirEntry[] {
  try {
    const entries = [...Deno.readDirSync(new URL(folder, ROOT))];
    return entries.sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return [];
    }
    throw error;
  }
}
