import { assertAlmostEquals, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { ModulePage, ModulesPage } from "../agent/explain/explain_page.ts";
import { type ModuleName, parseIpv4, shardOf } from "../proto/mod.ts";
import { FakeDns, RawClient } from "../testing/agent_peers.ts";
import { Program, runLars } from "../testing/process.ts";
import { Role } from "../testing/role.ts";
import { until } from "../testing/until.ts";

const NAME = { modid: 1000, cmdid: 1 };
const [GOOD, BAD] = [9001, 9002].map((port) => ({
  ip: parseIpv4("127.0.0.1")!,
  port,
  weight: 100,
}));

/** An agent in a process of its own, between a dns and a client. */
class Scene implements AsyncDisposable {
  private constructor(readonly agent: Role, readonly dns: FakeDns, readonly client: RawClient) {}

  static async start({ settings = [], env = {} }: {
    settings?: readonly string[];
    env?: Record<string, string>;
  } = {}): Promise<Scene> {
    const dns = await FakeDns.start();
    const sets = [
      `dnsserver.port=${dns.port}`,
      "agent.first_pull_wait_ms=5000",
      "agent.negative_ttl_ms=60000",
    ];
    const agent = await Role.start("agent", [...sets, ...settings], { env });
    return new Scene(agent, dns, new RawClient(agent.port));
  }

  /** Has the module's last host fail until it is overloaded. */
  async overload(name: ModuleName): Promise<void> {
    this.dns.set({ ...name, hosts: [GOOD, BAD] });
    await this.client.getHost(name);
    for (let i = 0; i < 15; i++) await this.client.report({ ...name, host: BAD, retcode: 1 });
    await this.client.getHost(name); // reports are not answered: this comes after them
  }

  async explain<Page>(query: string): Promise<Page> {
    const { status, text } = await this.agent.get(`/explain${query}`);
    assertEquals(status, 200, text);
    return JSON.parse(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    await this.agent[Symbol.asyncDispose]();
    await this.dns[Symbol.asyncDispose]();
  }
}

Deno.test("GET /explain says of each host of a module what it is judged by, and what was decided", async () => {
  await using scene = await Scene.start({
    settings: ["loadbalance.policy=original", "loadbalance.contin_err_limit=12"],
  });
  await scene.overload(NAME);
  const page = await scene.explain<ModulePage>("?modid=1000&cmdid=1");
  assertEquals([page.modid, page.cmdid, page.shard], [1000, 1, shardOf(NAME)]);
  assertEquals(
    page.hosts.map(({ hostname, port, state }) => `${hostname}:${port} ${state}`),
    ["127.0.0.1:9001 idle", "127.0.0.1:9002 overloaded"],
  );
  const [good, bad] = page.hosts;
  const idleLimits = { rateLimit: 0.1, runLimit: 12, windowMs: 15_000 };
  assertEquals(good.judged, { of: "failures", rate: 0, run: 0, ...idleLimits });
  // Three more failures came after the twelve.
  const overloadLimits = { rateLimit: 0.95, runLimit: 15, windowMs: 15_000 };
  assertEquals(bad.judged, { of: "successes", rate: 0, run: 0, ...overloadLimits });
  assertEquals([bad.verr, bad.rerr, bad.runErr], [8, 3, 3]);
  assertEquals([good.share + bad.share, page.picks], [1, 2]);
  assertEquals(page.settings.continErrLimit, 12);
  assertEquals(
    page.decisions.map(({ port, kind, reason }) => [port, kind, reason]),
    [
      [9001, "joined", "route"],
      [9002, "joined", "route"],
      [9002, "overloaded", "contin_err_limit"],
    ],
  );
  const { runErr, threshold, at, ageMs } = page.decisions[2];
  assertEquals([runErr, threshold], [12, 12]);
  // Times are told in whole milliseconds.
  assertAlmostEquals(Date.parse(page.at) - Date.parse(at), ageMs, 1, "age and time differ");
});

Deno.test("GET /explain tells why there is nothing to explain, and asks dns for nothing", async () => {
  await using scene = await Scene.start({ settings: ["agent.first_pull_wait_ms=0"] });
  const { agent, dns, client } = scene;
  const unasked = await agent.get("/explain?modid=5&cmdid=5");
  assertEquals([unasked.status, dns.asked.size], [404, 0]);
  assertStringIncludes(unasked.text, "Cannot explain module (5, 5) as the agent does not hold it");

  dns.answers = false;
  await client.getHost({ modid: 6, cmdid: 6 });
  await dns.asked.next(); // by then there is a connection to push over
  const unanswered = await agent.get("/explain?modid=6&cmdid=6");
  assertEquals(unanswered.status, 404);
  assertStringIncludes(unanswered.text, "dns has not answered yet");

  dns.push({ modid: 6, cmdid: 6, hosts: [] });
  await until(async () =>
    (await agent.get("/explain?modid=6&cmdid=6")).text.includes("dns says that it has no hosts")
  );
});

Deno.test("GET /explain lists modules, those with overloaded hosts first, or them alone", async () => {
  await using scene = await Scene.start();
  const { dns, client } = scene;
  for (const modid of [3, 2, 1, 4]) {
    dns.set({ modid, cmdid: 1, hosts: [GOOD] });
    await client.getHost({ modid, cmdid: 1 });
  }
  await scene.overload(NAME);
  const all = await scene.explain<ModulesPage>("");
  assertEquals(all, {
    total: 5,
    modules: [
      { ...NAME, hosts: 2, overloaded: 1 },
      ...[1, 2, 3, 4].map((modid) => ({ modid, cmdid: 1, hosts: 1, overloaded: 0 })),
    ],
  });
  assertEquals(await scene.explain<ModulesPage>("?overloaded=1"), {
    total: 1,
    modules: [{ ...NAME, hosts: 2, overloaded: 1 }],
  });
});

Deno.test("GET /explain refuses a query that it does not understand", async () => {
  await using scene = await Scene.start();
  const queries = [
    "modid=1",
    "cmdid=1",
    "modid=1&cmdid=x",
    "modid=-1&cmdid=1",
    "modid=1&cmdid=2147483648",
    "modid=1&cmdid=",
    "modid=1&cmdid=1&modid=1",
    "modid=1&cmdid=1&overloaded=1",
    "overloaded=yes",
    "module=1",
  ];
  for (const query of queries) {
    const { status, text } = await scene.agent.get(`/explain?${query}`);
    assertEquals(status, 400, query);
    assertStringIncludes(text, "the query must be modid=M&cmdid=C");
  }
});

Deno.test("GET /explain gives up on a shard that hangs, and explains again when it is replaced", async () => {
  await using scene = await Scene.start({ env: { LARS_FAULTS: "1" } });
  const { agent } = scene;
  await scene.overload(NAME);
  const worker = `shard${shardOf(NAME)}`;
  assertEquals((await agent.post(`/debug/fault?worker=${worker}&kind=hang`)).status, 200);
  const { status, text } = await agent.get("/explain?modid=1000&cmdid=1");
  assertEquals(status, 503);
  assertStringIncludes(text, `Cannot explain as ${worker} does not answer`);
  await until(async () => (await agent.get("/explain?modid=1000&cmdid=1")).status === 200);
});

Deno.test("the agent counts the hosts that it does not overload since too many would be", async () => {
  await using scene = await Scene.start({ settings: ["loadbalance.max_overloaded_percent=50"] });
  await scene.overload(NAME);
  for (let i = 0; i < 15; i++) {
    await scene.client.report({ ...NAME, host: GOOD, retcode: 1 });
  }
  await scene.client.getHost(NAME);
  assertEquals(await scene.agent.metric("lars_agent_spared_total"), 1);
  const { hosts } = await scene.explain<ModulePage>("?modid=1000&cmdid=1");
  assertEquals(hosts.map(({ state, spared }) => [state, spared]), [
    ["idle", true],
    ["overloaded", false],
  ]);
});

Deno.test("lars explain shows hosts, what they are judged by, and decisions as sentences", async () => {
  await using scene = await Scene.start({ settings: ["loadbalance.policy=original"] });
  await scene.overload(NAME);
  const admin = ["--agent-admin", scene.agent.admin];
  const { code, stdout } = await runLars(["explain", "1000", "1", ...admin]);
  assertEquals(code, 0);
  const [summary, route, , headings, good, bad, , , ...decisions] = stdout.trimEnd().split("\n");
  assertMatch(
    summary,
    /^module \(1000, 1\) at [\d:]{8}: 2 hosts, 1 overloaded, next probe after 9 more picks, policy original, shares of the last 2 picks$/,
  );
  assertMatch(route, /^route confirmed by dns \S+ m?s ago; last used \S+ m?s ago; shard 2$/);
  assertMatch(headings, /^host +state +since +weight +judged by +rate \/ limit +in a row/);
  assertMatch(good, /^127.0.0.1:9001 +healthy +[\d:]{8} +100 +failures +0 % \/ 10 % +0 \/ 15 /);
  assertMatch(bad, /^127.0.0.1:9002 +overloaded .* successes +0 % \/ 95 % .* due$/);
  assertEquals(good.indexOf("0 / 15") + 6, bad.indexOf("0 / 15") + 6, "the columns line up");
  assertEquals(decisions.map((line) => line.replace(/^[\d:]{8} /, "")), [
    "127.0.0.1:9001 joined: the route holds it",
    "127.0.0.1:9002 joined: the route holds it",
    "127.0.0.1:9002 turned overloaded: 15 failures in a row (contin_err_limit 15); failures 7.7 %",
  ]);

  const json = await runLars(["explain", "1000", "1", "--json", ...admin]);
  const page: ModulePage = JSON.parse(json.stdout);
  assertEquals(page.hosts.map(({ state }) => state), ["idle", "overloaded"]);

  const list = await runLars(["explain", ...admin]);
  assertEquals(list.stdout.split("\n"), [
    "modid  cmdid  hosts  overloaded",
    " 1000      1      2           1",
    "",
  ]);
});

Deno.test("lars explain says why a host has less than its fair share", async () => {
  await using scene = await Scene.start();
  await scene.overload(NAME);
  const admin = ["--agent-admin", scene.agent.admin];
  const { code, stdout } = await runLars(["explain", "1000", "1", ...admin]);
  assertEquals(code, 0);
  assertMatch(stdout, /2 hosts, 1 overloaded, policy lars, shares of the last 2 picks\n/);
  assertMatch(stdout, /\n127.0.0.1:9001 +healthy .* 100 % /);
  assertMatch(
    stdout,
    /\n127.0.0.1:9002 gets 0 % instead of 50 %: \d+ of its last \d+ calls failed, against /,
  );
  assertMatch(stdout, / 127.0.0.1:9002 turned overloaded: \d of its last \d calls failed, /);
});

Deno.test("lars explain --watch asks again and again until it is stopped", async () => {
  await using scene = await Scene.start();
  await scene.overload(NAME);
  await using watch = Program.lars(
    `explain 1000 1 --watch --json --agent-admin ${scene.agent.admin}`,
  );
  const first: ModulePage = JSON.parse(await watch.stdout.next());
  await scene.client.getHost(NAME);
  const picks = await watch.stdout.find((line) => {
    const { picks } = JSON.parse(line);
    return picks > first.picks ? picks : undefined;
  });
  assertEquals(picks, first.picks + 1);
  assertEquals(await watch.stop("SIGINT"), 0);
});

Deno.test("lars explain says in one line what is wrong and how to mend it", async () => {
  await using scene = await Scene.start();
  const admin = ["--agent-admin", scene.agent.admin];
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const nobody = `127.0.0.1:${listener.addr.port}`;
  listener.close();
  await using other = await Role.start("reporter", ["store.path=:memory:"]);
  const cases: [string[], number, string][] = [
    [["1000", "1", ...admin], 1, "`lars get-host 1000 1` does"],
    [["1000", ...admin], 2, "Cannot explain a MODID alone: give its CMDID"],
    [["1", "2147483648", ...admin], 2, "Cannot read CMDID as it must be an integer"],
    [["1", "x", "--set", "store.path=/nowhere.db", ...admin], 1, "/nowhere.db must exist"],
    [["1", "1", "--overloaded", ...admin], 2, "it is for the list of modules"],
    [["--agent-admin", nobody], 1, "start the agent, or name another by --agent-admin HOST:PORT"],
    [["--agent-admin", other.admin], 1, "there is no agent at"],
  ];
  for (const [args, code, text] of cases) {
    const result = await runLars(["explain", ...args]);
    assertEquals([result.code, result.stdout], [code, ""], result.stderr);
    assertMatch(result.stderr, /^lars: Cannot .*\n$/);
    assertStringIncludes(result.stderr, text);
  }
});
