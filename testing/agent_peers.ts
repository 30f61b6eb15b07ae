/**
 * An agent's peers, played by a test on real sockets: a dns that serves what it is told to, a reporter that collects,
 * and a client that speaks the wire protocol by hand.
 *
 * @module
 */

import {
  decodeRoute,
  encodeRoute,
  encodeRouteRequest,
  GetHostRequest,
  GetHostResponse,
  GetRouteRequest,
  type Host,
  type HostAddress,
  MessageId,
  ModuleMap,
  type ModuleName,
  ReportRequest,
  ReportStatusRequest,
  reusing,
  type Route,
  shardOf,
} from "../proto/mod.ts";
import {
  bodyOf,
  type Plain,
  readBody,
  type StatusReport,
  statusReportOf,
} from "./proto/plain_message.ts";
import {
  type Connection,
  decodeDatagram,
  encodeFrame,
  type Frame,
  Router,
  startTcpServer,
  type TcpServer,
} from "../reactor/mod.ts";
import { Inbox } from "./inbox.ts";
import { inTime } from "./until.ts";

/** A dns whose routes a test sets. */
export class FakeDns implements AsyncDisposable {
  /** Every module that was asked for. */
  readonly asked: Inbox<ModuleName> = new Inbox();
  readonly #routes = new ModuleMap<Host[]>();
  readonly #connections = new Set<Connection<void>>();
  /** Whether requests are answered. */
  answers = true;
  #server!: TcpServer<never>;
  #stopping?: Promise<void>;

  /** Listens on a free port, or on a given one. */
  static async start(port = 0): Promise<FakeDns> {
    const dns = new FakeDns();
    dns.#server = await startTcpServer({
      port,
      init: () => undefined,
      createHandlers: () => ({
        router: new Router<Connection<void>>().on<GetRouteRequest>(
          MessageId.GetRouteRequest,
          ({ modid, cmdid }, connection) => dns.#answer({ modid, cmdid }, connection),
          { decode: reusing(new GetRouteRequest()) },
        ),
        createState: () => undefined,
        onOpen: (connection) => void dns.#connections.add(connection),
        onClose: (connection) => void dns.#connections.delete(connection),
      }),
    });
    return dns;
  }

  /** Where it listens. */
  get port(): number {
    return this.#server.address.port;
  }

  /** Sets a route without telling anybody. */
  set({ modid, cmdid, hosts }: Route): void {
    this.#routes.set(modid, cmdid, hosts);
  }

  /** Sets a route and pushes it to every agent. */
  push(route: Route): void {
    this.set(route);
    for (const connection of this.#connections) {
      connection.send(MessageId.GetRouteResponse, encodeRoute(route));
    }
  }

  /** Closes at once, as a dns that dies does. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#connections) connection.close();
    await (this.#stopping ??= this.#server.stop());
  }

  #answer(name: ModuleName, connection: Connection<void>): void {
    this.asked.push(name);
    if (!this.answers) return;
    const hosts = this.#routes.get(name.modid, name.cmdid) ?? [];
    connection.send(MessageId.GetRouteResponse, encodeRoute({ ...name, hosts }));
  }
}

/** A reporter that collects. */
export class FakeReporter implements AsyncDisposable {
  /** Every status message that came. */
  readonly statuses: Inbox<StatusReport> = new Inbox();
  #server!: TcpServer<never>;
  #stopping?: Promise<void>;

  /** Listens on a free port, or on a given one. */
  static async start(port = 0): Promise<FakeReporter> {
    const reporter = new FakeReporter();
    reporter.#server = await startTcpServer({
      port,
      init: () => undefined,
      createHandlers: () => ({
        router: new Router<Connection<void>>().on<ReportStatusRequest>(
          MessageId.ReportStatusRequest,
          (status) => reporter.statuses.push(statusReportOf(status)),
          { decode: reusing(new ReportStatusRequest()) },
        ),
        createState: () => undefined,
      }),
    });
    return reporter;
  }

  /** Where it listens. */
  get port(): number {
    return this.#server.address.port;
  }

  /** Closes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await (this.#stopping ??= this.#server.stop());
  }
}

/** A client that sends one datagram at a time. */
export class RawClient implements Disposable {
  readonly #socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  readonly #firstPort: number;
  #seq = 0;

  /** Talks to the agent whose first port this is. */
  constructor(firstPort: number) {
    this.#firstPort = firstPort;
  }

  /** Sends bytes as they are to a shard. */
  async sendBytes(bytes: Uint8Array, shard: number): Promise<void> {
    const port = this.#firstPort + shard;
    await this.#socket.send(bytes, { transport: "udp", hostname: "127.0.0.1", port });
  }

  /** The next datagram that comes back. */
  async receive(): Promise<Frame> {
    const [datagram] = await inTime(
      "an answer of the agent's",
      this.#socket.receive(new Uint8Array(65_536)),
    );
    return decodeDatagram(datagram)!;
  }

  /** Asks for a host. */
  async getHost(
    name: ModuleName,
  ): Promise<Omit<Plain<GetHostResponse>, "host"> & { host?: HostAddress }> {
    const seq = ++this.#seq;
    await this.sendBytes(
      encodeFrame(MessageId.GetHostRequest, bodyOf(GetHostRequest, { seq, ...name })),
      shardOf(name),
    );
    const { host, ...answer } = readBody(GetHostResponse, (await this.receive()).body);
    return { ...answer, host: host && { ip: host.ip, port: host.port } };
  }

  /** Asks for the whole route. */
  async getRoute(name: ModuleName): Promise<Route> {
    await this.sendBytes(
      encodeFrame(MessageId.ApiGetRouteRequest, encodeRouteRequest(name)),
      shardOf(name),
    );
    return decodeRoute((await this.receive()).body);
  }

  /** Reports the outcome of a call. */
  async report(
    report: Omit<Plain<ReportRequest>, "costMs" | "host"> & { host: HostAddress },
  ): Promise<void> {
    const body = bodyOf(ReportRequest, report);
    await this.sendBytes(encodeFrame(MessageId.ReportRequest, body), shardOf(report));
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
