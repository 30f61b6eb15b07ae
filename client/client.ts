/**
 * The client: its methods, and the way from a datagram to those who wait for it. What is asked and reported is gathered
 * and sent in shard_link.ts; questions for routes wait in pending.ts; the socket is agent_socket.ts's.
 *
 * @module
 */

import { clearTimeout, setTimeout } from "node:timers";
import {
  decodeRoute,
  encodeRouteRequest,
  formatIpv4,
  GetHostResponse,
  GetHostsResponse,
  type HostAddress,
  isModuleName,
  MAX_MODULE_ID,
  MessageId,
  ModuleMap,
  type ModuleName,
  parseIpv4,
  RetCode,
  type Route,
  SHARD_COUNT,
  shardOf,
  WireReader,
} from "../proto/mod.ts";
import { decodeDatagram, encodeFrame, type Frame } from "../reactor/frame/frame.ts";
import { AgentSocket } from "./transport/agent_socket.ts";
import type { Module } from "./requests/ask.ts";
import { hasDenoTransport, openDenoTransport } from "./transport/deno_transport.ts";
import { isCallersDoing, unlessAborted } from "./fault.ts";
import type { Host } from "./host.ts";
import { Hostnames } from "./hostnames.ts";
import { LarsError } from "./lars_error.ts";
import { openNodeTransport } from "./transport/node_transport.ts";
import { Outbox } from "./requests/outbox.ts";
import type { Outcome } from "./requests/outcome_queue.ts";
import { Patience } from "./requests/patience.ts";
import { Pending } from "./requests/pending.ts";
import { ShardLink } from "./requests/shard_link.ts";
import type { OpenTransport } from "./transport/transport.ts";
import { TurnEnd } from "./requests/turn_end.ts";

const REGISTER_PAUSE_MS = 50;
const MAX_UINT32 = 0xffff_ffff;
/** The longest that a timer can be set to, ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What stands for 0.0.0.0. */
const LOOPBACK = 0x7f00_0001;

/** How many modules are remembered; then all are forgotten, and remembered anew as they are asked for. */
const MAX_MODULES = 65_536;

/** How a client finds its agent, and how long it waits for it. */
export interface LarsClientOptions {
  /**
   * The agent's IPv4 address, dotted. 0.0.0.0, on which an agent may listen, means this machine.
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
   * Says whether what the function of a {@link LarsClient.call} threw counts against the host; if not, the call is
   * reported as gone well. It is not asked about what is the caller's own doing, which is never reported.
   *
   * @default All counts
   */
  isFailure?: (error: unknown) => boolean;
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
   * How long the call took, ms. What cannot be a duration, as of a clock that was set back meanwhile, counts as not
   * measured; one that is too long for the wire as the longest there is.
   *
   * @default not measured
   */
  costMs?: number;
}

/** How long a {@link LarsClient.register} waits. */
export interface RegisterOptions {
  /**
   * How long the route is waited for, ms.
   *
   * @default 5000
   */
  timeoutMs?: number;
}

