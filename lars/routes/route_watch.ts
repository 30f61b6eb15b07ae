/**
 * A module's route as dns itself tells it: asked for over TCP as an agent does, and again after every loss of the
 * connection, and what is pushed when it changes.
 *
 * @module
 */

import {
  encodeRouteRequest,
  GetRouteResponse,
  type Host,
  MessageId,
  type ModuleName,
  reusing,
  routeOf,
} from "../../proto/mod.ts";
import {
  type Access,
  type Connection,
  type Endpoint,
  Router,
  TcpClient,
} from "../../reactor/mod.ts";
import { reasonOf } from "../../service/mod.ts";

/** A route that came. */
export interface WatchedRoute {
  /** Whether it was asked for, or came because it changed. */
  kind: "answer" | "push";
  /** Its hosts, in their order; none when there is no such module. */
  hosts: Host[];
}

/** What is watched, and who is told. */
export interface RouteWatchOptions {
  /** The module. */
  module: ModuleName;
  /** The dns to ask. */
  dns: Endpoint;
  /**
   * How it lets us in.
   * @default plainly
   */
  access?: Access;
  /** Called with each route that comes. */
  onRoute: (route: WatchedRoute) => void;
  /** Called with why there is no connection; it is tried again. */
  onAway: (reason: string) => void;
}

/** Watches until it is disposed of. */
export class RouteWatch implements AsyncDisposable {
  readonly #client: TcpClient;
  /** The next route is what was asked for, rather than a push. */
  #isAsked = false;
  #isOver = false;

  /** Begins to connect. */
  constructor({ module, dns, access, onRoute, onAway }: RouteWatchOptions) {
    const { modid, cmdid } = module;
    const router = new Router<Connection<void>>().on<GetRouteResponse>(
      MessageId.GetRouteResponse,
      (message) => {
        const route = routeOf(message);
        if (this.#isOver || route.modid !== modid || route.cmdid !== cmdid) return;
        const kind = this.#isAsked ? "answer" : "push";
        this.#isAsked = false;
        onRoute({ kind, hosts: route.hosts });
      },
      { decode: reusing(new GetRouteResponse()) },
    );
    this.#client = new TcpClient({
      endpoints: [dns],
      access,
      router,
      onOpen: (connection) => {
        this.#isAsked = true;
        connection.send(MessageId.GetRouteRequest, encodeRouteRequest({ modid, cmdid }));
      },
      onClose: () => {
        if (this.#isOver) return;
        onAway(
          this.#isAsked
            ? "it closed the connection without a reply, as when it wants another token ([dnsserver] tokens_file)"
            : "the connection was closed",
        );
      },
      onError: (error) => onAway(reasonOf(error)),
    });
    this.#client.start();
  }

  /** Closes the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#client.stop();
  }
}
