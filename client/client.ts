/**
 * The client: its methods, and the way from a datagram to those who wait for it. What is asked and reported is gathered
 * and sent in shard_link.ts; questions for routes wait in pending.ts; the sockets are behind transport.ts.
 *
 * @module
 */

import {
  decodeGetRouteResponse,
  encodeGetRouteRequest,
  type GetHostResponse,
  GetHostsResponse,
  type HostAddress,
  isModuleName,
  MAX_MODULE_ID,
  MessageId,
  ModuleMap,
  type ModuleName,
  parseIpv4,
  readGetHostResponse,
  readGetHostsResponse,
  type ReportRequest,
  RetCode,
  type Route,
  SHARD_COUNT,
  shardOf,
  WireReader,
} from "../proto/mod.ts";
import { decodeDatagram, encodeFrame, type Frame } from "../reactor/frame.ts";
import type { Module } from "./ask.ts";
import { hasDenoTransport, openDenoTransport } from "./deno_transport.ts";
import type { Host } from "./host.ts";
import { Hostnames } from "./hostnames.ts";
import { LarsError } from "./lars_error.ts";
import { openNodeTransport } from "./node_transport.ts";
import { Outbox } from "./outbox.ts";
import { Patience } from "./patience.ts";
import { Pending } from "./pending.ts";
import { ShardLink } from "./shard_link.ts";
import type { OpenTransport, Transport } from "./transport.ts";
import { TurnEnd } from "./turn_end.ts";

const REGISTER_TRIES = 3;
const REGISTER_PAUSE_MS = 50;
const MAX_UINT32 = 0xffff_ffff;

/** How many modules are remembered; then all are forgotten, and remembered anew as they are asked for. */
const MAX_MODULES = 65_536;

/** How a client finds its agent, and how long it waits for it. */
export interface LarsClientOptions {
  /**
   * The agent's IPv4 address, dotted.
   *
   * @default "127.0.0.1"
   */
  hostname?: string;
  /**
   * The first of the agent's three UDP ports.
   *
   * @default 8888
   */
  port?: number;
  /**
   * How long one try waits for the agent's answer, ms.
   *
   * @default 100
   */
  timeoutMs?: number;
  /**
   * How often a question is sent, `timeoutMs` apart, before the agent counts as unreachable.
   *
   * @default 2
   */
  tries?: number;
  /**
   * How long an agent that has answered lately may be silent, ms: it is taken to be restarting, and a question that it
   * does not answer is sent on, every `timeoutMs`, until this long after its last answer. Then the agent counts as
   * unreachable, and `tries` is all that later questions get until it answers again.
   *
   * Longer hides longer gaps from callers. It also holds them up for longer, once, when the agent does not come back, and
   * a program whose calls keep coming meanwhile holds and repeats all of them. 0 tells at once of every gap.
   *
   * @default 5000
   */
  patienceMs?: number;
  /**
   * What opens the UDP socket.
   *
   * @default Deno's own where it is switched on, node:dgram elsewhere
   */
  openTransport?: OpenTransport;
}

/** What a report may tell beside the outcome. */
export interface ReportOptions {
  /**
   * How long the call took, ms.
   *
   * @default not measured
   */
  costMs?: number;
}

/** A module that was asked for. */
interface KnownModule extends Module {
  /** The way to its shard. */
  readonly link: ShardLink;
}

/**
 * Picks hosts of remote services through the agent on this machine, and tells it how the calls to them went. One client
 * serves a whole program: any number of calls may be in flight on its one socket.
 *
 * @example Picking and reporting by hand
 * ```ts
 * import { LarsClient } from "./mod.ts";
 *
 * async function main() {
 *   await using lars = new LarsClient({ hostname: "127.0.0.1", port: 8888 });
 *   const host = await lars.getHost(1000, 1);
 *   const startMs = performance.now();
 *   const response = await fetch(`http://${host.hostname}:${host.port}/`);
 *   await response.body?.cancel();
 *   lars.report(1000, 1, host, response.ok ? 0 : 2, { costMs: performance.now() - startMs });
 * }
 * ```
 */
