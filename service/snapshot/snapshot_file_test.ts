import { assertEquals, assertRejects } from "@std/assert";
import { canMountDisk, SmallDisk } from "../../testing/small_disk.ts";
import { messageOf } from "../observe/log_format.ts";
import { setLogSink } from "../observe/logger.ts";
import { SnapshotFile } from "./snapshot_file.ts";

const KIND = { snapshot: "test words", format: 1 };

/** A file in a folder of its own, for the time of a test. */
class Fixture implements AsyncDisposable {
  readonly folder: string = Deno.makeTempDirSync({ prefix: "lars_snapshot_" });
  readonly path = `${this.folder}/words.snapshot`;
  readonly file = new SnapshotFile(this.path, KIND);
  readonly said: string[] = [];
  readonly #sink = setLogSink((record) => this.said.push(messageOf(record)));

  /** What a program that starts finds there. */
  async read(kind = KIND): Promise<string | undefined> {
    const snapshot = await new SnapshotFile(this.path, kind).read((bytes) =>
      new TextDecoder().decode(bytes)
    );
    return snapshot?.content;
  }

  /** The names in the folder. */
  names(): string[] {
    return [...Deno.readDirSync(this.folder)].map(({ name }) => name).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    setLogSink(this.#sink);
    await Deno.remove(this.folder, { recursive: true });
  }
}

function words(...parts: string[]): Uint8Array[] {
  return parts.map((part) => new TextEncoder().encode(part));
}

/** Bytes in memory that threads share. */
function shared(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

Deno.test("SnapshotFile.read() gives what was written last, and nothing at first", async () => {
  await using fixture = new Fixture();
  assertEquals(await fixture.read(), undefined);
  await fixture.file.write(words("one ", "two"));
  assertEquals(await fixture.read(), "one two");
  await fixture.file.write([shared("three")]);
  assertEquals(await fixture.read(), "three");
  await fixture.file.write([]);
  assertEquals(await fixture.read(), "");
  assertEquals([fixture.names(), fixture.said], [["words.snapshot"], []]);
});

Deno.test("SnapshotFile.write() makes the folder", async () => {
  await using fixture = new Fixture();
  const file = new SnapshotFile(`${fixture.folder}/a/b/words.snapshot`, KIND);
  const bytes = await file.write(words("one"));
  assertEquals((await Deno.stat(file.path)).size, bytes);
});

Deno.test("SnapshotFile.read() sets aside what was cut off, anywhere", async () => {
  await using fixture = new Fixture();
  await fixture.file.write(words("one"));
  const whole = await Deno.readFile(fixture.path);
  for (let bytes = 0; bytes < whole.length; bytes++) {
    await Deno.writeFile(fixture.path, whole.subarray(0, bytes));
    assertEquals(await fixture.read(), undefined);
    assertEquals(fixture.names(), ["words.snapshot.bad"]);
    assertEquals(fixture.said.splice(0).length, 1);
  }
});

Deno.test("SnapshotFile.read() sets aside what has a wrong byte, anywhere", async () => {
  await using fixture = new Fixture();
  await fixture.file.write(words("one"));
  const whole = await Deno.readFile(fixture.path);
  for (let at = 0; at < whole.length; at++) {
    await Deno.writeFile(fixture.path, whole.with(at, whole[at] ^ 1));
    assertEquals(await fixture.read(), undefined);
  }
  assertEquals(
    [...new Set(fixture.said)],
    [
      `Snapshot ${fixture.path} cannot be used, and is set aside as ${fixture.path}.bad: ` +
      "its checksum is wrong",
    ],
  );
});

for (
  const [name, kind] of [["format", { ...KIND, format: 2 }], ["kind", {
    ...KIND,
    snapshot: "x",
  }]] as const
) {
  Deno.test(`SnapshotFile.read() sets aside what is of another ${name}`, async () => {
    await using fixture = new Fixture();
    await fixture.file.write(words("one"));
    assertEquals(await fixture.read(kind), undefined);
    assertEquals(fixture.said, [
      `Snapshot ${fixture.path} cannot be used, and is set aside as ${fixture.path}.bad: ` +
      `it must begin with ${JSON.stringify(kind)}: it begins with ${JSON.stringify(KIND)}`,
    ]);
    await Deno.rename(`${fixture.path}.bad`, fixture.path);
    assertEquals(await fixture.read(), "one");
  });
}

Deno.test("SnapshotFile.read() sets aside what cannot be decoded", async () => {
  await using fixture = new Fixture();
  await fixture.file.write(words("one"));
  const snapshot = await fixture.file.read(() => {
    throw new RangeError("it has no words");
  });
  assertEquals([snapshot, fixture.names()], [undefined, ["words.snapshot.bad"]]);
  assertEquals(fixture.said[0].endsWith("it has no words"), true);
});

Deno.test("SnapshotFile.read() goes without a file that cannot be read", async () => {
  await using fixture = new Fixture();
  await Deno.mkdir(fixture.path);
  assertEquals(await fixture.read(), undefined);
  assertEquals(fixture.said.length, 1);
});

Deno.test("SnapshotFile.read() removes what a killed process has left of its writing", async () => {
  await using fixture = new Fixture();
  await fixture.file.write(words("one"));
  await Deno.writeTextFile(`${fixture.path}.4711.new`, "tw");
  assertEquals(await fixture.read(), "one");
  assertEquals(fixture.names(), ["words.snapshot"]);
});

Deno.test("SnapshotFile.confirm() moves the time as of which the content is right", async () => {
  await using fixture = new Fixture();
  await fixture.file.write(words("one"));
  await Deno.utime(fixture.path, 1000, 1000);
  assertEquals((await fixture.file.read(() => {}))?.asOfSec, 1000);
  const beforeSec = Math.floor(Date.now() / 1000);
  await fixture.file.confirm();
  assertEquals((await fixture.file.read(() => {}))!.asOfSec >= beforeSec, true);
});

Deno.test("SnapshotFile.write() leaves the one before as it was when it fails", async () => {
  await using fixture = new Fixture();
  await fixture.file.write(words("one"));
  await Deno.mkdir(`${fixture.path}.${Deno.pid}.new`); // in the way
  await assertRejects(() => fixture.file.write(words("two")));
  assertEquals(await fixture.read(), "one");
});

Deno.test({
  name: "SnapshotFile.write() leaves the one before as it was while the disk is full",
  ignore: !canMountDisk,
  async fn() {
    await using disk = SmallDisk.mount(1024)!;
    const file = new SnapshotFile(`${disk.folder}/words.snapshot`, KIND);
    const words = (fill: number) => [new Uint8Array(300 << 10).fill(fill)];
    await file.write(words(1));
    await Deno.writeFile(`${disk.folder}/other`, new Uint8Array(600 << 10));
    await assertRejects(() => file.write(words(2)));
    assertEquals((await file.read(([first]) => first))?.content, 1);
    await Deno.remove(`${disk.folder}/other`);
    await file.write(words(3));
    assertEquals((await file.read(([first]) => first))?.content, 3);
  },
});

Deno.test("SnapshotFile is whole whenever the process that writes it is killed", async () => {
  await using fixture = new Fixture();
  const writer = `
    import { SnapshotFile } from "${new URL("./snapshot_file.ts", import.meta.url)}";
    const file = new SnapshotFile(Deno.args[0], ${JSON.stringify(KIND)});
    for (let i = 0;; i++) {
      await file.write([new TextEncoder().encode(String(i)), new Uint8Array(1 << 20)]);
      if (i === 0) console.log("writes");
    }`;
  for (const delayMs of [0, 4, 8, 12, 16]) {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["eval", writer, fixture.path],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    await new Promise((resolve) => setTimeout(resolve, delayMs)); // somewhere in a write
    child.kill("SIGKILL");
    await reader.cancel();
    await child.status;
    const content = (await fixture.read())!;
    assertEquals(content.slice(0, -(1 << 20)), String(parseInt(content)));
  }
  assertEquals([fixture.names(), fixture.said], [["words.snapshot"], []]);
});
