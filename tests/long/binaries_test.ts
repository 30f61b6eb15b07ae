import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { LarsClient } from "../../client/mod.ts";
import { ROLES } from "../../lars/up/role_task.ts";
import { BINARIES, checkBase, compileBinary, CompileError } from "../../tools/compile.ts";
import { Role } from "../../testing/role.ts";
import { until } from "../../testing/until.ts";

/** A soft limit of open files that every host can give. */
const SOFT_LIMIT = 256;

const unable = await whyNot();
if (unable !== undefined) console.log(`The binaries are not tested: ${unable}`);

/** Why nothing can be compiled here. A base that somebody names is to work: the tests will say why it does not. */
async function whyNot(): Promise<string | undefined> {
  if (Deno.env.has("DENORT_BIN")) return undefined;
  try {
    await checkBase();
  } catch (error) {
    if (error instanceof CompileError) return error.message;
    throw error;
  }
}

/** The binaries as on a host without Deno: in a folder of their own, with a shell on the path and nothing else. */
class Host implements AsyncDisposable {
  readonly #root: string;
  /** An empty folder to work in. */
  readonly folder: string;
  /** What its processes have for an environment. */
  readonly env: Record<string, string>;

  static async create(): Promise<Host> {
    const host = new Host(await Deno.makeTempDir({ prefix: "lars-binaries-" }));
    await Deno.mkdir(`${host.#root}/path`);
    await Deno.mkdir(host.folder);
    await Deno.symlink("/bin/sh", `${host.#root}/path/sh`);
    for (const binary of BINARIES) await compileBinary(binary, host.#root);
    return host;
  }

  private constructor(root: string) {
    this.#root = root;
    this.folder = `${root}/work`;
    this.env = { PATH: `${root}/path`, HOME: this.folder };
  }

  /** Where a binary is. */
  path(name: string): string {
    return `${this.#root}/${name}`;
  }

  /** Runs `lars` to its end, which is to be a good one, and gives what it printed. */
  async lars(...args: string[]): Promise<string> {
    const { success, stdout, stderr } = await new Deno.Command(this.path("lars"), {
      args,
      cwd: this.folder,
      clearEnv: true,
      env: this.env,
      stdin: "null",
    }).output();
    const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assertEquals({ success, errors }, { success: true, errors: "" }, `lars ${args.join(" ")}`);
    return text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#root, { recursive: true });
  }
}

Deno.test({
  name: "the binaries run alone",
  ignore: unable !== undefined,
  async fn(t) {
    await using host = await Host.create();
    await t.step("dns, reporter and agent serve a pick, also after a fault", async () => {
      await serveAPick(host);
    });
    await t.step("lars runs all roles by itself", async () => {
      const text = await host.lars("up", "--demo", "--seconds", "3");
      assertMatch(text, /^ {2}agent +127\.0\.0\.1:/m);
      assertMatch(text, /Start it again with `lars up --demo`/);
      assertEquals((await Deno.stat(`${host.folder}/data/lars.db`)).isFile, true);
    });
    await t.step("lars decode has the schema inside", async () => {
      assertMatch(await host.lars("decode", "010000000400000008011001"), /GetRouteRequest/);
    });
  },
});

async function serveAPick(host: Host): Promise<void> {
  const store = `store.path=${host.folder}/lars.db`;
  await host.lars("db", "migrate", "--set", store);
  await host.lars("routes", "add", "2000", "1", "127.0.0.1:9000", "--set", store);
  await using dns = await start(host, "dns", store);
  await using reporter = await start(host, "reporter", store);
  await using agent = await start(
    host,
    "agent",
    `dnsserver.port=${dns.port}`,
    `reporter.port=${reporter.port}`,
  );
  for (const { pid } of [dns, reporter, agent]) assertEquals(...await descriptorLimits(pid));

  await using client = new LarsClient({ port: agent.port });
  await client.register(2000, 1);
  const pick = ["get-host", "2000", "1", "--agent", `127.0.0.1:${agent.port}`];
  assertStringIncludes(await host.lars(...pick), "127.0.0.1:9000");

  for (const shard of [0, 1, 2]) {
    const { status, text } = await agent.post(`/debug/fault?worker=shard${shard}&kind=throw`);
    assertEquals(status, 200, text);
  }
  await until(async () => await agent.metric("lars_agent_workers_replaced_total") >= 3);
  assertStringIncludes(await host.lars(...pick), "127.0.0.1:9000");
}

/** Starts a role's binary under a soft limit of open files that is too low. */
function start(host: Host, name: typeof ROLES[number], ...settings: string[]): Promise<Role> {
  const lowered = `ulimit -Sn ${SOFT_LIMIT} && exec "$0" "$@"`;
  return Role.start(name, settings, {
    env: { ...host.env, LARS_FAULTS: "1" },
    command: { program: "/bin/sh", args: ["-c", lowered, host.path(`lars-${name}`)] },
  });
}

/** The soft and the hard limit of open files of a process. */
async function descriptorLimits(pid: number): Promise<[soft: string, hard: string]> {
  const limits = await Deno.readTextFile(`/proc/${pid}/limits`);
  const [, soft, hard] = /^Max open files +(\S+) +(\S+)/m.exec(limits)!;
  return [soft, hard];
}