export class LarsClient implements AsyncDisposable {
  readonly #hostname: string;
  readonly #port: number;
  readonly #timeoutMs: number;
  readonly #patience: Patience;
  readonly #transport: Transport;
  readonly #outbox: Outbox;
  /** The shards' ways, in their order. */
  readonly #links: readonly ShardLink[];
  readonly #modules = new ModuleMap<KnownModule>();
  readonly #routes: Pending<string, Route>;
  readonly #hostnames = new Hostnames();
  readonly #turnEnd = new TurnEnd(() => this.#flush());
  readonly #closing = new AbortController();
  #closed?: Promise<void>;
  #onReportsSent?: () => void;
  /** One for all questions in flight; runs while there are any. */
  #sweepTimer?: ReturnType<typeof setTimeout>;
  #transportError: unknown;
  // Messages are read into these, and handed on from them, one at a time.
  readonly #reader = new WireReader();
  readonly #hostAnswer: GetHostResponse = {
    seq: 0,
    modid: 0,
    cmdid: 0,
    retcode: 0,
    host: undefined,
  };
  readonly #hostsAnswer = new GetHostsResponse();
  readonly #outcome: ReportRequest = {
    modid: 0,
    cmdid: 0,
    host: { ip: 0, port: 0 },
    retcode: 0,
    timecost: 0,
  };

  /**
   * Opens the client's socket; nothing is sent yet.
   *
   * @throws {LarsError} `bad_argument` when an option is not what it must be.
   */
  constructor(options: LarsClientOptions = {}) {
    const { hostname = "127.0.0.1", port = 8888, timeoutMs = 100, tries = 2 } = options;
    const { patienceMs = 5000 } = options;
    const { openTransport = hasDenoTransport() ? openDenoTransport : openNodeTransport } = options;
    const lastPort = 65535 - SHARD_COUNT + 1;
    check(parseIpv4(hostname) !== undefined, "hostname", "a dotted IPv4 address", hostname);
    check(isIntegerIn(port, 1, lastPort), "port", `an integer 1 … ${lastPort}`, port);
    check(timeoutMs > 0 && timeoutMs < Infinity, "timeoutMs", "above 0", timeoutMs);
    check(isIntegerIn(tries, 1, Infinity), "tries", "an integer above 0", tries);
    check(patienceMs >= 0 && patienceMs < Infinity, "patienceMs", "0 or more", patienceMs);
    this.#hostname = hostname;
    this.#port = port;
    this.#timeoutMs = timeoutMs;
    this.#patience = new Patience(patienceMs);
    const wait = {
      timeoutMs,
      tries,
      timedOut: (port: number, when: { askedAtMs: number; nowMs: number }) =>
        this.#patience.timedOut(port, when),
      giveUp: (port: number, tries: number) => this.#unreachable(port, tries),
    };
    this.#transport = openTransport({
      hostname,
      onDatagram: (datagram, port) => this.#onDatagram(datagram, port),
      onError: (error) => this.#transportError = error,
    });
    this.#outbox = new Outbox(this.#transport, () => this.#turnEnd.schedule());
    this.#routes = new Pending({
      ...wait,
      send: (datagram, port) => void this.#transport.send(datagram, port),
    });
    this.#links = Array.from({ length: SHARD_COUNT }, (_, shard) =>
      new ShardLink({
        timeoutMs,
        tries,
        port: port + shard,
        outbox: this.#outbox,
        wake: () => this.#turnEnd.schedule(),
        timedOut: (when) => wait.timedOut(port + shard, when),
        giveUp: (tries) => wait.giveUp(port + shard, tries),
        toHost: (address) => this.#toHost(address),
      }));
  }

  /**
   * How many times a question was sent again because no answer came in time, such as while the agent restarts. A counter:
   * it only rises.
   */
  get retries(): number {
    return this.#links.reduce((sum, link) => sum + link.retries, this.#routes.retries);
  }

  /**
   * How many reports were dropped because too many were made in one turn of the event loop. A counter: it only rises.
   */
  get droppedReports(): number {
    return this.#links.reduce((sum, link) => sum + link.droppedReports, 0);
  }

  /**
   * Waits until the module's route is there: asks 3 times, 50 ms apart. Needs not be called, but a program that does so
   * at its start learns there of a wrong module, and its first calls find the route loaded.
   *
   * @throws {LarsError} `no_such_module` or `agent_unreachable`, whichever the last try met; `bad_argument`.
   */
  async register(modid: number, cmdid: number): Promise<void> {
    for (let triesLeft = REGISTER_TRIES - 1;; triesLeft--) {
      try {
        await this.getRoute(modid, cmdid);
        return;
      } catch (error) {
        const mayPass = error instanceof LarsError && error.code !== "bad_argument";
        if (!mayPass || triesLeft === 0 || this.#closed !== undefined) throw error;
      }
      await pause(REGISTER_PAUSE_MS, this.#closing.signal);
    }
  }

  /**
   * Picks a host of a module.
   *
   * @throws {LarsError} `overload`, `no_such_module`, `agent_unreachable`, `bad_argument`.
   */
  async getHost(modid: number, cmdid: number): Promise<Host> {
    const module = this.#moduleOf(modid, cmdid);
    const answer = await module.link.ask(module);
    if (typeof answer === "object") return answer;
    if (answer === RetCode.Overload) throw overload(module);
    if (answer === RetCode.NoExist) throw noSuchModule(module);
    throw new LarsError(
      "agent_unreachable",
      `Cannot pick a host of module (${modid}, ${cmdid}) as the agent at ` +
        `${this.#hostname}:${
          this.#port + shardOf(module)
        } answered with retcode ${answer}: see its log`,
    );
  }

  /**
   * All hosts of a module, overloaded ones too.
   *
   * @throws {LarsError} `no_such_module`, `agent_unreachable`, `bad_argument`.
   */
  async getRoute(modid: number, cmdid: number): Promise<Host[]> {
    const module = this.#moduleOf(modid, cmdid);
    const body = encodeGetRouteRequest(module);
    const datagram = encodeFrame(MessageId.ApiGetRouteRequest, body);
    const port = this.#port + shardOf(module);
    const question = { modid, cmdid, datagram, port, nowMs: performance.now() };
    const answer = this.#routes.ask(routeKey(module), question);
    this.#armSweep();
    const { hosts } = await answer;
    if (hosts.length === 0) throw noSuchModule(module);
    return hosts.map((host) => this.#toHost(host));
  }

  /**
   * Tells the agent how a call to a host went. Nothing is awaited and nothing comes back: a report may get lost, and one
   * made while the agent restarts is.
   *
   * @param host A host that {@link getHost} handed out.
   * @param retcode 0 when the call went well, any other int32 when it failed.
   * @throws {LarsError} `bad_argument`; `agent_unreachable` when the client was closed.
   */
  report(
    modid: number,
    cmdid: number,
    host: Host,
    retcode: number,
    { costMs = 0 }: ReportOptions = {},
  ): void {
    const { link } = this.#moduleOf(modid, cmdid);
    check(retcode === (retcode | 0), "retcode", "an int32", retcode);
    check(costMs >= 0, "costMs", "0 or more", costMs);
    const ip = this.#hostnames.ipOf(host?.hostname);
    if (ip === undefined || !isIntegerIn(host.port, 1, 65535)) throw noHost(host);
    const outcome = this.#outcome;
    outcome.modid = modid;
    outcome.cmdid = cmdid;
    outcome.host.ip = ip;
    outcome.host.port = host.port;
    outcome.retcode = retcode;
    outcome.timecost = Math.min(Math.round(costMs), MAX_UINT32);
    link.report(outcome);
  }

  /**
   * Picks a host, calls `fn` with it, and reports how that went and how long it took: success when `fn` returned, failure
   * when it threw.
   *
   * @returns What `fn` returned.
   * @throws {LarsError} As {@link getHost} does, before `fn` is called.
   * @throws What `fn` threw.
   */
  async call<T>(modid: number, cmdid: number, fn: (host: Host) => Promise<T> | T): Promise<T> {
    const host = await this.getHost(modid, cmdid);
    const startMs = performance.now();
    let retcode: number = RetCode.SystemError;
    try {
      const value = await fn({ ...host }); // its own, whatever it makes of it
      retcode = RetCode.Success;
      return value;
    } finally {
      // A client closed meanwhile has nobody to report to, which must not hide what fn gave.
      if (this.#closed === undefined) {
        this.report(modid, cmdid, host, retcode, { costMs: performance.now() - startMs });
      }
    }
  }

  /** Sends what was reported, closes the socket, and rejects what is pending with `agent_unreachable`. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Closes the client at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    clearTimeout(this.#sweepTimer);
    const error = closedError();
    for (const link of this.#links) link.fail(error);
    this.#routes.fail(error);
    this.#closing.abort(error);
    await new Promise<void>((resolve) => {
      this.#onReportsSent = resolve;
      this.#turnEnd.schedule();
    });
    await this.#transport.close();
  }

  /** The module of that name; also checks that anything may be asked about it at all. */
  #moduleOf(modid: number, cmdid: number): KnownModule {
    if (this.#closed !== undefined) throw closedError();
    const known = this.#modules.get(modid, cmdid);
    if (known !== undefined) return known;
    const name = { modid, cmdid };
    if (!isModuleName(name)) {
      throw new LarsError(
        "bad_argument",
        `Cannot name a module as modid and cmdid must be integers 0 … ${MAX_MODULE_ID}: ` +
          `current value is (${modid}, ${cmdid})`,
      );
    }
    const module = { ...name, link: this.#links[shardOf(name)], answeredIn: 0 };
    if (this.#modules.size === MAX_MODULES) this.#modules.clear();
    this.#modules.set(modid, cmdid, module);
    return module;
  }

  #toHost({ ip, port }: HostAddress): Host {
    return { hostname: this.#hostnames.hostnameOf(ip), port };
  }

  /** Sends what was asked and reported in this turn, or what waited for its way to be clear. */
  #flush(): void {
    const nowMs = performance.now();
    for (const link of this.#links) link.flush(nowMs);
    if (this.#closed === undefined) this.#armSweep();
    else if (!this.#links.some((link) => link.hasReports)) this.#onReportsSent?.();
  }

  #armSweep(): void {
    if (this.#sweepTimer !== undefined) return;
    const dueMs = Math.min(
      this.#routes.nextDeadlineMs,
      ...this.#links.map((link) => link.nextDeadlineMs),
    );
    if (dueMs === Infinity) return;
    const delayMs = Math.max(0, Math.ceil(dueMs - performance.now()));
    this.#sweepTimer = setTimeout(() => this.#sweep(), delayMs);
  }

  #sweep(): void {
    this.#sweepTimer = undefined;
    const nowMs = performance.now();
    for (const link of this.#links) link.sweep(nowMs);
    this.#routes.sweep(nowMs);
    this.#armSweep();
  }

  /** Anything that is not the answer to a question of ours is dropped: it is late, or comes from elsewhere. */
  #onDatagram(datagram: Uint8Array, port: number): void {
    const frame = decodeDatagram(datagram);
    const link = this.#links[port - this.#port];
    if (frame === undefined || link === undefined) return;
    const nowMs = performance.now();
    this.#patience.answered(port, nowMs);
    try {
      this.#onMessage(frame, { link, port, nowMs });
    } catch {
      // The body does not parse.
    }
  }

  #onMessage(
    { msgid, body }: Frame,
    { link, port, nowMs }: { link: ShardLink; port: number; nowMs: number },
  ): void {
    const reader = this.#reader.reset(body);
    switch (msgid) {
      case MessageId.GetHostResponse:
        readGetHostResponse(reader, this.#hostAnswer);
        return link.answerOne(this.#hostAnswer, nowMs);
      case MessageId.GetHostsResponse:
        readGetHostsResponse(reader, this.#hostsAnswer);
        return link.answerMany(this.#hostsAnswer, nowMs);
      case MessageId.ApiGetRouteResponse: {
        const answer = decodeGetRouteResponse(body);
        this.#routes.answer(routeKey(answer), { port, answer });
      }
    }
  }

  #unreachable(port: number, tries: number): LarsError {
    return new LarsError(
      "agent_unreachable",
      `Cannot reach the agent at ${this.#hostname}:${port} as none of ${tries} tries was answered within ` +
        `${this.#timeoutMs} ms: start it with \`lars agent\`, or give the client its hostname and first port`,
      { cause: this.#transportError },
    );
  }
}

function routeKey({ modid, cmdid }: ModuleName): string {
  return `${modid}/${cmdid}`;
}

function noHost(value: unknown): LarsError {
  return new LarsError(
    "bad_argument",
    "Cannot report on a host as it must be { hostname, port } as getHost() hands it out, a dotted IPv4 address " +
      `and 1 … 65535: current value is ${JSON.stringify(value)}`,
  );
}

function overload({ modid, cmdid }: ModuleName): LarsError {
  return new LarsError(
    "overload",
    `Cannot pick a host of module (${modid}, ${cmdid}) as all of them are overloaded: give this call up, or try later`,
  );
}

function noSuchModule({ modid, cmdid }: ModuleName): LarsError {
  return new LarsError(
    "no_such_module",
    `Cannot find module (${modid}, ${cmdid}) as the agent has no route of it: add one with ` +
      `\`lars routes add ${modid} ${cmdid} IP:PORT\`; where there is one (\`lars routes list\`), ` +
      "the agent cannot reach dns (`lars status`)",
  );
}

function closedError(): LarsError {
  return new LarsError(
    "agent_unreachable",
    "Cannot ask the agent as this client was closed: close it after its last call, or open another",
  );
}

function isIntegerIn(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

function check(ok: boolean, name: string, must: string, value: unknown): void {
  if (ok) return;
  throw new LarsError(
    "bad_argument",
    `Cannot take ${name} as it must be ${must}: current value is ${value}`,
  );
}

/** Waits, unless aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    function onAbort(): void {
      clearTimeout(timer);
      reject(signal.reason);
    }
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
