/**
 * The HTTP server for operators, in every role: metrics, health, readiness, and what the role adds. It only answers:
 * what is ready or counted is the service's business.
 *
 * @module
 */

import { getLogger } from "./logger.ts";
import { StartError } from "./errors.ts";
import type { Metrics } from "./metrics.ts";

/** Whether a service can do its work now. */
export interface Readiness {
  /** It can. */
  ok: boolean;
  /** Why it cannot, in one line. */
  reason?: string;
  /** What is wrong though it can, in one line. */
  note?: string;
}

/** Answers one route. */
export type AdminHandler = (request: Request) => Response | Promise<Response>;

/** What an {@link AdminServer} serves, and where. */
export interface AdminOptions {
  /** Address to listen on. */
  hostname: string;
  /** Port to listen on; 0 is any free one. */
  port: number;
  /** What GET /metrics gives. */
  metrics: Metrics;
  /** What GET /readyz asks. */
  ready: () => Readiness;
  /**
   * Further routes by method and path, such as `POST /debug/fault`.
   *
   * @default {}
   */
  routes?: Readonly<Record<string, AdminHandler>>;
}

/** A running admin server. */
export class AdminServer {
  /** Where it listens. */
  readonly address: Deno.NetAddr;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #abort: AbortController;

  /** Wraps a server that listens already, and ends on `abort`; {@link startAdmin} makes one. */
  constructor(server: Deno.HttpServer<Deno.NetAddr>, abort: AbortController) {
    this.#server = server;
    this.#abort = abort;
    this.address = server.addr;
  }

  /**
   * Closes the port and every connection. Requests are not waited for: who sends half of one and no more must not hold
   * up the whole service, and nothing asked here is worth that.
   */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#server.finished;
  }
}

/**
 * Starts the admin server.
 *
 * @throws {StartError} When it cannot listen there.
 */
export function startAdmin(options: AdminOptions): AdminServer {
  const { hostname, port, metrics, ready } = options;
  const routes = new Map<string, AdminHandler>(Object.entries({
    "GET /healthz": () => text("ok"),
    "GET /readyz": () => readyResponse(ready()),
    "GET /metrics": () =>
      new Response(metrics.render(), { headers: { "content-type": metrics.contentType } }),
    ...options.routes,
  }));
  const log = getLogger("lars", "admin");
  const abort = new AbortController();
  try {
    const server = Deno.serve({
      hostname,
      port,
      signal: abort.signal,
      onListen: () => {},
      onError: (error) => {
        log.error("A request failed", { error });
        return text("failed", { status: 500 });
      },
    }, (request) => answer(routes, request));
    return new AdminServer(server, abort);
  } catch (error) {
    const reason = error instanceof Deno.errors.AddrInUse
      ? "as it is in use: choose another with [admin] port, 0 being any"
      : `(${error instanceof Error ? error.message : error})`;
    throw new StartError(`Cannot serve admin requests on ${hostname}:${port} ${reason}`, {
      cause: error,
    });
  }
}

function answer(
  routes: ReadonlyMap<string, AdminHandler>,
  request: Request,
): Response | Promise<Response> {
  const { pathname } = new URL(request.url);
  const handler = routes.get(`${request.method} ${pathname}`);
  if (handler !== undefined) return handler(request);
  const allowed = [...routes.keys()]
    .map((route) => route.split(" "))
    .filter(([, path]) => path === pathname)
    .map(([method]) => method);
  if (allowed.length === 0) return text("not found", { status: 404 });
  return text("method not allowed", { status: 405, headers: { allow: allowed.join(", ") } });
}

function readyResponse({ ok, reason, note }: Readiness): Response {
  if (ok && note !== undefined) return text(`ready, but ${note}`);
  return ok ? text("ready") : text(`not ready: ${reason ?? "no reason given"}`, { status: 503 });
}

function text(body: string, init?: ResponseInit): Response {
  return new Response(`${body}\n`, init);
}
