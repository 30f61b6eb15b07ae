/**
 * The HTTP server for operators, in every role: metrics, health, readiness, and what the role adds. It only answers:
 * what is ready or counted is the service's business.
 *
 * @module
 */

import { isLoopback } from "../../proto/mod.ts";
import { getLogger } from "./logger.ts";
import { reasonOf, StartError } from "../errors.ts";
import { isValidToken } from "../gate/admission.ts";
import type { Metrics } from "./metrics.ts";

const log = getLogger("lars", "admin");

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
  /**
   * Tokens of which one opens all routes to callers from elsewhere than loopback; without one they are answered
   * {@link OPEN_PATHS} alone.
   *
   * @default []
   */
  tokens?: readonly string[];
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
  /**
   * What `GET /` says of these, in some words, by the same keys.
   *
   * @default {}
   */
  about?: Readonly<Record<string, string>>;
}

/** What everybody is answered who reaches the port, though without a reason: probes of other hosts have no token. */
const OPEN_PATHS: readonly string[] = ["/healthz", "/readyz"];

/** A server that listens, and ends on `abort`. */
interface Listening {
  server: Deno.HttpServer<Deno.NetAddr>;
  abort: AbortController;
}

/** After it could not listen, ms. */
const RELISTEN_MS = 1_000;

/** Who may ask for everything; can change while the server runs. */
interface AdminAccess {
  /** See {@link AdminOptions.tokens}. */
  tokens: readonly string[];
}

/** A running admin server. */
export class AdminServer implements AsyncDisposable {
  /** Where it listens. */
  readonly address: Deno.NetAddr;
  readonly #listen: (port: number) => Listening;
  readonly #access: AdminAccess;
  #listening: Listening;
  #retry?: ReturnType<typeof setTimeout>;
  #isStopping = false;

  /** Listens by `listen`, which may throw; {@link startAdmin} makes one. */
  constructor(listen: (port: number) => Listening, { port, access }: {
    port: number;
    access: AdminAccess;
  }) {
    this.#listen = listen;
    this.#access = access;
    this.#listening = listen(port);
    this.address = this.#listening.server.addr;
    this.#watch();
  }

  /** Goes on with other tokens. */
  reload({ tokens }: { tokens: readonly string[] }): void {
    this.#access.tokens = tokens;
  }

  /**
   * Closes the port and every connection. Requests are not waited for: who sends half of one and no more must not hold
   * up the whole service, and nothing asked here is worth that.
   */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#retry);
    this.#listening.abort.abort();
    await this.#listening.server.finished.catch(() => {}); // said when it failed
  }

  /** Stops it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Deno's server ends for good when it cannot accept, as where the process has no more open files. What is said here is
   * worth no service's end: so its connections, which may be what holds the files, are closed, and it listens again.
   */
  #watch(): void {
    const { server, abort } = this.#listening;
    server.finished.catch((error) => {
      if (this.#isStopping) return;
      log.warn("The operators' port failed, and is opened again: {reason}", {
        reason: reasonOf(error),
      });
      abort.abort();
      this.#relisten();
    });
  }

  #relisten(): void {
    this.#retry = setTimeout(() => {
      try {
        this.#listening = this.#listen(this.address.port);
        this.#watch();
      } catch {
        this.#relisten();
      }
    }, RELISTEN_MS);
  }
}

/**
 * Starts the admin server.
 *
 * @throws {StartError} When it cannot listen there.
 */
export function startAdmin(options: AdminOptions): AdminServer {
  const { hostname, port, metrics, ready, tokens = [] } = options;
  const access: AdminAccess = { tokens };
  const routes = new Map<string, AdminHandler>(Object.entries({
    "GET /healthz": () => text("ok"),
    "GET /readyz": () => readyResponse(ready()),
    "GET /metrics": () =>
      new Response(metrics.render(), { headers: { "content-type": metrics.contentType } }),
    ...options.routes,
  }));
  const listing = list([...routes.keys()], { ...ABOUT, ...options.about });
  routes.set("GET /", () => text(listing));
  try {
    const server = new AdminServer((port) => {
      const abort = new AbortController();
      const server = Deno.serve({
        hostname,
        port,
        signal: abort.signal,
        onListen: () => {},
        onError: (error) => {
          log.error("A request failed", { error });
          return text("failed", { status: 500 });
        },
      }, (request, { remoteAddr }) => {
        const isOwn = isLoopback((remoteAddr as Deno.NetAddr).hostname);
        if (isOwn || hasToken(request, access)) return answer(routes, request, listing);
        return answerStranger(routes, request);
      });
      return { server, abort };
    }, { port, access });
    if (!isLoopback(hostname)) {
      log.warn("The operators' port {address} can be reached by others, unencrypted", {
        address: `${hostname}:${server.address.port}`,
      });
    }
    return server;
  } catch (error) {
    const reason = error instanceof Deno.errors.AddrInUse
      ? "as it is in use: choose another with [admin] port, 0 being any"
      : `(${error instanceof Error ? error.message : error})`;
    throw new StartError(`Cannot serve admin requests on ${hostname}:${port} ${reason}`, {
      cause: error,
    });
  }
}

