/**
 * For tests: programs that call. A client of an agent picks at a fixed rate, whether or not earlier picks were answered, and
 * reports each as gone well.
 *
 * @module
 */

import { LarsClient } from "../client/mod.ts";
import type { ModuleName } from "../proto/mod.ts";

/** Picks that are due are made so often, ms. */
const TURN_MS = 10;

/** A pick that has its answer, or was given up. */
export interface Pick extends ModuleName {
  /** The agent. */
  readonly agent: string;
  /** When it was asked, ms. */
  readonly startMs: number;
  /** When there was an answer, ms. */
  readonly endMs: number;
  /** The port that was picked, which has been reported on; undefined where the pick failed. */
  readonly port?: number;
  /** Why it failed. */
  readonly error?: string;
}

/** What a load is made of. */
export interface PickLoadOptions {
  /** The agent's name. */
  readonly agent: string;
  /** Its first port. */
  readonly port: number;
  /** Picks a second. */
  readonly ratePerSec: number;
  /** Draws what is called next. */
  readonly drawModule: () => ModuleName;
  /** Tells the time, ms. */
  readonly nowMs: () => number;
  /** Takes each pick. */
  readonly onPick: (pick: Pick) => void;
}

/** The load on one agent. Disposing of it waits for what is in flight. */
export class PickLoad implements AsyncDisposable {
  readonly #options: PickLoadOptions;
  readonly #client: LarsClient;
  readonly #inFlight = new Set<Promise<void>>();
  #timer?: ReturnType<typeof setInterval>;
  #startMs = 0;
  #made = 0;

  /** Does nothing yet. */
  constructor(options: PickLoadOptions) {
    this.#options = options;
    this.#client = new LarsClient({ port: options.port });
  }

  /** Begins to pick. */
  start(): void {
    this.#startMs = this.#options.nowMs();
    this.#timer = setInterval(() => this.#makeDue(), TURN_MS);
  }

  /** The ports of a module's hosts by the agent, in ascending order; none where it knows of none. */
  async portsOf({ modid, cmdid }: ModuleName): Promise<number[]> {
    const hosts = await this.#client.getRoute(modid, cmdid).catch(() => []);
    return hosts.map(({ port }) => port).sort((a, b) => a - b);
  }

  /** Makes no more picks, and waits for those in flight. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#inFlight);
  }

  /** Picks once besides. */
  async pick({ modid, cmdid }: ModuleName): Promise<void> {
    const { agent, nowMs, onPick } = this.#options;
    const startMs = nowMs();
    try {
      const host = await this.#client.getHost(modid, cmdid);
      this.#client.report(modid, cmdid, host, 0);
      onPick({ agent, modid, cmdid, startMs, endMs: nowMs(), port: host.port });
    } catch (error) {
      onPick({ agent, modid, cmdid, startMs, endMs: nowMs(), error: String(error) });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#client.close();
  }

  #makeDue(): void {
    const { nowMs, ratePerSec, drawModule } = this.#options;
    const due = Math.floor((nowMs() - this.#startMs) * ratePerSec / 1000);
    for (; this.#made < due; this.#made++) {
      const pick = this.pick(drawModule());
      this.#inFlight.add(pick);
      pick.then(() => this.#inFlight.delete(pick));
    }
  }
}
