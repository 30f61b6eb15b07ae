import { assertEquals, assertStringIncludes } from "@std/assert";
import { MessageId, ReportStatusRequest } from "../proto/mod.ts";
import { bodyOf } from "../testing/proto/plain_message.ts";
import { encodeFrame } from "../reactor/mod.ts";
import { openStatusStore, type StoreConfig } from "../sql/mod.ts";
import { Program, setFlags } from "../testing/process.ts";
import { TempFolder } from "../testing/temp_folder.ts";

const MAIN = `${import.meta.dirname}/main.ts`;
const ROOT = `${import.meta.dirname}/..`;

/** Reporter as a process of its own, with the permissions that it needs and no more. */
class Reporter extends Program {
  constructor(settings: string[], { folder }: { folder: string }) {
    super([
      ...["run", "--no-prompt", "--allow-net=127.0.0.1", "--allow-env=LARS_*"],
      ...[`--allow-read=${ROOT},${folder}`, `--allow-write=${folder}`, MAIN],
      ...setFlags(["reactor.port=0", "admin.port=0", ...settings]),
    ]);
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

Deno.test("reporter stores all it was told, and exits 0, when it is told to stop", async () => {
  await using folder = new TempFolder();
  const config: StoreConfig = { driver: "sqlite", path: folder.file("new/lars.db") };
  await using reporter = new Reporter([`store.path=${config.path}`], { folder: folder.path });
  const { listen } = await reporter.logged<{ listen: string }>("ready");
  await report(listen);
  assertEquals(await reporter.stop(), 0, reporter.stderr.all.join("\n"));
  await using store = await openStatusStore(config);
  assertEquals((await store.read()).map(({ succ, err }) => [succ, err]), [[2, 3]]);
});

Deno.test("reporter says how many statuses are lost, and exits 1, when the database is away", async () => {
  await using folder = new TempFolder();
  const away = ["store.driver=mysql", "mysql.db_host=127.0.0.1", "mysql.db_port=1"];
  await using reporter = new Reporter(away, { folder: folder.path });
  const { listen } = await reporter.logged<{ listen: string }>("ready");
  await report(listen);
  assertEquals(await reporter.stop(), 1);
  const output = reporter.stderr.all.join("\n");
  assertStringIncludes(output, "ECONNREFUSED");
  assertStringIncludes(output, "Cannot store 1 statuses");
});
