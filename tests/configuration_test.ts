import { assertEquals, assertMatch } from "@std/assert";
import { LarsClient } from "../client/mod.ts";
import type { RoleName } from "../lars/up/role_task.ts";
import { parseIpv4, shardOf } from "../proto/mod.ts";
import { FakeDns, FakeReporter } from "../testing/agent_peers.ts";
import { runRole } from "../testing/process.ts";
import { Role } from "../testing/role.ts";
import { TempFolder } from "../testing/temp_folder.ts";
import { until } from "../testing/until.ts";

/** Files as those of the original are, and how --print-config shows what stands in them. */
const ORIGINAL_FILES: { role: RoleName; content: string; shown: Record<string, string> }[] = [
  {
    role: "dns",
    content: "[reactor]\nmaxConn = 2048\nthreadNum = 5\nip = 0.0.0.0\nport = 8778\n",
    shown: { "reactor.port": "8778", "reactor.ip": "0.0.0.0", "store.driver": "sqlite" },
  },
  {
    role: "dns",
    content:
      "[reactor]\r\nmaxConn = 1024\r\nthreadNum = 5\r\nip = 127.0.0.1\r\nport = 7778\r\n\r\n" +
      "[mysql]\r\ndb_host = 10.0.0.7\r\ndb_port = 3307\r\ndb_user = lars\r\n" +
      "db_passwd = pass=;#1\r\ndb_name = lars_old",
    shown: {
      "reactor.threadNum": "5",
      "store.driver": "mysql",
      "mysql.db_host": "10.0.0.7",
      "mysql.db_port": "3307",
      "mysql.db_user": "lars",
      "mysql.db_passwd": "(not shown)",
      "mysql.db_name": "lars_old",
    },
  },
  {
    role: "reporter",
    content: "[reactor]\nmaxConn = 1024\nthreadNum = 5\nip = 127.0.0.1\nport = 7779\n\n" +
      "[mysql]\ndb_host = 127.0.0.1\ndb_port = 3306\ndb_user = root\ndb_passwd = secret\n" +
      "db_name = lars_dns\n\n[repoter]\ndb_thread_cnt = 4    \n",
    shown: { "reporter.db_thread_cnt": "4", "store.driver": "mysql" },
  },
  {
    role: "agent",
    content:
      "[reporter]\nip = lars_reporter\nport = 8779\n\n[dnsserver]\nip = 10.0.0.8\nport = 8778\n\n" +
      "[loadbalance]\n\n;试探\nprobe_num=9\n\n# 初始\ninit_succ_cnt=181\ninit_err_cnt=6\nerr_rate=0.2\n" +
      "succ_rate=0.96\ncontin_err_limit=16\ncontin_succ_limit=17\nwindow_err_rate=0.8 \n" +
      "idle_timeout=18\noverload_timeout=19\nupdate_timeout=20\n",
    shown: {
      "reporter.ip": "lars_reporter",
      "reporter.port": "8779",
      "dnsserver.ip": "10.0.0.8",
      "dnsserver.endpoints": "",
      "loadbalance.probe_num": "9",
      "loadbalance.window_err_rate": "0.8",
      "loadbalance.update_timeout": "20",
    },
  },
];

async function run(
  role: RoleName,
  ...args: string[]
): Promise<{ code: number; out: string; errors: string[] }> {
  const { code, stdout, stderr } = await runRole(role, args);
  return { code, out: stdout, errors: stderr.split("\n").filter(Boolean) };
}

Deno.test("every role takes the original's files as they are", async () => {
  await using folder = new TempFolder();
  await Promise.all(
    ORIGINAL_FILES.map(async ({ role, content, shown }, i) => {
      const file = await folder.write(`${i}.conf`, content);
      const { code, out, errors } = await run(role, "--config", file, "--print-config");
      assertEquals([code, errors], [0, []]);
      const rows = out.trimEnd().split("\n").map((row) =>
        /^(?<path>\S+) += (?<text>.*?) *# (?<origin>.*)$/.exec(row)!.groups!
      );
      for (const [path, text] of Object.entries(shown)) {
        assertEquals(rows.find((row) => row.path === path)?.text, text, path);
      }
      const settings = content.split(/\r?\n/).flatMap((line, i) =>
        /^\w.*=/.test(line) ? [i + 1] : []
      );
      assertEquals(
        rows.map(({ origin }) => origin).filter((origin) => origin.startsWith(file)).sort(),
        settings.map((line) => `${file}:${line}`).sort(),
      );
    }),
  );
});