/** How a {@link LarsClient.call} is judged, and how it can be given up. */
export interface CallOptions<T> {
  /**
   * Says whether what the function threw counts against the host; if not, the call is reported as gone well. When it throws
   * itself, as one that looks for a status in any error may, the call counts.
   *
   * @default The client's {@link LarsClientOptions.isFailure}
   */
  isFailure?: (error: unknown) => boolean;
  /**
   * Says whether what the function returned counts against the host, such as a response with status 503.
   *
   * @default Nothing does
   */
  isFailedResult?: (result: T) => boolean;
  /**
   * Gives the call up: no host is waited for any longer, and what the function throws from then on is not reported. Hand
   * it on to what the function calls. A signal of `AbortSignal.timeout` means that the call was slow, which is reported.
   */
  signal?: AbortSignal;
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
 * It need not be closed for the program to end: the process is kept alive only while an answer is awaited, or something is
 * being sent.
 *
 * @example Picking and reporting by hand
 * ```ts
 * import { LarsClient } from "./mod.ts";
 *
 * const lars = new LarsClient({ hostname: "127.0.0.1", port: 8888 });
 * try {
 *   const host = await lars.getHost(1000, 1);
 *   const startMs = performance.now();
 *   const response = await fetch(`http://${host.hostname}:${host.port}/`);
 *   await response.body?.cancel();
 *   const retcode = response.status >= 500 ? response.status : 0;
 *   lars.report(1000, 1, host, retcode, { costMs: performance.now() - startMs });
 * } finally {
 *   await lars.close(); // `await using lars = …` does this where the language has it
 * }
 * ```
 */
export class LarsClient implements AsyncDisposable {
  readonly #hostname: string;
  readonly #port: number;
  readonly #timeoutMs: number;
  readonly #patience: Patience;
  readonly #isFailure: (error: unknown) => boolean;
  readonly #socket: AgentSocket;
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
  /** One for all questions in flight; runs while there are any, and keeps the process alive while anybody waits. */
  #sweepTimer?: ReturnType<typeof setTimeout>;
  #isBusy = false;
  // Messages are read into these, and handed on from them, one at a time.
  readonly #reader = new WireReader();
  readonly #hostAnswer = new GetHostResponse();
  readonly #hostsAnswer = new GetHostsResponse();
  readonly #outcome: Outcome = { modid: 0, cmdid: 0, ip: 0, port: 0, retcode: 0, costMs: 0 };

  /**
   * Opens the client's socket; nothing is sent yet.
   *
   * @throws {LarsError} `bad_argument` when an option is not what it must be.
   */
  constructor(options: LarsClientOptions = {}) {
    const { hostname = "127.0.0.1", port = 8888, timeoutMs = 100, tries = 2 } = options;
    const { patienceMs = 5000, isFailure = () => true } = options;
    const { openTransport = hasDenoTransport() ? openDenoTransport : openNodeTransport } = options;
    const lastPort = 65535 - SHARD_COUNT + 1;
    const ip = typeof hostname === "string" ? parseIpv4(hostname) : undefined;
    check(ip !== undefined, "hostname", "a dotted IPv4 address", hostname);
    check(isIntegerIn(port, 1, lastPort), "port", `an integer 1 … ${lastPort}`, port);
    check(isDuration(timeoutMs), "timeoutMs", "a number above 0", timeoutMs);
    check(isIntegerIn(tries, 1, Infinity), "tries", "an integer above 0", tries);
    const isPatience = Number.isFinite(patienceMs) && patienceMs >= 0;
    check(isPatience, "patienceMs", "a number, 0 or more", patienceMs);
    checkFunction(isFailure, "isFailure");
    checkFunction(openTransport, "openTransport");
    this.#hostname = formatIpv4(ip || LOOPBACK);
    this.#port = port;
    this.#timeoutMs = timeoutMs;
    this.#patience = new Patience(patienceMs);
    this.#isFailure = isFailure;
    const wait = {
      timeoutMs,
      tries,
      timedOut: (port: number, when: { askedAtMs: number; nowMs: number }) =>
        this.#timedOut(port, when),
      giveUp: (port: number, tries: number) => this.#unreachable(port, tries),
    };
    this.#socket = new AgentSocket({
      openTransport,
      hostname: this.#hostname,
      onDatagram: (datagram, port) => this.#onDatagram(datagram, port),
      now: () => performance.now(),
    });
    this.#outbox = new Outbox(this.#socket, () => this.#turnEnd.schedule());
    this.#routes = new Pending({
      ...wait,
      send: (datagram, port) => void this.#socket.send(datagram, port),
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
   * How many times another socket took the place of one that was lost, or through which the agent had not answered for some
   * seconds. A counter: it only rises.
   */
  get replacedSockets(): number {
    return this.#socket.replaced;
  }

  /**
   * Waits until the agent has the module's route, or the time is over: asks again and again, 50 ms after each answer. Needs
   * not be called, but a program that does so at its start learns there of a wrong module, waits for an agent or a dns that
   * starts beside it, and its first calls find the route loaded.
   *
   * @throws {LarsError} `no_such_module` or `agent_unreachable` when the time is over, whichever the last try met;
   * `closed`, `bad_argument`.
   */
  async register(
    modid: number,
    cmdid: number,
    { timeoutMs = 5000 }: RegisterOptions = {},
  ): Promise<void> {
    check(isDuration(timeoutMs), "timeoutMs", "a number above 0", timeoutMs);
    const module = this.#moduleOf(modid, cmdid);
    let met = this.#silent(module, timeoutMs);
    const overdue = new AbortController();
    const timer = setTimeout(() => overdue.abort(met), Math.min(timeoutMs, MAX_TIMER_MS));
    try {
      for (;;) {
        try {
          await unlessAborted(this.getRoute(modid, cmdid), overdue.signal);
          return;
        } catch (error) {
          const mayPass = error instanceof LarsError &&
            (error.code === "no_such_module" || error.code === "agent_unreachable");
          if (!mayPass || overdue.signal.aborted) throw error;
          met = error;
        }
        await pause(REGISTER_PAUSE_MS, this.#closing.signal);
        overdue.signal.throwIfAborted();
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Picks a host of a module.
   *
   * @throws {LarsError} `overload`, `no_such_module`, `agent_unreachable`, `closed`, `bad_argument`.
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
   * @throws {LarsError} `no_such_module`, `agent_unreachable`, `closed`, `bad_argument`.
   */
  async getRoute(modid: number, cmdid: number): Promise<Host[]> {
    const module = this.#moduleOf(modid, cmdid);
    const datagram = encodeFrame(MessageId.ApiGetRouteRequest, encodeRouteRequest(module));
    const port = this.#port + shardOf(module);
    const question = { modid, cmdid, datagram, port, nowMs: performance.now() };
    const answer = this.#routes.ask(routeKey(module), question);
    this.#armSweep();
    this.#noteBusy();
    const { hosts } = await answer;
    if (hosts.length === 0) throw noSuchModule(module);
    return hosts.map((host) => this.#toHost(host));
  }

  /**
   * Tells the agent how a call to a host went. Nothing is awaited and nothing comes back: a report may get lost, and one
   * made while the agent restarts is. A process that ends by itself sends what was reported before.
   *
   * @param host A host that {@link getHost} handed out.
   * @param retcode 0 when the call went well, any other int32 when it failed.
   * @throws {LarsError} `closed`, `bad_argument`.
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
    const ip = this.#hostnames.ipOf(host?.hostname);
    if (ip === undefined || !isIntegerIn(host.port, 1, 65535)) throw noHost(host);
    const outcome = this.#outcome;
    outcome.modid = modid;
    outcome.cmdid = cmdid;
    outcome.ip = ip;
    outcome.port = host.port;
    outcome.retcode = retcode;
    outcome.costMs = wireCostOf(costMs);
    link.report(outcome);
  }

  /**
   * Picks a host, calls `fn` with it, and reports how that went and how long it took: success when `fn` returned, failure
   * when it threw, unless {@link CallOptions} say otherwise. Have `fn` throw only what is the host's fault: that an order
   * does not exist is an answer.
   *
   * What is the caller's own doing is not reported at all: an abort, and a {@link LarsError} out of `fn`, such as that of
   * another call within it which found no host. A `TimeoutError` is reported, as the call was slow.
   *
   * @example A response that counts against its host, and is handed back all the same
   * ```ts
   * import type { LarsClient } from "./mod.ts";
   *
   * export function order(lars: LarsClient, id: number, signal?: AbortSignal): Promise<Response> {
   *   return lars.call(
   *     1000,
   *     1,
   *     ({ hostname, port }) => fetch(`http://${hostname}:${port}/orders/${id}`, { signal }),
   *     { signal, isFailedResult: ({ status }) => status >= 500 },
   *   );
   * }
   * ```
   *
   * @returns What `fn` returned.
   * @throws {LarsError} As {@link getHost} does, before `fn` is called.
   * @throws The signal's reason, when it is aborted before `fn` is called.
   * @throws What `fn` threw.
   */
  async call<T>(
    modid: number,
    cmdid: number,
    fn: (host: Host) => Promise<T> | T,
    options: CallOptions<T> = {},
  ): Promise<T> {
    const { isFailure = this.#isFailure, isFailedResult = () => false, signal } = options;
    checkFunction(fn, "fn");
    checkFunction(isFailure, "isFailure");
    checkFunction(isFailedResult, "isFailedResult");
    signal?.throwIfAborted();
    const picked = this.getHost(modid, cmdid);
    const host = await (signal === undefined ? picked : unlessAborted(picked, signal));
    const report = (isFailed: boolean, costMs: number): void => {
      // A client closed meanwhile has nobody to report to, which must not hide what fn gave.
      if (this.#closed !== undefined) return;
      const retcode = isFailed ? RetCode.SystemError : RetCode.Success;
      this.report(modid, cmdid, host, retcode, { costMs });
    };
    const startMs = performance.now();
    let result: T;
    try {
      result = await fn({ ...host }); // its own, whatever it makes of it
    } catch (error) {
      const costMs = performance.now() - startMs;
      if (!isCallersDoing(error, signal)) report(isJudgedFailure(error, isFailure), costMs);
      throw error;
    }
    const costMs = performance.now() - startMs;
    report(isFailedResult(result), costMs);
    return result;
  }

  /** Sends what was reported, closes the socket, and rejects what is pending with `closed`. */
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
    await this.#socket.close();
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
          `current value is (${show(modid)}, ${show(cmdid)})`,
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
    this.#noteBusy();
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
    this.#sweepTimer = setTimeout(() => this.#sweep(), Math.min(delayMs, MAX_TIMER_MS));
    if (!this.#isBusy) this.#sweepTimer.unref();
  }

  /** Keeps the process alive while anybody waits for an answer. */
  #noteBusy(): void {
    const isBusy = this.#routes.size > 0 || this.#links.some(isWaiting);
    if (isBusy === this.#isBusy) return;
    this.#isBusy = isBusy;
    if (isBusy) this.#sweepTimer?.ref();
    else this.#sweepTimer?.unref();
    this.#socket.setBusy(isBusy);
  }

  #sweep(): void {
    this.#sweepTimer = undefined;
    const nowMs = performance.now();
    for (const link of this.#links) link.sweep(nowMs);
    this.#routes.sweep(nowMs);
    this.#noteBusy();
    this.#armSweep();
  }

  #timedOut(port: number, when: { askedAtMs: number; nowMs: number }): boolean {
    const isWorthIt = this.#patience.timedOut(port, when);
    this.#socket.noteSilence(this.#patience.silentMs(port, when.nowMs));
    return isWorthIt;
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
    this.#noteBusy();
  }

  #onMessage(
    { msgid, body }: Frame,
    { link, port, nowMs }: { link: ShardLink; port: number; nowMs: number },
  ): void {
    const reader = this.#reader.reset(body);
    switch (msgid) {
      case MessageId.GetHostResponse:
        this.#hostAnswer.read(reader);
        return link.answerOne(this.#hostAnswer, nowMs);
      case MessageId.GetHostsResponse:
        this.#hostsAnswer.read(reader);
        return link.answerMany(this.#hostsAnswer, nowMs);
      case MessageId.ApiGetRouteResponse: {
        const answer = decodeRoute(body);
        this.#routes.answer(routeKey(answer), { port, answer });
      }
    }
  }

  #unreachable(port: number, tries: number): LarsError {
    return this.#noAgent(
      port,
      `none of ${tries} tries was answered within ${this.#timeoutMs} ms`,
    );
  }

  #silent(module: ModuleName, timeoutMs: number): LarsError {
    return this.#noAgent(this.#port + shardOf(module), `it gave no answer within ${timeoutMs} ms`);
  }

  #noAgent(port: number, why: string): LarsError {
    return new LarsError(
      "agent_unreachable",
      `Cannot reach the agent at ${this.#hostname}:${port} as ${why}: start it with \`lars agent\`, ` +
        "or give the client its hostname and first port",
      { cause: this.#socket.lastError },
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
      `and 1 … 65535: current value is ${show(value)}`,
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
    "closed",
    "Cannot ask the agent as this client was closed: close it after its last call, or open another",
  );
}

