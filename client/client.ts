/**
 * The client: its methods, and the shell around the engines that do the work (requests/request_engine.ts, one for each
 * shard of the agent): the socket, one timer, and the flush at the end of the event loop's turn.
 *
 * @module
 */

import { nextTick } from "node:process";
import { clearTimeout, setTimeout } from "node:timers";
import { ModuleMap, RetCode, SHARD_COUNT, shardOf } from "../proto/mod.ts";
import { decodeDatagram } from "../reactor/frame/frame.ts";
import {
  check,
  checkDuration,
  checkFunction,
  checkHost,
  checkModule,
  isIntegerIn,
  settingsOf,
} from "./checks.ts";
import { closedError, errorOf } from "./errors.ts";
import { isCallersDoing, unlessAborted } from "./fault.ts";
import type { Host } from "./host.ts";
import { Hostnames } from "./hostnames.ts";
import type { CallOptions, LarsClientOptions, RegisterOptions, ReportOptions } from "./options.ts";
import type { Outcome } from "./requests/outcome_queue.ts";
import { type Module, PendingRequest } from "./requests/pending_request.ts";
import { RequestEngine } from "./requests/request_engine.ts";
import { RetryPolicy } from "./requests/retry_policy.ts";
import { AgentSocket } from "./transport/agent_socket.ts";
import { DatagramSender } from "./transport/datagram_sender.ts";

const MAX_UINT32 = 0xffff_ffff;
/** The longest that a timer can be set to, ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** How many modules are remembered; then all are forgotten, and remembered anew as they are asked for. */
const MAX_MODULES = 65_536;

const PICK = { kind: "pick" } as const;

/** A module that was asked for. */
interface KnownModule extends Module {
  /** The shard's engine. */
  readonly engine: RequestEngine<Call>;
}

/** A request that a caller awaits. */
class Call extends PendingRequest {
  settle!: () => void;
  /** Settled when there is a result. */
  readonly done = new Promise<void>((resolve) => this.settle = resolve);
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
  readonly #settings: Required<LarsClientOptions>;
  readonly #socket: AgentSocket;
  readonly #sender: DatagramSender;
  /** The shards' engines, in their order. */
  readonly #engines: readonly RequestEngine<Call>[];
  readonly #modules = new ModuleMap<KnownModule>();
  readonly #hostnames = new Hostnames();
  #closed?: Promise<void>;
  #onReportsSent?: () => void;
  #isFlushScheduled = false;
  /** One for all that is in flight; it keeps the process alive while anybody waits. */
  #timer?: ReturnType<typeof setTimeout>;
  #timerDueMs = Infinity;
  #isBusy = false;
  /** Handed to the engines, and used again. */
  readonly #outcome: Outcome = { modid: 0, cmdid: 0, ip: 0, port: 0, retcode: 0, costMs: 0 };

