import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { LarsClient, LarsError } from "../client/mod.ts";
import { type RoleName, ROLES } from "../lars/up/role_task.ts";
import { migrate, openRouteStore } from "../sql/mod.ts";
import { Authority } from "../testing/certificates.ts";
import { OUTER_ADDRESS } from "../testing/outer_address.ts";
import { runLars, runRole, setFlags } from "../testing/process.ts";
import { Role, type RoleOptions, storeSettings } from "../testing/role.ts";
import { TempFolder } from "../testing/temp_folder.ts";
import { until } from "../testing/until.ts";

const NAMES = ["IP:127.0.0.1"];
const TOKENS = {
  old: "old-token-of-the-security-test",
  new: "new-token-of-the-security-test",
  wrong: "wrong-token-of-the-security-test",
};

/** All roles, where dns and reporter speak TLS alone and want a token. */
class Secured implements AsyncDisposable {
  readonly folder: TempFolder;
  readonly authority: Authority;
  readonly #parts: AsyncDisposableStack;
  dns!: Role;
  reporter!: Role;
  agent!: Role;

  static async start(options: RoleOptions = {}, ...set: string[]): Promise<Secured> {
    await using parts = new AsyncDisposableStack();
    const folder = parts.use(new TempFolder());
    const system = new Secured(folder, parts.use(await Authority.create()), parts.move());
    await system.#start(options, set);
    return system;
  }

  private constructor(folder: TempFolder, authority: Authority, parts: AsyncDisposableStack) {
    this.folder = folder;
    this.authority = authority;
    this.#parts = parts;
  }

  /** The settings of a server or, with a section before them, of a client. */
  get serverSettings(): string[] {
    const file = (name: string) => this.folder.file(name);
    return [
      `reactor.tls_cert=${file("tls.pem")}`,
      `reactor.tls_key=${file("tls.key")}`,
      `reactor.tokens_file=${file("server_tokens")}`,
    ];
  }

  clientSettings(section: "dnsserver" | "reporter"): string[] {
    return [
      `${section}.tls_ca=${this.folder.file("ca.pem")}`,
      `${section}.tokens_file=${this.folder.file("client_tokens")}`,
    ];
  }

  /** Puts a certificate of an authority in place. */
  async certify(authority: Authority, options: { days?: number } = {}): Promise<void> {
    const { cert, key } = await authority.sign("lars", NAMES, options);
    await Deno.copyFile(key, this.folder.file("tls.key"));
    await Deno.copyFile(cert, this.folder.file("tls.pem"));
  }

  /** What `lars dns watch` comes to with these settings. */
  async watch(...set: string[]): Promise<{ code: number; stderr: string }> {
    const words = ["dns", "watch", "1", "1", "--count", "1", "--seconds", "2"];
    const dns = ["--dns", `127.0.0.1:${this.dns.port}`];
    return await runLars([...words, ...dns, ...setFlags(set)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }

  async #start(options: RoleOptions, set: string[]): Promise<void> {
    await this.certify(this.authority);
    await Deno.copyFile(this.authority.caPath, this.folder.file("ca.pem"));
    await this.folder.write("server_tokens", `${TOKENS.old}\n`);
    await this.folder.write("client_tokens", `${TOKENS.old}\n`);
    const config = this.folder.database;
    await migrate(config);
    await using store = await openRouteStore(config);
    await store.addHosts({ modid: 1, cmdid: 1 }, [{ ip: 0x7f00_0001, port: 80 }]);
    const settings = [...storeSettings(config), ...this.serverSettings, ...set];
    this.dns = this.#parts.use(await Role.start("dns", settings, options));
    this.reporter = this.#parts.use(await Role.start("reporter", settings, options));
    this.agent = this.#parts.use(
      await Role.start("agent", [
        `dnsserver.port=${this.dns.port}`,
        `reporter.port=${this.reporter.port}`,
        ...this.clientSettings("dnsserver"),
        ...this.clientSettings("reporter"),
        "agent.report_interval_ms=50",
        ...set,
      ], options),
    );
  }
}