function isIntegerIn(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

function isDuration(ms: number): boolean {
  return Number.isFinite(ms) && ms > 0;
}

function check(ok: boolean, name: string, must: string, value: unknown): void {
  if (ok) return;
  throw new LarsError(
    "bad_argument",
    `Cannot take ${name} as it must be ${must}: current value is ${show(value)}`,
  );
}

function checkFunction(value: unknown, name: string): void {
  check(typeof value === "function", name, "a function", value);
}

/** An error that its judge cannot take counts, and is not hidden by the judge's own. */
function isJudgedFailure(error: unknown, isFailure: (error: unknown) => boolean): boolean {
  try {
    return isFailure(error);
  } catch {
    return true;
  }
}

/** A value as it is written in code: "8888" is no port, and must not look like one. */
function show(value: unknown): string {
  try {
    const isPlain = typeof value === "string" || Object(value) === value;
    return (isPlain ? JSON.stringify(value) : undefined) ?? String(value);
  } catch {
    return typeof value;
  }
}

/** What the wire says of a duration, ms: 0 means that it was not measured. */
function wireCostOf(costMs: number): number {
  return costMs > 0 ? Math.min(Math.max(1, Math.round(costMs)), MAX_UINT32) : 0;
}

function isWaiting(link: ShardLink): boolean {
  return link.isWaiting;
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
