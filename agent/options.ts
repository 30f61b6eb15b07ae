/**
 * What the agent can be told. What the balancer can be told, and what that costs, is said in balancer/settings.ts.
 *
 * @module
 */

import type { Access, Endpoint, EndpointOrder } from "../reactor/mod.ts";
import {
  adminSection,
  admissionSettings,
  choice,
  count,
  decimal,
  endpoints,
  flag,
  greetingOf,
  host,
  ipv4,
  listenPort,
  logSection,
  millis,
  optionalHost,
  optionalIpv4,
  type OptionValues,
  pemContent,
  port,
  ratio,
  seconds,
  type Section,
  type Setting,
  snapshotPath,
  type TokenSettings,
  tokenSettings,
  tokensOf,
} from "../service/mod.ts";
import { type BalancerSettings, type SettingRow, SETTINGS } from "./balancer/settings.ts";
import type { Servers } from "./upstream/link.ts";

/** A section that says where the servers of one kind are. */
export type ServersSection = Section<
  TokenSettings & {
    /** The only server's address or name. */
    ip: Setting<string>;
    /** The only server's port. */
    port: Setting<number>;
    /** All servers, where there are several. */
    endpoints: Setting<readonly Endpoint[]>;
    /** Which of them come first. */
    endpointOrder: Setting<EndpointOrder>;
    /** How long an answer may take, ms. */
    answerTimeoutMs: Setting<number>;
    /** How long a connection is used, ms; 0 is for ever. */
    maxConnectionAgeMs: Setting<number>;
    /** Whether connections are TLS. */
    tls: Setting<"auto" | "on" | "off">;
    /** The authorities that may have signed the servers' certificates. */
    tlsCa: Setting<string | undefined>;
    /** The name in the servers' certificates. */
    tlsName: Setting<string | undefined>;
  }
>;

const MAX_SEC = 86_400;
const MAX_MS = 60_000;

/** The configuration of the agent. */
export const agentSchema = {
  reactor: {
    doc: "The three UDP servers that programs ask, on consecutive ports",
    settings: {
      ip: ipv4({
        doc: "Address to listen on",
        detail:
          "Programs ask the agent of their own host: leave it on loopback. Elsewhere it wants to know who may ask: [agent] " +
          "networks, or tokens.",
        default: "127.0.0.1",
      }),
      port: listenPort({
        doc: "First of the three ports; 0 is any three free ones",
        detail:
          "A module is asked for at the first port plus (modid + cmdid) % 3. Programs of the C++ Lars know no " +
          "other first port than 8888.",
        default: 8888,
        max: 65533,
      }),
      udpBatch: choice(["on", "off"], {
        key: "udp_batch",
        doc: "Whether datagrams are taken and sent in batches, where the system allows it",
        detail:
          "On Linux the agent may call the C library for that, which its task and its binary permit by name. A pick " +
          "costs a fraction of the CPU time. Where it may not, it goes on without, as with off; " +
          "lars_agent_batched says which it is.",
        default: "on",
      }),
    },
  },
  dnsserver: serversSection({ kind: "dns", port: 7778, answerTimeoutMs: 1000 }),
  reporter: serversSection({ kind: "reporter", port: 7779, answerTimeoutMs: 2000 }),
  agent: {
    doc: "What the agent asks for, and tells",
    settings: {
      caller: optionalIpv4({
        doc: "Address under which it reports; empty is one that it finds",
        detail:
          "It tells the statuses of one agent from those of another in the database, so no two agents may have the " +
          "same. Found is the local address of its connection to reporter or dns, or where these are on its host " +
          "another address of the host. Set it where that is none of its own: behind the bridge of containers, or where " +
          "a host has several agents.",
      }),
      snapshot: snapshotPath({
        doc: "File that routes are kept in, for a start while every dns is away; off: none",
        detail:
          "Written when routes have changed, at most once a second. An agent that starts answers from it what no dns does, " +
          "and has it replaced by what dns says as soon as that answers. Its task and its binary may write below ./data and " +
          "/var/lib/lars alone. Each agent of a host needs a file of its own.",
        default: "./data/agent.snapshot",
      }),
      firstPullWaitMs: millis({
        key: "first_pull_wait_ms",
        doc: "How long the first callers of a module wait for its route",
        detail:
          "Then they are told that it does not exist; the route is taken when it comes. Longer hides a slow or distant " +
          "dns from them, and has them wait longer for a module that dns never answers about. Clients give up after 2 s " +
          "(`totalTimeoutMs`).",
        reload: true,
        default: 1000,
        max: MAX_MS,
      }),
      negativeTtlMs: millis({
        key: "negative_ttl_ms",
        doc: "How long it is remembered that a module does not exist",
        detail:
          "Asking for it meanwhile costs dns nothing, and a module created meanwhile is still there at once: dns " +
          "pushes it.",
        reload: true,
        default: 1000,
        max: MAX_MS,
      }),
      unknownNamesPerSec: count({
        key: "unknown_names_per_sec",
        doc:
          "How many names that turn out not to exist dns is asked for in a second, by each shard",
        detail:
          "Ten times as many at once. Beyond that a name that the agent does not know is taken not to exist. Modules that " +
          "exist do not count. Higher has a program that invents names take more of dns and of the agent.",
        reload: true,
        default: 1000,
        min: 1,
        max: 1_000_000,
      }),
      reportIntervalMs: millis({
        key: "report_interval_ms",
        doc: "Time between two reports of a module whose hosts keep their state",
        detail:
          "A host that turns overloaded or healthy is reported within a fraction of a second.",
        reload: true,
        default: 1000,
        min: 10,
        max: MAX_MS,
      }),
      ...admissionSettings({ who: "programs of other hosts" }),
    },
  },
  loadbalance: {
    doc: "When a host is kept out of the picks, and when it is tried again",
    detail:
      "A host of a module is healthy (idle, in settings and on the wire), and picked in rotation, or overloaded, and only probed " +
      "now and then. Reports of calls " +
      "move it between the two. What is set here counts for all modules of this agent.",
    settings: {
      ...balancerSettings(),
      updateTimeoutMs: seconds({
        key: "update_timeout",
        doc: "How long a route in use goes without being asked for again",
        detail:
          "dns pushes changes by itself: this is for what a push did not bring. What dns does not answer is asked " +
          "again after this, too, and the route in hand served meanwhile.",
        reload: true,
        default: 15,
        min: 0.1,
        max: MAX_SEC,
      }),
    },
  },
  admin: adminSection({ port: 8898 }),
  log: logSection,
};

