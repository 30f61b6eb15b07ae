/**
 * The client: turns its methods into messages to the agent's shards, and answers into hosts and errors. The waiting for
 * answers is in pending.ts, the sockets behind transport.ts.
 *
 * @module
 */

import {
  decodeGetHostResponse,
  decodeGetRouteResponse,
  encodeGetHostRequest,
  encodeGetRouteRequest,
  encodeReportRequest,
  formatIpv4,
  type GetHostResponse,
  type HostAddress,
  isModuleName,
  MAX_MODULE_ID,
  MessageId,
  type ModuleName,
  parseIpv4,
  RetCode,
  type Route,
  SHARD_COUNT,
  shardOf,
} from "../proto/mod.ts";
import { decodeDatagram, encodeFrame } from "../reactor/frame.ts";
import { hasDenoTransport, openDenoTransport } from "./deno_transport.ts";
import { LarsError } from "./lars_error.ts";
import { openNodeTransport } from "./node_transport.ts";
import { Patience } from "./patience.ts";
import { Pending, type PendingOptions, type Question } from "./pending.ts";
import type { OpenTransport, Transport } from "./transport.ts";

const REGISTER_TRIES = 3;
const REGISTER_PAUSE_MS = 50;
const MAX_UINT32 = 0xffff_ffff;

/** Where a host is, ready for `fetch` or `connect`. */
export interface Host {
  /** IPv4 address, dotted. */
  hostname: string;
  /** 1 … 65535. */
  port: number;
}

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
  readonly #hosts: Pending<number, GetHostResponse>;
  readonly #routes: Pending<string, Route>;
  readonly #closing = new AbortController();
  #closed?: Promise<void>;
  /** Random at first: an answer to an earlier program on the same port must not look like ours. */
  #seq = Math.floor(Math.random() * MAX_UINT32);
  /** One for all questions in flight; runs while there are any. */
  #sweepTimer?: ReturnType<typeof setTimeout>;
  #transportError: unknown;

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
    const pendingOptions: PendingOptions = {
      timeoutMs,
      tries,
      timedOut: (port, nowMs) => this.#patience.timedOut(port, nowMs),
      send: (datagram, port) => this.#transport.send(datagram, port),
      giveUp: (port, tries) => this.#unreachable(port, tries),
    };
    this.#hosts = new Pending(pendingOptions);
    this.#routes = new Pending(pendingOptions);
    this.#transport = openTransport({
      hostname,
      onDatagram: (datagram, port) => this.#onDatagram(datagram, port),
      onError: (error) => this.#transportError = error,
    });
  }

  /**
   * How many times a question was sent again because no answer came in time, such as while the agent restarts. A counter:
   * it only rises.
   */
  get retries(): number {
    return this.#hosts.retries + this.#routes.retries;
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
    const port = this.#portOf({ modid, cmdid });
    const seq = this.#seq = (this.#seq + 1) >>> 0;
    const body = encodeGetHostRequest({ seq, modid, cmdid });
    const datagram = encodeFrame(MessageId.GetHostRequest, body);
    const { retcode, host } = await this.#ask(this.#hosts, seq, { modid, cmdid, datagram, port });
    if (retcode === RetCode.Success && host !== undefined) return toHost(host);
    if (retcode === RetCode.Overload) throw overload({ modid, cmdid });
    if (retcode === RetCode.NoExist) throw noSuchModule({ modid, cmdid });
    throw new LarsError(
      "agent_unreachable",
      `Cannot pick a host of module (${modid}, ${cmdid}) as the agent at ${this.#hostname}:${port} answered with ` +
        `retcode ${retcode}: see its log`,
    );
  }

  /**
   * All hosts of a module, overloaded ones too.
   *
   * @throws {LarsError} `no_such_module`, `agent_unreachable`, `bad_argument`.
   */
  async getRoute(modid: number, cmdid: number): Promise<Host[]> {
    const port = this.#portOf({ modid, cmdid });
    const body = encodeGetRouteRequest({ modid, cmdid });
    const datagram = encodeFrame(MessageId.ApiGetRouteRequest, body);
    const key = routeKey({ modid, cmdid });
    const { hosts } = await this.#ask(this.#routes, key, { modid, cmdid, datagram, port });
    if (hosts.length === 0) throw noSuchModule({ modid, cmdid });
    return hosts.map(toHost);
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
    const port = this.#portOf({ modid, cmdid });
    check(retcode === (retcode | 0), "retcode", "an int32", retcode);
    check(costMs >= 0, "costMs", "0 or more", costMs);
    const timecost = Math.min(Math.round(costMs), MAX_UINT32);
    const body = encodeReportRequest({ modid, cmdid, host: toAddress(host), retcode, timecost });
    this.#transport.send(encodeFrame(MessageId.ReportRequest, body), port);
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
      const value = await fn(host);
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
    this.#hosts.fail(error);
    this.#routes.fail(error);
    this.#closing.abort(error);
    await this.#transport.close();
  }

  /** The port of the shard that a module belongs to; also checks that the question may be asked at all. */
  #portOf(module: ModuleName): number {
    if (this.#closed !== undefined) throw closedError();
    if (!isModuleName(module)) {
      throw new LarsError(
        "bad_argument",
        `Cannot name a module as modid and cmdid must be integers 0 … ${MAX_MODULE_ID}: ` +
          `current value is (${module.modid}, ${module.cmdid})`,
      );
    }
    return this.#port + shardOf(module);
  }

  #ask<Key, Answer extends ModuleName>(
    pending: Pending<Key, Answer>,
    key: Key,
    question: Omit<Question, "nowMs">,
  ): Promise<Answer> {
    const answer = pending.ask(key, { ...question, nowMs: performance.now() });
    this.#sweepTimer ??= setTimeout(() => this.#sweep(), this.#timeoutMs);
    return answer;
  }

  #sweep(): void {
    const nowMs = performance.now();
    this.#hosts.sweep(nowMs);
    this.#routes.sweep(nowMs);
    const dueMs = Math.min(this.#hosts.nextDeadlineMs, this.#routes.nextDeadlineMs);
    this.#sweepTimer = dueMs === Infinity
      ? undefined
      : setTimeout(() => this.#sweep(), Math.ceil(dueMs - nowMs));
  }

  /** Anything that is not the answer to a question of ours is dropped: it is late, or comes from elsewhere. */
  #onDatagram(datagram: Uint8Array, port: number): void {
    const frame = decodeDatagram(datagram);
    if (frame === undefined) return;
    if (port >= this.#port && port < this.#port + SHARD_COUNT) {
      this.#patience.answered(port, performance.now());
    }
    try {
      if (frame.msgid === MessageId.GetHostResponse) {
        const answer = decodeGetHostResponse(frame.body);
        this.#hosts.answer(answer.seq, { port, answer });
      } else if (frame.msgid === MessageId.ApiGetRouteResponse) {
        const answer = decodeGetRouteResponse(frame.body);
        this.#routes.answer(routeKey(answer), { port, answer });
      }
    } catch {
      // The body does not parse.
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

function toHost({ ip, port }: HostAddress): Host {
  return { hostname: formatIpv4(ip), port };
}

function toAddress(host: Host): HostAddress {
  const ip = parseIpv4(String(host?.hostname));
  if (ip === undefined || !isIntegerIn(host.port, 1, 65535)) {
    throw new LarsError(
      "bad_argument",
      "Cannot report on a host as it must be { hostname, port } as getHost() hands it out, a dotted IPv4 address " +
        `and 1 … 65535: current value is ${JSON.stringify(host)}`,
    );
  }
  return { ip, port: host.port };
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