Deno.test("roles and tools speak TLS with a token, and whoever does not is told why", async () => {
  await using system = await Secured.start();
  await using client = new LarsClient({ port: system.agent.port });
  await client.register(1, 1);
  const host = await client.getHost(1, 1);
  client.report(1, 1, host, 0);
  await until(async () => await system.reporter.metric("lars_reporter_statuses_handed_total") > 0);

  const good = system.clientSettings("dnsserver");
  assertEquals((await system.watch(...good)).code, 0);
  const send = ["reporter", "send", "1", "1", "127.0.0.1:80", "--succ", "1", "--reporter"];
  const reporter = `127.0.0.1:${system.reporter.port}`;
  const sent = await runLars([...send, reporter, ...setFlags(system.clientSettings("reporter"))]);
  assertEquals(sent.code, 0, sent.stderr);

  await using other = await Authority.create();
  const [ca, tokens] = good;
  const wrongTokens = await system.folder.write("wrong_tokens", TOKENS.wrong);
  const wrong: [settings: string[], says: string][] = [
    [[`dnsserver.tls_ca=${other.caPath}`, tokens], "no authority that is trusted here"],
    [[ca, tokens, "dnsserver.tls_name=dns.lars"], "not made out to dns.lars but to 127.0.0.1"],
    [[ca], "wants another token ([dnsserver] tokens_file)"],
    [[ca, `dnsserver.tokens_file=${wrongTokens}`], "wants another token"],
    [[tokens], "closed"],
  ];
  await Promise.all(wrong.map(async ([settings, says]) => {
    const { code, stderr } = await system.watch(...settings);
    assertEquals(code, 1, stderr);
    assertStringIncludes(stderr, says);
  }));
  assert(await system.dns.metric("lars_dns_denied_total") >= 2);
  assert(await system.dns.metric("lars_dns_handshake_errors_total") >= 3);
  const expiresSec = await system.dns.metric("lars_dns_certificate_expires_seconds");
  assert(Math.abs(expiresSec - Date.now() / 1000 - 2 * 86_400) < 3600);

  await system.certify(system.authority, { days: -1 });
  system.dns.signal("SIGHUP");
  await system.dns.logged("reloaded");
  await until(async () => (await system.watch(...good)).stderr.includes("it has expired"));
  assertEquals(await portsOf(client), [80]); // over the connection that there was
});

Deno.test("certificates and tokens are replaced while programs call, and nobody is disconnected", async () => {
  await using system = await Secured.start();
  await using other = await Authority.create();
  const { folder, dns, reporter, agent } = system;
  const authorities = [system.authority, other].map(({ caPath }) => Deno.readTextFileSync(caPath));
  await folder.write("ca.pem", authorities.join("\n"));
  const hangUp = async (role: Role) => {
    role.signal("SIGHUP");
    await role.logged("reloaded");
  };
  await hangUp(agent);
  await using client = new LarsClient({ port: agent.port });
  await client.register(1, 1);
  let isOver = false;
  const calling = (async () => {
    for (; !isOver; await new Promise((resolve) => setTimeout(resolve, 1))) {
      const host = await client.getHost(1, 1);
      client.report(1, 1, host, 0);
    }
  })();

  await system.certify(other);
  await folder.write("server_tokens", `${TOKENS.old}\n${TOKENS.new}\n`);
  for (const server of [dns, reporter]) await hangUp(server);
  const otherCa = `dnsserver.tls_ca=${other.caPath}`;
  await until(async () => {
    const tokens = system.clientSettings("dnsserver")[1];
    return (await system.watch(otherCa, tokens)).code === 0;
  });
  await folder.write("client_tokens", `${TOKENS.new}\n${TOKENS.old}\n`);
  const framesOf = () =>
    Promise.all([
      dns.metric("lars_dns_frames_in_total"),
      reporter.metric("lars_reporter_tcp_frames_in_total"),
    ]);
  const before = await framesOf();
  await hangUp(agent);
  // Greets dns, which it has nothing else to ask, and reporter before its next reports.
  await until(async () => {
    const [toDns, toReporter] = await framesOf();
    return toDns > before[0] && toReporter > before[1] + 5;
  });
  await folder.write("server_tokens", `${TOKENS.new}\n`);
  for (const server of [dns, reporter]) await hangUp(server);
  await until(async () => await reporter.metric("lars_reporter_lane_pending") === 0);
  isOver = true;
  await calling;

  await folder.write("old_tokens", TOKENS.old);
  const late = await system.watch(otherCa, `dnsserver.tokens_file=${folder.file("old_tokens")}`);
  assertStringIncludes(late.stderr, "wants another token");
  assertEquals(agent.log.filter((line) => /Lost the connection|Cannot connect/.test(line)), []);

  // What is of no use changes nothing.
  await folder.write("tls.key", await Deno.readTextFile((await other.sign("x", NAMES)).key));
  dns.signal("SIGHUP");
  await dns.logged(
    "Cannot reload: Cannot use the certificate and its key: the key belongs to another certificate",
  );
  assertEquals((await system.watch(...system.clientSettings("dnsserver"))).code, 0);
});

