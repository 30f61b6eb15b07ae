import { assertEquals, assertStringIncludes } from "@std/assert";
import { MessageId, ReportStatusRequest } from "../proto/mod.ts";
import { bodyOf } from "../testing/proto/plain_message.ts";
import { encodeFrame } from "../reactor/mod.ts";
import { openStatusStore, type StoreConfig } from "../sql/mod.ts";
import { inTime } from "../testing/until.ts";

const MAIN = `${import.meta.dirname}/main.ts`;
const ROOT = `${import.meta.dirname}/..`;

/** Reporter as a process of its own, with the permissions that it needs and no more. */
class Reporter {
  readonly #process: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly output: string[] = [];

  constructor(settings: string[], { folder }: { folder: string }) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--allow-net=127.0.0.1",
        `--allow-read=${ROOT},${folder}`,
        `--allow-write=${folder}`,
        "--allow-env=LARS_*",
        MAIN,
        ...["reactor.port=0", "admin.port=0", ...settings].flatMap((each) => ["--set", each]),
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#lines = linesOf(this.#process.stderr);
  }

  /** Reads its log up to the line with this message. */
  async logged(message: string): Promise<Record<string, string>> {
    for (;;) {
      const { value, done } = await inTime(`the log line ${message}`, this.#lines.next());
      if (done) throw new Error(`ended without saying ${message}:\n${this.output.join("\n")}`);
      this.output.push(value);
      if (!value.startsWith("{")) continue;
      const record = JSON.parse(value);
      if (record.message === message) return record;
    }
  }

  /** Asks it to stop; gives its exit code. */
  async stop(): Promise<number> {
    this.#process.kill("SIGTERM");
    for (;;) {
      const { value, done } = await inTime("the end of reporter", this.#lines.next());
      if (done) break;
      this.output.push(value);
    }
    return (await this.#process.status).code;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

/** Sends a status and waits until reporter has closed the connection, that is, has read it. */
async function report(listen: string): Promise<void> {
  const [hostname, port] = listen.split(":");
  const tcp = await Deno.connect({ hostname, port: Number(port) });
  const results = [{ ip: 1, port: 80, succ: 2, err: 3, overload: false }];
  const body = bodyOf(ReportStatusRequest, { modid: 1, cmdid: 2, caller: 3, tsSec: 1000, results });
  await tcp.write(encodeFrame(MessageId.ReportStatusRequest, body));
  await tcp.closeWrite();
  await tcp.read(new Uint8Array(1));
  tcp.close();
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "lars_reporter_" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("reporter stores all it was told, and exits 0, when it is told to stop", () =>
  withFolder(async (folder) => {
    const config: StoreConfig = { driver: "sqlite", path: `${folder}/new/lars.db` };
    const reporter = new Reporter([`store.path=${config.path}`], { folder });
    const { listen } = await reporter.logged("ready");
    await report(listen);
    assertEquals(await reporter.stop(), 0, reporter.output.join("\n"));
    await using store = await openStatusStore(config);
    assertEquals((await store.read()).map(({ succ, err }) => [succ, err]), [[2, 3]]);
  }));

Deno.test("reporter says how many statuses are lost, and exits 1, when the database is away", () =>
  withFolder(async (folder) => {
    const away = ["store.driver=mysql", "mysql.db_host=127.0.0.1", "mysql.db_port=1"];
    const reporter = new Reporter(away, { folder });
    const { listen } = await reporter.logged("ready");
    await report(listen);
    assertEquals(await reporter.stop(), 1);
    const output = reporter.output.join("\n");
    assertStringIncludes(output, "ECONNREFUSED");
    assertStringIncludes(output, "Cannot store 1 statuses");
  }));