Deno.test("a role tells what is wrong with its flags and its file, and exits 2", async () => {
  await using folder = new TempFolder();
  const file = await folder.write("bad.conf", "[reactor]\nport = 65536\nport: 7778\n");
  const wrong: [role: RoleName, args: string[], errors: string[]][] = [
    ["dns", ["start", "--prot=1"], ["Cannot take start --prot=1: --help says what there is"]],
    ["reporter", ["--config"], ["Cannot take --config alone: it needs a file"]],
    ["agent", ["--config", folder.path], [
      `${folder.path}: must be a file that can be read: it is a folder`,
    ]],
    ["agent", ["--config", `${folder.path}/none`], [
      `${folder.path}/none: must be a file that can be read: there is none of that name`,
    ]],
    ["dns", ["--config", file, "--set", "x.y=1"], [
      `${file}:2: [reactor] port must be a whole number from 0 to 65535: current value is "65536"`,
      "--set x.y: [x] is not known: known are [reactor], [store], [mysql], [dns], [admin], [log]",
      `${file}:3: the line is ignored as it is no [section], key = value, or comment: did you mean port = …?`,
    ]],
  ];
  assertEquals(
    await Promise.all(wrong.map(([role, args]) => run(role, ...args))),
    wrong.map(([, , errors]) => ({ code: 2, out: "", errors })),
  );
});

Deno.test("every role takes what the original's reader passes over, and says what it ignores", async () => {
  const content =
    "; of old\nloose\n[reactor]\nport = 8000 ; the port\nprot = 1\nthreads\n[ractor]\n" +
    "port = 1\n[loadbalance]\nreturn_proven = true\n";
  const ignored = {
    dns: [
      "2: the line",
      "4: [reactor] port",
      "5: [reactor] prot",
      "6: the line",
      "7: [ractor]",
      "9: [loadbalance]",
    ],
    agent: [
      "2: the line",
      "4: [reactor] port",
      "5: [reactor] prot",
      "6: the line",
      "7: [ractor]",
      "10: [loadbalance] return_proven",
    ],
  };
  const places = { dns: ignored.dns, reporter: ignored.dns, agent: ignored.agent };
  await using folder = new TempFolder();
  const file = await folder.write("old.conf", content);
  await Promise.all((["dns", "reporter", "agent"] as const).map(async (role) => {
    const { code, out, errors } = await run(role, "--config", file, "--print-config");
    assertEquals(code, 0);
    assertMatch(out, /^reactor\.port += 8000 /m);
    assertEquals(errors.length, places[role].length, errors.join("\n"));
    for (const [i, place] of places[role].entries()) {
      assertEquals(errors[i].slice(0, file.length + 1 + place.length), `${file}:${place}`);
    }
  }));
});