Deno.test({
  name: "an agent beyond loopback wants to know who may ask, and answers nobody else",
  ignore: OUTER_ADDRESS === undefined,
  async fn() {
    await using folder = new TempFolder();
    const ports = ["reactor.ip=0.0.0.0", "reactor.port=0", "admin.port=0"];
    const open = await runRole("agent", setFlags(ports));
    assertEquals(open.code, 1);
    assertMatch(open.stderr, /without knowing who may ask: set \[agent\] networks/);

    const tokens = await folder.write("tokens", `${TOKENS.old}\n${TOKENS.new}\n`);
    await using agent = await Role.start("agent", [
      "reactor.ip=0.0.0.0",
      `agent.tokens_file=${tokens}`,
      "agent.first_pull_wait_ms=1",
    ]);
    const { port } = agent;
    const outcomeOf = async (options: { hostname?: string; token?: string }) => {
      await using client = new LarsClient({ port, tries: 2, ...options });
      return await client.getHost(1, 1).then(() => "picked", ({ code }: LarsError) => code);
    };
    const outer = OUTER_ADDRESS!;
    assertEquals(
      await Promise.all([
        outcomeOf({}),
        outcomeOf({ hostname: outer, token: TOKENS.new }),
        outcomeOf({ hostname: outer, token: TOKENS.wrong }),
        outcomeOf({ hostname: outer }),
      ]),
      ["no_such_module", "no_such_module", "agent_unreachable", "agent_unreachable"],
    );
    assert(await agent.metric("lars_agent_udp_denied_total") >= 4);
    await folder.write("tokens", "");
    agent.signal("SIGHUP");
    await until(() => agent.log.some((line) => line.includes("must be a file that holds tokens")));
    assertEquals(await outcomeOf({ hostname: outer, token: TOKENS.new }), "no_such_module");
  },
});

Deno.test("no secret is in anything that roles and tools put out", async () => {
  const password = "password-of-the-security-test";
  const env = {
    LARS_MYSQL_DB_PASSWD: password,
    LARS_ADMIN_TOKENS: TOKENS.new,
    LARS_AGENT_TOKENS: `${TOKENS.new}, ${TOKENS.old}`,
    LARS_LOG_LEVEL: "debug",
  };
  await using system = await Secured.start({ env }, "log.level=debug");
  await using client = new LarsClient({ port: system.agent.port });
  await client.register(1, 1);
  client.report(1, 1, await client.getHost(1, 1), 0);
  const key = (await Deno.readTextFile(system.folder.file("tls.key"))).split("\n")[1];
  const output: string[] = [];
  for (const role of [system.dns, system.reporter, system.agent]) {
    for (const path of ["/", "/metrics", "/readyz", "/explain", "/explain?modid=1&cmdid=1"]) {
      output.push((await role.get(path)).text);
    }
    role.signal("SIGHUP");
    await role.logged("reloaded");
    output.push(await Deno.readTextFile(`/proc/${role.pid}/cmdline`));
  }
  const wrongTokens = await system.folder.write("wrong_tokens", `${TOKENS.wrong}\n`);
  const [ca] = system.clientSettings("dnsserver");
  const tool = await system.watch(ca, `dnsserver.tokens_file=${wrongTokens}`);
  output.push(tool.stderr);
  const mistakes = [`mysql.db_passwd=${password}`, `reactor.tokens=${TOKENS.old}`, "x.y=1"];
  for (const name of ROLES) {
    output.push(...await outputsOf(name, setFlags(mistakes), env));
    output.push(...await outputsOf(name, ["--print-config"], env));
    output.push(...await outputsOf(name, [], { ...env, LARS_ADMIN_TOKENS: `${TOKENS.wrong} x` }));
  }
  const server = setFlags(["store.driver=mysql", "mysql.db_port=1"]);
  output.push((await runLars(["routes", "list", ...server], { env })).stderr);
  for (const role of [system.dns, system.reporter, system.agent]) output.push(...role.log);
  const all = output.join("\n");
  assertStringIncludes(all, "(not shown)");
  for (const secret of [password, key, ...Object.values(TOKENS)]) {
    assert(!all.includes(secret), all.split("\n").find((line) => line.includes(secret)));
  }
});

async function outputsOf(
  name: RoleName,
  args: string[],
  env: Record<string, string>,
): Promise<string[]> {
  const { stdout, stderr } = await runRole(name, args, { env });
  return [stdout, stderr];
}

async function portsOf(client: LarsClient): Promise<number[]> {
  return (await client.getRoute(1, 1)).map(({ port }) => port);
}
