/**
 * TLS under a TCP connection: listening with a certificate, connecting to who has one, and why that fails, in words that say
 * how to mend it. What certificates there are is the caller's business.
 *
 * @module
 */

import type { TcpSocket } from "./connection.ts";

/** What a server proves by who it is. */
export interface ServerTls {
  /** Its certificate and those between it and the authority, in PEM. */
  readonly cert: string;
  /** The key of its certificate, in PEM. */
  readonly key: string;
}

/** What a client believes a server by. */
export interface ClientTls {
  /**
   * The authorities that are trusted beside those that Deno knows, in PEM.
   * @default those that Deno knows alone
   */
  readonly ca?: string;
  /**
   * The name that the server's certificate must have.
   * @default the host that is connected to
   */
  readonly serverName?: string;
}

/** What accepts connections. */
export type TcpListener = Deno.Listener<Deno.TcpConn | Deno.TlsConn, Deno.NetAddr>;

/** Where a client connects to, and how. */
export interface ConnectOptions {
  /** IPv4 address or name. */
  hostname: string;
  /** Port it listens on. */
  port: number;
  /**
   * Whom it believes to be the server.
   * @default anybody: the connection is plain
   */
  tls?: ClientTls;
  /** Has it give up. */
  signal: AbortSignal;
}

/** TLS that cannot be. Its message says what is wrong, and what is to be done. */
export class TlsError extends Error {
  /** Always "TlsError". */
  override readonly name = "TlsError";
}

/** Listens on a port that several sockets may share. */
export function listenShared(
  address: { hostname: string; port: number },
  tls?: ServerTls,
): TcpListener {
  const options = { ...address, reusePort: true };
  return tls === undefined ? Deno.listen(options) : Deno.listenTls({ ...options, ...tls });
}

/**
 * Makes sure that one can listen with a certificate.
 *
 * @throws {TlsError} When it is none, or the key is another's.
 */
export function checkServerTls(tls: ServerTls): void {
  try {
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...tls }).close();
  } catch (error) {
    const { message } = error as Error;
    const reason = /KeyMismatch/.test(message) ? "the key belongs to another certificate" : message;
    throw new TlsError(`Cannot use the certificate and its key: ${reason}`, { cause: error });
  }
}

/**
 * Connects, and with `tls` knows afterwards who answers.
 *
 * @throws {TlsError} When that is not who it should be.
 * @throws What `signal` was aborted with, and what Deno throws when there is no way there.
 */
export async function connectTcp(options: ConnectOptions): Promise<TcpSocket> {
  const { hostname, port, tls, signal } = options;
  const tcp = await Deno.connect({ hostname, port, signal });
  if (tls === undefined) return tcp;
  tcp.setNoDelay(true); // cannot be told afterwards
  tcp.setKeepAlive(true);
  return await secure(tcp, { tls, serverName: tls.serverName ?? hostname, signal });
}

async function secure(
  tcp: Deno.TcpConn,
  { tls, serverName, signal }: { tls: ClientTls; serverName: string; signal: AbortSignal },
): Promise<Deno.TlsConn> {
  let open: Deno.Conn = tcp;
  const close = () => {
    try {
      open.close();
    } catch {
      // Closed already.
    }
  };
  signal.addEventListener("abort", close);
  try {
    signal.throwIfAborted();
    const caCerts = tls.ca === undefined ? [] : [tls.ca];
    const secured = await Deno.startTls(tcp, { hostname: serverName, caCerts });
    open = secured;
    await secured.handshake();
    return secured;
  } catch (error) {
    close();
    signal.throwIfAborted();
    throw new TlsError(explain(error as Error, serverName), { cause: error });
  } finally {
    signal.removeEventListener("abort", close);
  }
}

/** What rustls and Deno say, and what is to be done about it. */
const REASONS: readonly [said: RegExp, meaning: string][] = [
  [
    /UnknownIssuer|UnknownCA|BadSignature/,
    "no authority that is trusted here has signed it: give its as the CA",
  ],
  [/certificate expired|Expired/, "it has expired: give the server a new one"],
  [/not valid yet|NotValidYet/, "it is not valid yet: look at the clocks of both hosts"],
  [/CaUsedAsEndEntity/, "it is that of an authority: have it sign one for the server"],
];

function explain(error: Error, name: string): string {
  const { message } = error;
  if (/not valid for name|NotValidForName/.test(message)) {
    const valid = /only valid for (.*)/.exec(message)?.[1]
      .replace(/(?:IpAddress|DnsName)\("?([^")]*)"?\)/g, "$1");
    return `The server's certificate is not made out to ${name}` +
      `${
        valid === undefined ? "" : ` but to ${valid}`
      }: give its name as the server name, or a new certificate`;
  }
  const reason = REASONS.find(([said]) => said.test(message))?.[1];
  if (reason !== undefined) return `Cannot trust the server's certificate: ${reason}`;
  if (/InvalidContentType|unexpected end of file|UnexpectedEof/i.test(`${error.name} ${message}`)) {
    return "The server does not speak TLS: is it switched on there, and is this its port?";
  }
  return `Cannot speak TLS with the server: ${message}`;
}
