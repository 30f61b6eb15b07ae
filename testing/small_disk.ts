/**
 * For tests: a disk that is soon full.
 *
 * @module
 */

/** A disk in memory, mounted on a folder for the time of a test. */
export class SmallDisk implements AsyncDisposable {
  /** Where it is mounted. */
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Mounts one that holds so many KiB; undefined where that is not permitted, as to all but root. */
  static mount(kib: number): SmallDisk | undefined {
    const folder = Deno.makeTempDirSync({ prefix: "lars_disk_" });
    if (run("mount", "-t", "tmpfs", "-o", `size=${kib}k`, "lars", folder)) {
      return new SmallDisk(folder);
    }
    Deno.removeSync(folder);
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    run("umount", "--lazy", this.folder);
    await Deno.remove(this.folder);
  }
}

/** Whether there can be one here. */
export const canMountDisk: boolean = await canMount();

async function canMount(): Promise<boolean> {
  await using disk = SmallDisk.mount(64);
  return disk !== undefined;
}

function run(program: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(program, { args, stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}