  /**
   * Opens the client's socket; nothing is sent yet.
   *
   * @throws {LarsError} `bad_argument` when an option is not what it must be.
   */
  constructor(options: LarsClientOptions = {}) {
    this.#settings = settingsOf(options);
    const { hostname, openTransport, patienceMs: gracePeriodMs, token, ...waits } = this.#settings;
    this.#socket = new AgentSocket({
      openTransport,
      hostname,
      onDatagram: (datagram, port) => this.#onDatagram(datagram, port),
      now: () => performance.now(),
    });
    this.#sender = new DatagramSender(this.#socket, {
      token,
      onRoom: () => this.#scheduleFlush(),
    });
    const policy = new RetryPolicy({ ...waits, gracePeriodMs });
    const hostnames = this.#hostnames;
    this.#engines = Array.from(
      { length: SHARD_COUNT },
      () => new RequestEngine<Call>(policy, { hostnames }),
    );
  }

  /**
   * How many times a request was sent again because no answer came in time, such as while the agent restarts. A counter:
   * it only rises.
   */
  get retries(): number {
    return this.#engines.reduce((sum, { retries }) => sum + retries, 0);
  }

  /**
   * How many reports were dropped because too many were made in one turn of the event loop. A counter: it only rises.
   */
  get droppedReports(): number {
    return this.#engines.reduce((sum, { droppedReports }) => sum + droppedReports, 0);
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
   * @throws {LarsError} `no_such_module` or `agent_unreachable` when the time is over, whichever the last answer says;
   * `closed`, `bad_argument`.
   */
  async register(
    modid: number,
    cmdid: number,
    { timeoutMs = 5000 }: RegisterOptions = {},
  ): Promise<void> {
    checkDuration(timeoutMs, "timeoutMs");
    await this.#ask(modid, cmdid, { kind: "route", timeoutMs });
  }

  /**
   * Picks a host of a module.
   *
   * @throws {LarsError} `overload`, `no_such_module`, `agent_unreachable`, `closed`, `bad_argument`.
   */
  getHost(modid: number, cmdid: number): Promise<Host> {
    return this.#ask(modid, cmdid) as Promise<Host>;
  }

  /**
   * All hosts of a module, overloaded ones too.
   *
   * @throws {LarsError} `no_such_module`, `agent_unreachable`, `closed`, `bad_argument`.
   */
  getRoute(modid: number, cmdid: number): Promise<Host[]> {
    return this.#ask(modid, cmdid, { kind: "route" }) as Promise<Host[]>;
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
    const { engine } = this.#moduleOf(modid, cmdid);
    check(retcode === (retcode | 0), "retcode", "an int32", retcode);
    const ip = this.#hostnames.ipOf(host?.hostname);
    checkHost(ip !== undefined && isIntegerIn(host.port, 1, 65535), host);
    const outcome = this.#outcome;
    outcome.modid = modid;
    outcome.cmdid = cmdid;
    outcome.ip = ip;
    outcome.port = host.port;
    outcome.retcode = retcode;
    outcome.costMs = wireCostOf(costMs);
    engine.report(outcome);
    this.#scheduleFlush();
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
    const { isFailure = this.#settings.isFailure, isFailedResult = () => false, signal } = options;
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
    clearTimeout(this.#timer);
    for (const engine of this.#engines) {
      engine.close();
      settleCompleted(engine);
    }
    await new Promise<void>((resolve) => {
      this.#onReportsSent = resolve;
      this.#scheduleFlush();
    });
    await this.#socket.close();
  }

  /** The module of that name; also checks that anything may be asked about it at all. */
  #moduleOf(modid: number, cmdid: number): KnownModule {
    if (this.#closed !== undefined) throw closedError();
    const known = this.#modules.get(modid, cmdid);
    if (known !== undefined) return known;
    checkModule(modid, cmdid);
    const engine = this.#engines[shardOf({ modid, cmdid })];
    const module = { modid, cmdid, engine, answeredIn: 0 };
    if (this.#modules.size === MAX_MODULES) this.#modules.clear();
    this.#modules.set(modid, cmdid, module);
    return module;
  }

  /** Has the module's engine ask, and gives what it asked for; until a time-out of the caller's own where it has one. */
  async #ask(
    modid: number,
    cmdid: number,
    { kind, timeoutMs }: { kind: "pick" | "route"; timeoutMs?: number } = PICK,
  ): Promise<Host | Host[]> {
    const module = this.#moduleOf(modid, cmdid);
    const deadlineMs = timeoutMs && performance.now() + timeoutMs;
    const call = new Call(module, { kind, deadlineMs });
    module.engine.add(call);
    this.#scheduleFlush();
    await call.done;
    if (typeof call.result === "object") return call.result;
    const { hostname, port } = this.#settings;
    const address = `${hostname}:${port + shardOf(module)}`;
    throw errorOf(call, { address, timeoutMs, cause: this.#socket.lastError });
  }

  /** Flushes at the end of this turn of the event loop, when all reactions to promises have run. */
  #scheduleFlush(): void {
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    // Ticks asked for by a microtask run when there are no more microtasks; others run before them.
    queueMicrotask(this.#onMicrotask);
  }

  readonly #onMicrotask = () => nextTick(this.#onTurnEnd);
  readonly #onTurnEnd = () => {
    this.#isFlushScheduled = false;
    this.#flush();
  };

  /** Sends what was asked and reported in this turn, or what waited for its way to be clear. */
  #flush(): void {
    const nowMs = performance.now();
    let port = this.#settings.port;
    for (const engine of this.#engines) {
      for (;;) {
        const outgoing = engine.poll(nowMs, this.#sender.hasRoom);
        if (outgoing === undefined) break;
        this.#sender.send(outgoing, port);
      }
      port++;
    }
    this.#noteBusy();
    if (this.#closed === undefined) this.#armTimer();
    else if (!this.#engines.some(({ hasReports }) => hasReports)) this.#onReportsSent?.();
  }

  #armTimer(): void {
    let dueMs = Infinity;
    for (const engine of this.#engines) dueMs = Math.min(dueMs, engine.dueMs);
    if (dueMs >= this.#timerDueMs) return;
    clearTimeout(this.#timer);
    this.#timerDueMs = dueMs;
    const delayMs = Math.max(0, Math.ceil(dueMs - performance.now()));
    this.#timer = setTimeout(() => this.#tick(), Math.min(delayMs, MAX_TIMER_MS));
    if (!this.#isBusy) this.#timer.unref();
  }

  #tick(): void {
    this.#timerDueMs = Infinity;
    const nowMs = performance.now();
    for (const engine of this.#engines) {
      this.#socket.noteSilence(engine.tick(nowMs));
      settleCompleted(engine);
    }
    this.#scheduleFlush();
  }

  /** Keeps the process alive while anybody waits for an answer. */
  #noteBusy(): void {
    const isBusy = this.#engines.some(isWaiting);
    if (isBusy === this.#isBusy) return;
    this.#isBusy = isBusy;
    if (isBusy) this.#timer?.ref();
    else this.#timer?.unref();
    this.#socket.setBusy(isBusy);
  }

  #onDatagram(datagram: Uint8Array, port: number): void {
    const frame = decodeDatagram(datagram);
    const engine = this.#engines[port - this.#settings.port];
    if (frame === undefined || engine === undefined) return;
    engine.receive(frame, performance.now());
    settleCompleted(engine);
    if (engine.hasUnsent || engine.dueMs < this.#timerDueMs) this.#scheduleFlush();
    this.#noteBusy();
  }
}

function isWaiting(engine: RequestEngine<Call>): boolean {
  return engine.isWaiting;
}

/** Has those who await a result go on. */
function settleCompleted(engine: RequestEngine<Call>): void {
  for (let call = engine.takeCompleted(); call; call = engine.takeCompleted()) call.settle();
}

/** An error that its judge cannot take counts, and is not hidden by the judge's own. */
function isJudgedFailure(error: unknown, isFailure: (error: unknown) => boolean): boolean {
  try {
    return isFailure(error);
  } catch {
    return true;
  }
}

/** What the wire says of a duration, ms: 0 means that it was not measured. */
function wireCostOf(costMs: number): number {
  return costMs > 0 ? Math.min(Math.max(1, Math.round(costMs)), MAX_UINT32) : 0;
}
