import { assertEquals, assertThrows } from "@std/assert";
import { decodeMessage, Hello } from "../proto/mod.ts";
import { HEADER_BYTES } from "../reactor/mod.ts";
import { ConfigError, loadOptions, VERSION } from "../service/mod.ts";
import { DEFAULT_SETTINGS } from "./balancer/settings.ts";
import { accessOf, agentSchema, serversOf } from "./options.ts";

/** What a file of the original sets; that such a file is read as it is, is tested in tests/configuration_test.ts. */
const ORIGINAL_SETTINGS = [
  "reporter.ip=10.0.0.9",
  "reporter.port=8779",
  "dnsserver.ip=10.0.0.8",
  "dnsserver.port=8778",
  "loadbalance.probe_num=9",
  "loadbalance.init_succ_cnt=181",
  "loadbalance.init_err_cnt=6",
  "loadbalance.err_rate=0.2",
  "loadbalance.succ_rate=0.96",
  "loadbalance.contin_err_limit=16",
  "loadbalance.contin_succ_limit=17",
  "loadbalance.window_err_rate=0.8",
  "loadbalance.idle_timeout=18",
  "loadbalance.overload_timeout=19",
  "loadbalance.update_timeout=20",
];

Deno.test("agentSchema takes every setting of the original", () => {
  const { values } = loadOptions(agentSchema, { env: () => undefined, set: ORIGINAL_SETTINGS });
  assertEquals(serversOf(values.reporter).endpoints, [{ hostname: "10.0.0.9", port: 8779 }]);
  assertEquals(serversOf(values.dnsserver).endpoints, [{ hostname: "10.0.0.8", port: 8778 }]);
  assertEquals(values.loadbalance, {
    probeNum: 9,
    initSuccCnt: 181,
    initErrCnt: 6,
    errRate: 0.2,
    succRate: 0.96,
    continErrLimit: 16,
    continSuccLimit: 17,
    windowErrRate: 0.8,
    idleTimeoutMs: 18_000,
    overloadTimeoutMs: 19_000,
    updateTimeoutMs: 20_000,
    policy: "lars",
    maxOverloadedPercent: 100,
    slowStartMs: 0,
  });
});

Deno.test("agentSchema has a default for everything", () => {
  const { values } = loadOptions(agentSchema, { env: () => undefined });
  assertEquals(values.reactor, { ip: "127.0.0.1", port: 8888, udpBatch: "on" });
  assertEquals(serversOf(values.dnsserver).endpoints, [{ hostname: "127.0.0.1", port: 7778 }]);
  assertEquals(serversOf(values.reporter).endpoints, [{ hostname: "127.0.0.1", port: 7779 }]);
  assertEquals(values.loadbalance, { ...DEFAULT_SETTINGS, updateTimeoutMs: 15_000 });
  assertEquals(values.agent, {
    caller: undefined,
    snapshot: "./data/agent.snapshot",
    firstPullWaitMs: 1000,
    negativeTtlMs: 1000,
    unknownNamesPerSec: 1000,
    reportIntervalMs: 1000,
    networks: [],
    tokens: [],
    tokensFromFile: [],
  });
  assertEquals(values.admin, { ip: "127.0.0.1", port: 8898, tokens: [], tokensFromFile: [] });
});

Deno.test("serversOf() prefers the endpoints to ip and port", () => {
  const set = ["dnsserver.endpoints=dns-1:7778, dns-2:7778", "dnsserver.port=1"];
  const { values } = loadOptions(agentSchema, { env: () => undefined, set });
  assertEquals(serversOf(values.dnsserver).endpoints, [
    { hostname: "dns-1", port: 7778 },
    { hostname: "dns-2", port: 7778 },
  ]);
});

Deno.test("agentSchema takes the policy of old that there is no more", () => {
  const set = ["loadbalance.policy=p2c"];
  const { loadbalance } = loadOptions(agentSchema, { env: () => undefined, set }).values;
  assertEquals(loadbalance.policy, "p2c");
});

Deno.test("agentSchema refuses a first port that leaves no room for three", () => {
  const set = ["reactor.port=65534"];
  assertThrows(() => loadOptions(agentSchema, { env: () => undefined, set }), ConfigError);
});

Deno.test("agentSchema lets all of the balancing change while the agent runs", () => {
  const settings = [
    ...Object.values(agentSchema.loadbalance.settings),
    agentSchema.agent.settings.firstPullWaitMs,
    agentSchema.agent.settings.negativeTtlMs,
    agentSchema.agent.settings.unknownNamesPerSec,
    agentSchema.agent.settings.reportIntervalMs,
    agentSchema.log.settings.level,
  ];
  assertEquals(settings.filter(({ reload }) => !reload), []);
});

Deno.test("accessOf() is plain without an authority, and shows the first token", () => {
  const tokens = ["first-token-of-two", "other-token-of-two"];
  const access = (...set: string[]) => {
    const env = (name: string) => name === "LARS_DNSSERVER_TOKENS" ? tokens.join(", ") : undefined;
    return accessOf(loadOptions(agentSchema, { env, set }).values.dnsserver, "lars-agent");
  };
  assertEquals(access().tls, undefined);
  assertEquals(access("dnsserver.tls=on", "dnsserver.tls_name=dns.lars").tls, {
    ca: undefined,
    serverName: "dns.lars",
  });
  const greeting = access().greeting!;
  const hello = decodeMessage(new Hello(), greeting.subarray(HEADER_BYTES));
  assertEquals([hello.token, hello.agent, hello.version], [tokens[0], `lars-agent/${VERSION}`, 1]);
});