/** What `GET /` says of what every role serves. */
const ABOUT: Readonly<Record<string, string>> = {
  "GET /healthz": "200 when the process answers",
  "GET /readyz": "200 when the role can do its work, else 503 and why not",
  "GET /metrics": "numbers, in Prometheus' text format",
};

function hasToken({ headers }: Request, { tokens }: AdminAccess): boolean {
  const [, token = ""] = /^Bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "") ?? [];
  return isValidToken(token, tokens);
}

/** Whether it lives and is ready is answered everybody by the status alone. */
async function answerStranger(
  routes: ReadonlyMap<string, AdminHandler>,
  request: Request,
): Promise<Response> {
  const path = URL.parse(request.url)?.pathname ?? "";
  const handler = OPEN_PATHS.includes(path) ? routes.get(`GET ${path}`) : undefined;
  if (handler !== undefined && ["GET", "HEAD"].includes(request.method)) {
    const { ok, status } = await handler(request);
    return text(ok ? "yes" : "no", { status });
  }
  return text(
    `Cannot answer others than ${
      OPEN_PATHS.join(" and ")
    } as this comes from another host without a valid token: ` +
      'send "Authorization: Bearer TOKEN" with one of [admin] tokens or tokens_file, or ask on the host itself',
    { status: 401, headers: { "www-authenticate": "Bearer" } },
  );
}

/** A line for each route. */
function list(routes: readonly string[], about: Readonly<Record<string, string>>): string {
  const width = Math.max(...routes.map(({ length }) => length));
  return routes.map((route) => `${route.padEnd(width)}  ${about[route] ?? ""}`.trimEnd()).join(
    "\n",
  );
}

/**
 * Answers by what HTTP makes habit of: a query, a slash at the end or one too many changes nothing, HEAD is GET without its
 * body, and what is refused is told what there is.
 */
async function answer(
  routes: ReadonlyMap<string, AdminHandler>,
  request: Request,
  listing: string,
): Promise<Response> {
  const { method, url } = request;
  const parsed = URL.parse(url); // the client's Host header is a part of it
  if (parsed === null) {
    const host = JSON.stringify(request.headers.get("host"));
    return text(`Cannot read Host as it must be a name, or HOST:PORT: current value is ${host}`, {
      status: 400,
    });
  }
  const path = parsed.pathname.replace(/\/{2,}/g, "/").replace(/(?<=.)\/$/, "");
  const handler = routes.get(`${method} ${path}`);
  if (handler !== undefined) return await handler(request);
  const get = routes.get(`GET ${path}`);
  if (method === "HEAD" && get !== undefined) return headOf(await get(request));
  const allowed = [...routes.keys()]
    .map((route) => route.split(" "))
    .filter(([, served]) => served === path)
    .flatMap(([method]) => method === "GET" ? ["GET", "HEAD"] : [method]);
  if (allowed.length === 0) {
    return text(`Cannot find ${path}: there is\n${listing}`, { status: 404 });
  }
  const allow = [...allowed, "OPTIONS"].join(", ");
  if (method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
  return text(`Cannot ${method} ${path}: it takes ${allow}`, { status: 405, headers: { allow } });
}

/** The same answer without its body, of which it gives the length. */
async function headOf(response: Response): Promise<Response> {
  const headers = new Headers(response.headers);
  headers.set("content-length", String((await response.arrayBuffer()).byteLength));
  return new Response(null, { status: response.status, headers });
}

function readyResponse({ ok, reason, note }: Readiness): Response {
  if (ok && note !== undefined) return text(`ready, but ${note}`);
  return ok ? text("ready") : text(`not ready: ${reason ?? "no reason given"}`, { status: 503 });
}

function text(body: string, init?: ResponseInit): Response {
  return new Response(`${body}\n`, init);
}

/** A moment, Unix seconds, as notes of a {@link Readiness} have it: `2026-01-31T12:00:00Z`. */
export function formatTime(sec: number): string {
  return new Date(sec * 1000).toISOString().replace(/\.\d+/, "");
}
