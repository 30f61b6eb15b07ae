/**
 * For tests: a folder of their own.
 *
 * @module
 */

import type { SqliteConfig } from "../sql/mod.ts";

/** An empty folder. Disposing of it removes it, with all that is in it. */
export class TempFolder implements AsyncDisposable {
  /** Where it is. */
  readonly path: string = Deno.makeTempDirSync({ prefix: "lars_test_" });

  /** The path of a file in it. */
  file(name: string): string {
    return `${this.path}/${name}`;
  }

  /** Writes a file in it, and gives its path. */
  async write(name: string, text: string): Promise<string> {
    await Deno.writeTextFile(this.file(name), text);
    return this.file(name);
  }

  /** An embedded database in it, which is not made yet. */
  get database(): SqliteConfig {
    return { driver: "sqlite", path: this.file("lars.db") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