/** The values of a {@link ServersSection}. */
type ServersOptions = OptionValues<{ servers: ServersSection }>["servers"];

/** The values of {@link agentSchema}. */
export type AgentOptions = OptionValues<typeof agentSchema>;

/** The servers that a section names, by its endpoints or else its ip and port, and when they are left for another. */
export function serversOf(
  { ip, port, endpoints, endpointOrder, answerTimeoutMs, maxConnectionAgeMs }: ServersOptions,
): Servers {
  return {
    endpoints: endpoints.length > 0 ? endpoints : [{ hostname: ip, port }],
    order: endpointOrder,
    answerTimeoutMs,
    maxAgeMs: maxConnectionAgeMs === 0 ? undefined : maxConnectionAgeMs,
  };
}

/** The balancer's settings as options, all of which can change while the agent runs. */
function balancerSettings(): {
  readonly [Name in keyof BalancerSettings]: Setting<BalancerSettings[Name]>;
} {
  const entries = Object.entries<SettingRow>(SETTINGS);
  const settings = entries.map(([name, row]) => [name, balancerSetting(row)]);
  return Object.fromEntries(settings);
}

function balancerSetting(
  { kind, words = [], default: value, key, doc, detail, min, max = Infinity }: SettingRow,
): Setting<unknown> {
  const said = { key, doc, detail, reload: true };
  const number = { ...said, default: Number(value), min, max };
  switch (kind) {
    case "choice":
      return choice(words, { ...said, default: String(value) });
    case "flag":
      return flag({ ...said, default: value === true });
    case "seconds":
      return seconds({ ...number, default: number.default / 1000 });
    default:
      return { count, decimal, millis, ratio }[kind](number);
  }
}

/** How a client called `name` is let in by the servers that a section names. */
export function accessOf(
  { tls, tlsCa, tlsName, ...tokens }: ServersOptions,
  name: string,
): Access {
  const isTls = tls === "on" || (tls === "auto" && tlsCa !== undefined);
  return {
    tls: isTls ? { ca: tlsCa, serverName: tlsName } : undefined,
    greeting: greetingOf(name, tokensOf(tokens)),
  };
}

function serversSection(
  defaults: { kind: string; port: number; answerTimeoutMs: number },
): ServersSection {
  return {
    doc: `Where ${defaults.kind} is, and how it is spoken to`,
    settings: {
      ip: host({ doc: "Its address or name", default: "127.0.0.1" }),
      port: port({ doc: "Its port", default: defaults.port }),
      endpoints: endpoints({
        doc: "Several: host:port, host:port; ip and port then do not count",
        detail:
          "The agent is connected to one of them at a time, and goes on to the next when that fails: when it cannot be " +
          "reached, hangs up before it answers, or falls silent. It prefers those that come first.",
      }),
      endpointOrder: choice(["listed", "shuffled"], {
        key: "endpoint_order",
        doc: "Which endpoints are preferred: the first of the list, or those that each agent draws",
        detail:
          "listed suits endpoints of which some are nearer than others. shuffled has agents with one list spread over " +
          "it evenly.",
        default: "listed",
      }),
      answerTimeoutMs: seconds({
        key: "answer_timeout",
        doc: "How long an answer may take before another endpoint is tried",
        detail:
          "Any answer has the others be waited for as long again. Where no other endpoint is known to be well, it may " +
          "take five times as long: the server may just be busy.",
        default: defaults.answerTimeoutMs / 1000,
        min: 0.1,
        max: MAX_SEC,
      }),
      maxConnectionAgeMs: seconds({
        key: "max_connection_age",
        doc:
          "After how long at most the connection is made anew, to the endpoint that is preferred; 0: never",
        detail:
          "So agents go back to an endpoint that was away, at moments that differ by up to half of this. The new connection " +
          "is made, and has answered, before the old one is closed. What is subscribed is asked for again each time.",
        default: 300,
        max: MAX_SEC,
      }),
      tls: choice(["auto", "on", "off"], {
        doc: "Whether connections are TLS; auto: where tls_ca is given",
        detail: "A server has TLS where its [reactor] tls_cert is set, and nothing but TLS then.",
        reload: true,
        default: "auto",
      }),
      tlsCa: pemContent("certificate", {
        key: "tls_ca",
        doc: "File with the certificates of the authorities that may have signed its, in PEM",
        detail: "They are trusted beside those that Deno comes with.",
        reload: true,
      }),
      tlsName: optionalHost({
        key: "tls_name",
        doc: "Name or address that its certificate is made out to; nothing is the one connected to",
        reload: true,
      }),
      ...tokenSettings({
        doc: `Token that ${defaults.kind} is shown: of several the first`,
        detail:
          "A new one is shown at once, also on the connection that there is. A server of the C++ Lars has no use for it, and " +
          "may write it to its log: show it none.",
      }),
    },
  };
}
