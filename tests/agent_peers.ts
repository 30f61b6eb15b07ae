/**
 * An agent's peers, played by a test on real sockets: a dns that serves what it is told to, a reporter that collects,
 * and a client that speaks the wire protocol by hand.
 *
 * @module
 */

import {
  decodeGetHostResponse,
  decodeGetRouteRequest,
  decodeGetRouteResponse,
  decodeReportStatusRequest,
  encodeGetHostRequest,
  encodeGetRouteRequest,
  encodeGetRouteResponse,
  encodeReportRequest,
  type GetHostResponse,
  type Host,
  MessageId,
  ModuleMap,
  type ModuleName,
  type ReportRequest,
  type ReportStatusRequest,
  type Route,
  shardOf,
} from "../proto/mod.ts";
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
import { inTime } from "../reactor/testdata/until.ts";

/** A dns whose routes a test sets. */
export class FakeDns implements AsyncDisposable {
  /** Every module that was asked for. */
  readonly asked: Inbox<ModuleName> = new Inbox();
  readonly #routes = new ModuleMap<Host[]>();
  readonly #connections = new Set<Connection<void>>();
  /** Whether questions are answered. */
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
        router: new Router<Connection<void>>().on(
          MessageId.GetRouteRequest,
          (name, connection) => dns.#answer(name, connection),
          { decode: decodeGetRouteRequest },
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
      connection.send(MessageId.GetRouteResponse, encodeGetRouteResponse(route));
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
    connection.send(MessageId.GetRouteResponse, encodeGetRouteResponse({ ...name, hosts }));
  }
}

/** A reporter that collects. */
export class FakeReporter implements AsyncDisposable {
  /** Every status message that came. */
  readonly statuses: Inbox<ReportStatusRequest> = new Inbox();
  #server!: TcpServer<never>;
  #stopping?: Promise<void>;

  /** Listens on a free port, or on a given one. */
  static async start(port = 0): Promise<FakeReporter> {
    const reporter = new FakeReporter();
    reporter.#server = await startTcpServer({
      port,
      init: () => undefined,
      createHandlers: () => ({
        router: new Router<Connection<void>>().on(
          MessageId.ReportStatusRequest,
          (status) => reporter.statuses.push(status),
          { decode: decodeReportStatusRequest },
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
  async getHost(name: ModuleName): Promise<GetHostResponse> {
    const seq = ++this.#seq;
    await this.sendBytes(
      encodeFrame(MessageId.GetHostRequest, encodeGetHostRequest({ seq, ...name })),
      shardOf(name),
    );
    return decodeGetHostResponse((await this.receive()).body);
  }

  /** Asks for the whole route. */
  async getRoute(name: ModuleName): Promise<Route> {
    await this.sendBytes(
      encodeFrame(MessageId.ApiGetRouteRequest, encodeGetRouteRequest(name)),
      shardOf(name),
    );
    return decodeGetRouteResponse((await this.receive()).body);
  }

  /** Reports the outcome of a call. */
  async report(report: Omit<ReportRequest, "timecost">): Promise<void> {
    const body = encodeReportRequest({ ...report, timecost: 0 });
    await this.sendBytes(encodeFrame(MessageId.ReportRequest, body), shardOf(report));
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
