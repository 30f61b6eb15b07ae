/**
 * A TCP proxy that can be told to fail: it stands between two roles, or a role and its database.
 *
 * @module
 */

/**
 * What it does: passes everything on; closes connections, and new ones at once; passes nothing on and closes nothing, as
 * a network does that drops packets; or passes everything on late.
 */
export type ProxyMode = "pass" | "cut" | "silence" | "delay";

/** How late, ms. */
const DELAY_MS = 150;

const BUFFER_BYTES = 65_536;

/** A proxy to one port of this host. Disposing of it closes all. */
export class TcpProxy implements AsyncDisposable {
  readonly #targetPort: number;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.TcpConn>();
  readonly #passing = new Set<Promise<void>>();
  #mode: ProxyMode = "pass";
  #changed = Promise.withResolvers<void>();

  /** Listens on a free port. */
  constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#passing.add(this.#accept());
  }

  /** Where it listens. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Has it do something else from now on, to the connections that there are as well. */
  setMode(mode: ProxyMode): void {
    this.#mode = mode;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
    if (mode === "cut") this.#closeAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.setMode("cut");
    this.#listener.close();
    await Promise.all(this.#passing);
  }

  async #accept(): Promise<void> {
    try {
      for await (const tcp of this.#listener) {
        const serving = this.#serve(tcp);
        this.#passing.add(serving);
        serving.then(() => this.#passing.delete(serving));
      }
    } catch {
      // The listener was closed.
    }
  }

  async #serve(caller: Deno.TcpConn): Promise<void> {
    this.#open.add(caller);
    try {
      await this.#clearance();
      const target = await Deno.connect({ hostname: "127.0.0.1", port: this.#targetPort });
      this.#open.add(target);
      if (this.#mode === "cut") throw new Error("cut meanwhile");
      await Promise.all([this.#pass(caller, target), this.#pass(target, caller)]);
      close(target);
      this.#open.delete(target);
    } catch {
      // Nobody listens there, or it was cut.
    }
    close(caller);
    this.#open.delete(caller);
  }

  /** Passes on what one says to the other, and its end; where either is lost, neither is kept. */
  async #pass(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(BUFFER_BYTES);
    try {
      for (;;) {
        const length = await from.read(buffer);
        await this.#clearance();
        if (length === null) return await to.closeWrite();
        for (let at = 0; at < length;) at += await to.write(buffer.subarray(at, length));
      }
    } catch {
      close(from);
      close(to);
    }
  }

  /** Waits until something may be passed on. */
  async #clearance(): Promise<void> {
    if (this.#mode === "delay") await new Promise((resolve) => setTimeout(resolve, DELAY_MS));
    while (this.#mode === "silence") await this.#changed.promise;
    if (this.#mode === "cut") throw new Error("cut");
  }

  #closeAll(): void {
    for (const tcp of this.#open) close(tcp);
    this.#open.clear();
  }
}

function close(tcp: Deno.TcpConn): void {
  try {
    tcp.close();
  } catch {
    // It is closed.
  }
}
