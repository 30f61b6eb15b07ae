/**
 * The TCP server of a role that agents and tools connect to, as `[reactor]` has it: who may speak, under which certificate,
 * and both anew while it runs. What is spoken is the role's business.
 *
 * @module
 */

import { isLoopback } from "../proto/mod.ts";
import {
  checkServerTls,
  type Counters,
  type Message,
  type ServerTls,
  startTcpServer,
  type TcpCounter,
  type TcpServer,
  type TcpServerOptions,
} from "../reactor/mod.ts";
import { reasonOf, StartError } from "./errors.ts";
import { type Admission, OPEN } from "./gate/admission.ts";
import type { GateTask } from "./gate/gate.ts";
import type { LogConfig } from "./observe/logging.ts";
import { getLogger } from "./observe/logger.ts";
import type { Metrics } from "./observe/metrics.ts";
import type { OptionValues } from "./options/options_schema.ts";
import { admissionOf, type ReactorSection } from "./options/sections.ts";
import { guarded } from "./peer_worker.ts";

/** The values of {@link ReactorSection}. */
export type ReactorOptions = OptionValues<{ reactor: ReactorSection }>["reactor"];

/** What a {@link PeerServer} is made of. */
export interface PeerServerOptions<Init, State, Task extends Message, Sent extends Message>
  extends
    Pick<
      TcpServerOptions<Init, State, Task, Sent>,
      "createHandlers" | "init" | "onPost" | "onLost"
    > {
  /** The role, for people: "dns". */
  role: string;
  /** Where it listens, and to whom. */
  reactor: ReactorOptions;
  /** How its threads log. */
  log: LogConfig;
  /** The threads' entry file, which calls runPeerWorker. */
  worker: URL;
}

/** A running server. `Task` is what can be posted to its threads. */
export class PeerServer<Task extends Message> {
  readonly #role: string;
  readonly #log;
  #admission: Admission = OPEN;
  #tls?: ServerTls;
  #expiresSec = 0;
  #server!: TcpServer<Task | GateTask>;

  /**
   * Starts to listen.
   *
   * @throws {StartError} When it cannot.
   */
  static async start<Init, State, Task extends Message, Sent extends Message>(
    options: PeerServerOptions<Init, State, Task, Sent>,
  ): Promise<PeerServer<Task>> {
    const server = new PeerServer<Task>(options.role);
    await server.#start(options);
    return server;
  }

  private constructor(role: string) {
    this.#role = role;
    this.#log = getLogger("lars", role);
  }

  /** Where it listens. */
  get address(): Deno.NetAddr {
    return this.#server.address;
  }

  /** What each thread counts. */
  get counters(): Counters<TcpCounter>[] {
    return this.#server.counters;
  }

  /** Threads that hang and cannot be ended: see {@link TcpServer.stuck}. */
  get stuck(): number {
    return this.#server.stuck;
  }

  /** Has one thread, or all of them, do a task. */
  post(task: Task, thread?: number): void {
    this.#server.post(task, thread);
  }

  /**
   * Takes over who may speak, and the certificate.
   *
   * @throws {Error} When the certificate is of no use; nothing changes then.
   */
  reload(reactor: ReactorOptions): void {
    const [admission, tls] = [admissionOf(reactor), tlsOf(reactor)];
    if (isOther(admission, this.#admission)) {
      this.#admission = admission;
      this.#server.post({ kind: "admit", admission });
    }
    if (isOther(tls, this.#tls)) {
      this.#tls = tls;
      this.#server.relisten(tls);
      void this.#noteExpiry();
    }
  }

  /** Shows what it counts. */
  describe(metrics: Metrics, prefix: string): void {
    for (const [thread, counters] of this.counters.entries()) {
      metrics.addCounters({ prefix, labels: { worker: String(thread) }, counters });
    }
    metrics.addGauge({
      name: `lars_${this.#role}_certificate_expires_seconds`,
      help: "When the certificate in use expires, Unix seconds; 0 without one",
      value: () => this.#expiresSec,
    });
  }

  /** Accepts no more, lets every connection end in peace, and finishes what is in hand. */
  async stop(): Promise<void> {
    await this.#server.stop();
  }

  async #start<Init, State, Sent extends Message>(
    { reactor, log, init, createHandlers, ...options }: PeerServerOptions<
      Init,
      State,
      Task,
      Sent
    >,
  ): Promise<void> {
    const { ip: hostname, port, maxConn, threadNum: threads } = reactor;
    this.#admission = admissionOf(reactor);
    try {
      this.#tls = tlsOf(reactor);
      await this.#noteExpiry();
      this.#server = await startTcpServer({
        ...options,
        hostname,
        port,
        maxConn,
        threads,
        tls: this.#tls,
        createHandlers: guarded(createHandlers),
        init: (thread) => ({ admission: this.#admission, log, init: init?.(thread) as Init }),
      });
    } catch (error) {
      const reason = error instanceof Deno.errors.AddrInUse
        ? `as it is in use (another ${this.#role}?): choose another with [reactor] port, 0 being any`
        : `(${reasonOf(error)})`;
      throw new StartError(`Cannot listen on ${hostname}:${port} ${reason}`, { cause: error });
    }
    this.#warnOfOpenDoors(hostname);
  }

  #warnOfOpenDoors(hostname: string): void {
    const missing = [
      ...this.#tls === undefined ? ["TLS ([reactor] tls_cert)"] : [],
      ...isOther(this.#admission, OPEN) ? [] : ["asking who is there ([reactor] tokens_file)"],
    ];
    if (isLoopback(hostname) || missing.length === 0) return;
    this.#log.warn("Listens on {address}, which others can reach, without {missing}", {
      address: `${hostname}:${this.address.port}`,
      missing: missing.join(" and without "),
    });
  }

  async #noteExpiry(): Promise<void> {
    const cert = this.#tls?.cert;
    this.#expiresSec = cert === undefined ? 0 : await expirySecOf(cert);
  }
}

/** The certificate that is configured; throws when it cannot be used. */
function tlsOf({ tlsCert: cert, tlsKey: key }: ReactorOptions): ServerTls | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    const [given, missing] = cert === undefined ? ["key", "cert"] : ["cert", "key"];
    throw new Error(`[reactor] tls_${given} is of no use without tls_${missing}: give both`);
  }
  checkServerTls({ cert, key });
  return { cert, key };
}

/** Loaded where it is needed: threads and roles without a certificate do without the memory that it takes. */
async function expirySecOf(cert: string): Promise<number> {
  const { X509Certificate } = await import("node:crypto");
  return Date.parse(new X509Certificate(cert).validTo) / 1000;
}

/** Both are plain data. */
function isOther(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) !== JSON.stringify(other);
}
