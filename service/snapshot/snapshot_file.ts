/**
 * A file that holds what a role serves, for its next start: whole or not at all, whatever happens while it is written.
 * Owns the form of the file and the disk; when it is written is snapshot_keeper.ts's business, and what is in it the
 * role's.
 *
 * ```
 *   {"snapshot":"dns routes","format":1}\n   what it is, for programs and for people: `head -1` shows it
 *   …                                        the content
 *   32 bytes                                 SHA-256 of all before
 * ```
 *
 * It is written beside the one before, brought to the disk, and then renamed over it. Its time of change says until when
 * the content is known to have been right.
 *
 * @module
 */

import { dirname } from "node:path";
import { getLogger } from "../observe/logger.ts";
import { reasonOf } from "../errors.ts";

/** What is kept in a file. */
export interface SnapshotKind {
  /** What it is: `dns routes`. */
  snapshot: string;
  /** The number of the content's layout: one that has changed gets another. */
  format: number;
}

/** What was read. */
export interface Snapshot<Content> {
  /** What the content means. */
  content: Content;
  /** When it was last known to be right, Unix seconds. */
  asOfSec: number;
}

const NEWLINE = 10;
const DIGEST_BYTES = 32;

/** What a file that cannot be used is renamed to; one before it is replaced. */
const BAD_SUFFIX = ".bad";

/** What is being written has the process's number before this. */
const NEW_SUFFIX = ".new";

const log = getLogger("lars", "snapshot");

/** One such file. */
export class SnapshotFile {
  /** Where it is. */
  readonly path: string;
  readonly #header: Uint8Array<ArrayBuffer>;

  /** Touches nothing yet. */
  constructor(path: string, { snapshot, format }: SnapshotKind) {
    this.path = path;
    this.#header = new TextEncoder().encode(`${JSON.stringify({ snapshot, format })}\n`);
  }

  /**
   * Reads it. Undefined where there is none, or it cannot be used: it is then set aside, and the log names it. Removes what
   * was left half-written.
   *
   * @param decode Makes something of the content; a RangeError of it has the file be set aside as well.
   */
  async read<Content>(
    decode: (content: Uint8Array<ArrayBuffer>) => Content,
  ): Promise<Snapshot<Content> | undefined> {
    try {
      await this.#removeLeft();
      const [file, { mtime }] = await Promise.all([Deno.readFile(this.path), Deno.stat(this.path)]);
      await this.#check(file);
      const content = decode(file.subarray(this.#header.length, file.length - DIGEST_BYTES));
      return { content, asOfSec: (mtime?.getTime() ?? 0) / 1000 };
    } catch (error) {
      if (error instanceof RangeError) await this.#setAside(error.message);
      else if (!(error instanceof Deno.errors.NotFound)) {
        log.warn("Snapshot {path} cannot be read, and is done without: {reason}", {
          path: this.path,
          reason: reasonOf(error),
        });
      }
      return undefined;
    }
  }

  /** Renames it, so that it is neither used nor overwritten, and says so and why. */
  async #setAside(reason: string): Promise<void> {
    const aside = this.path + BAD_SUFFIX;
    await Deno.rename(this.path, aside).catch(() => {}); // the next one is written over it all the same
    log.warn("Snapshot {path} cannot be used, and is set aside as {aside}: {reason}", {
      path: this.path,
      aside,
      reason,
    });
  }

  /**
   * Replaces it, from parts that lie in any memory; its folder is made where it is missing. This thread only copies: other
   * threads hash and write.
   *
   * @returns How many bytes it has now.
   * @throws {Error} When that is not possible; the one before is as it was.
   */
  async write(parts: readonly Uint8Array[]): Promise<number> {
    const image = await this.#imageOf(parts);
    const folder = dirname(this.path);
    await Deno.mkdir(folder, { recursive: true });
    const fresh = `${this.path}.${Deno.pid}${NEW_SUFFIX}`;
    try {
      await writeThrough(fresh, image);
      await Deno.rename(fresh, this.path);
    } catch (error) {
      await Deno.remove(fresh).catch(() => {}); // where the disk is full, it is in the way
      throw error;
    }
    using opened = await Deno.open(folder);
    await opened.sync(); // the new name itself
    return image.length;
  }

  /** Notes that the content is right as of now. */
  async confirm(): Promise<void> {
    const now = new Date();
    await Deno.utime(this.path, now, now);
  }

  async #imageOf(parts: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = parts.reduce((sum, { length }) => sum + length, this.#header.length);
    const image = new Uint8Array(bytes + DIGEST_BYTES);
    image.set(this.#header);
    let end = this.#header.length;
    for (const part of parts) {
      image.set(part, end);
      end += part.length;
    }
    image.set(await digest(image.subarray(0, end)), end);
    return image;
  }

  /** Throws a RangeError where what was read is not what was written here. */
  async #check(file: Uint8Array<ArrayBuffer>): Promise<void> {
    const end = file.length - DIGEST_BYTES;
    if (end < 0) throw new RangeError(`it has only ${file.length} bytes`);
    if (!isSame(await digest(file.subarray(0, end)), file.subarray(end))) {
      throw new RangeError("its checksum is wrong");
    }
    const header = file.subarray(0, file.indexOf(NEWLINE) + 1);
    if (isSame(header, this.#header)) return;
    const [found, wanted] = [header, this.#header].map((line) =>
      new TextDecoder().decode(line).trim()
    );
    throw new RangeError(`it must begin with ${wanted}: it begins with ${found}`);
  }

  /** A process that was killed while it wrote has left what it had. */
  async #removeLeft(): Promise<void> {
    const folder = dirname(this.path);
    const name = this.path.slice(this.path.lastIndexOf("/") + 1);
    for await (const entry of Deno.readDir(folder)) {
      const isLeft = entry.name.startsWith(`${name}.`) && entry.name.endsWith(NEW_SUFFIX);
      if (isLeft) await Deno.remove(`${folder}/${entry.name}`).catch(() => {});
    }
  }
}

async function writeThrough(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o600 });
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  await file.sync();
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