Deno.test("every role starts among a Kubernetes service's variables, and warns of those that it ignores", async () => {
  const services = [
    "REACTOR",
    "REPORTER",
    "DNSSERVER",
    "ADMIN",
    "MYSQL_DB",
    "DNS",
    "AGENT",
    "STORE",
  ];
  const env = Object.fromEntries(services.flatMap((name) => [
    [`LARS_${name}_SERVICE_HOST`, "10.96.0.12"],
    [`LARS_${name}_SERVICE_PORT`, "7779"],
    [`LARS_${name}_PORT`, "tcp://10.96.0.12:7779"],
    [`LARS_${name}_PORT_7779_TCP`, "tcp://10.96.0.12:7779"],
    [`LARS_${name}_PORT_7779_TCP_ADDR`, "10.96.0.12"],
    [`LARS_${name}_PORT_7779_TCP_PORT`, "7779"],
    [`LARS_${name}_PORT_7779_TCP_PROTO`, "tcp"],
  ]));
  const ignored = {
    dns: ["LARS_REACTOR_PORT", "LARS_MYSQL_DB_PORT", "LARS_ADMIN_PORT"],
    reporter: ["LARS_REACTOR_PORT", "LARS_MYSQL_DB_PORT", "LARS_ADMIN_PORT"],
    agent: ["LARS_REACTOR_PORT", "LARS_DNSSERVER_PORT", "LARS_REPORTER_PORT", "LARS_ADMIN_PORT"],
  };
  await Promise.all((["dns", "reporter", "agent"] as const).map(async (role) => {
    const { code, stderr } = await runRole(role, ["--print-config"], { env });
    const names = stderr.split("\n")
      .flatMap((line) => /^(LARS_\w+): the variable is ignored/.exec(line)?.[1] ?? []);
    assertEquals([code, names], [0, ignored[role]], role);
  }));
});

const GOOD = { hostname: "10.0.0.1", port: 80 };
const BAD = { hostname: "10.0.0.2", port: 80 };

Deno.test("the agent goes on with other settings on SIGHUP, also in threads that it replaces", async () => {
  await using folder = new TempFolder();
  const file = await folder.write(
    "agent.conf",
    "[loadbalance]\nprobe_num = 1000000\npolicy = original\ncontin_err_limit = 2\n",
  );
  await using dns = await FakeDns.start();
  await using reporter = await FakeReporter.start();
  const hosts = [GOOD, BAD].map(({ hostname, port }) => ({
    ip: parseIpv4(hostname)!,
    port,
    weight: 100,
  }));
  dns.set({ modid: 1, cmdid: 1, hosts });
  const peers = [`dnsserver.port=${dns.port}`, `reporter.port=${reporter.port}`];
  await using agent = await Role.start("agent", peers, {
    args: ["--config", file],
    env: { LARS_FAULTS: "1" },
  });
  await using lars = new LarsClient({ port: agent.port, tries: 50 });
  const pick = async () => (await lars.getHost(1, 1)).hostname;
  const picks = async () => [await pick(), await pick(), await pick(), await pick()];
  const allOf = ({ hostname }: { hostname: string }) => Array(4).fill(hostname);
  const fail = () => lars.report(1, 1, BAD, 1);

  await lars.register(1, 1);
  fail();
  fail();
  assertEquals(await picks(), allOf(GOOD));

  await Deno.writeTextFile(
    file,
    "[loadbalance]\nprobe_num = 0\npolicy = original\ncontin_err_limit = 4\n[reactor]\nport = 1\n[admin]\nport = 1\n" +
      "[dnsserver]\nendpoints = dns-1:1\n",
  );
  agent.signal("SIGHUP");
  const { changed } = await agent.logged<{ changed: string[] }>("reloaded");
  assertEquals(changed, ["loadbalance.probe_num", "loadbalance.contin_err_limit"]);
  const { needRestart } = await agent.logged<{ needRestart: string[] }>(
    "Restart to have what else changed in the configuration",
  );
  assertEquals(needRestart, ["dnsserver.endpoints"]); // --set still says which ports
  await until(async () => await pick() === BAD.hostname); // the thread takes it over in its own time
  assertEquals(await picks(), allOf(BAD));

  const fault = `worker=shard${shardOf({ modid: 1, cmdid: 1 })}&kind=throw`;
  assertEquals((await agent.post(`/debug/fault?${fault}`)).status, 200);
  await until(async () => await agent.metric("lars_agent_workers_replaced_total") === 1);
  await until(async () => { // the new one has taken over that the host is overloaded
    lars.report(1, 1, BAD, 0);
    return await pick() === GOOD.hostname;
  });
  for (let failures = 0; failures < 3; failures++) fail();
  assertEquals(new Set(await picks()), new Set([GOOD.hostname, BAD.hostname]));
  fail();
  assertEquals(await picks(), allOf(BAD));
});
