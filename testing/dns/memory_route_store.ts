/**
 * A database for tests that is only memory and does what the test says: rows and announcements are edited apart from each
 * other, calls fail, full reads stop half-way.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";
import type { IdRange, NewHost, RouteChangeRow, RoutePosition, RouteRow } from "../../sql/mod.ts";
import type { WatchedStore } from "../../dns/watch/watcher.ts";

/** Rows in a chunk of a full read. */
const CHUNK_ROWS = 2;

/** Routes in memory. */
export class MemoryRouteStore implements WatchedStore {
  /** RouteData. */
  rows: RouteRow[] = [];
  /** RouteChange. */
  changes: RouteChangeRow[] = [];
  /** RouteVersion. */
  version = 1;
  /** The highest AcceptedLoss.id. */
  acceptedId = 0;
  /** While set, every call throws it. */
  failure?: Error;
  /** The next call of this name throws. */
  failNext?: string;
  /** Awaited by a full read after its first chunk. */
  midway?: () => Promise<void>;
  /** Chunks that full reads have given. */
  chunks = 0;
  /** What was called, in order. */
  calls: string[] = [];
  #nextRowId = 1;
  #nextChangeId = 1;

  /** Adds a row, telling nobody. */
  insert(module: ModuleName, host: NewHost): void {
    const { modid, cmdid } = module;
    const { ip, port, weight = 100 } = host;
    this.rows.push({ id: this.#nextRowId++, modid, cmdid, ip, port, weight });
  }

  /** Deletes a module's rows, telling nobody. */
  delete({ modid, cmdid }: ModuleName): void {
    this.rows = this.rows.filter((row) => row.modid !== modid || row.cmdid !== cmdid);
  }

  /** Takes an id for a change row that is not to be seen yet; the function shows it. */
  begin({ modid, cmdid }: ModuleName): () => void {
    const id = this.#nextChangeId++;
    return () => {
      this.changes.push({ id, modid, cmdid, version: ++this.version });
      this.changes.sort((a, b) => a.id - b.id);
    };
  }

  /** Writes a change row for a module and moves the version. */
  announce(module: ModuleName): void {
    this.begin(module)();
  }

  addHosts(module: ModuleName, hosts: readonly NewHost[]): Promise<number> {
    for (const host of hosts) this.insert(module, host);
    this.announce(module);
    return Promise.resolve(hosts.length);
  }

  removeHosts(module: ModuleName): Promise<number> {
    this.delete(module);
    this.announce(module);
    return Promise.resolve(1);
  }

  async readPosition(): Promise<RoutePosition> {
    await this.#call("readPosition");
    return { version: this.version, changeId: this.changes.at(-1)?.id ?? 0 };
  }

  async readChanges(ranges: readonly IdRange[]): Promise<RouteChangeRow[]> {
    await this.#call("readChanges");
    return this.changes.filter(({ id }) =>
      ranges.some(({ from, to = Infinity }) => from <= id && id <= to)
    );
  }

  async readModules(modules: readonly ModuleName[]): Promise<RouteRow[]> {
    await this.#call("readModules");
    return this.rows.filter(({ modid, cmdid }) =>
      modules.some((module) => module.modid === modid && module.cmdid === cmdid)
    );
  }

  async *readAll(): AsyncGenerator<RouteRow[]> {
    await this.#call("readAll");
    const rows = [...this.rows];
    for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
      this.chunks++;
      yield rows.slice(start, start + CHUNK_ROWS);
      if (start === 0) await this.midway?.();
      this.#failIfAway();
    }
  }

  async pruneChanges(
    { id, beforeVersion, limit }: { id: number; beforeVersion: number; limit: number },
  ): Promise<number> {
    await this.#call("pruneChanges");
    const old = this.changes.filter((row) => row.id <= id && row.version < beforeVersion);
    const pruned = new Set(old.slice(0, limit));
    this.changes = this.changes.filter((row) => !pruned.has(row));
    return pruned.size;
  }

  async readAcceptedId(): Promise<number> {
    await this.#call("readAcceptedId");
    return this.acceptedId;
  }

  acceptLoss(): Promise<void> {
    this.acceptedId++;
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.calls.push("close");
    return Promise.resolve();
  }

  #call(name: string): Promise<void> {
    this.calls.push(name);
    this.#failIfAway();
    if (this.failNext !== name) return Promise.resolve();
    this.failNext = undefined;
    return Promise.reject(new Error(`${name} failed`));
  }

  #failIfAway(): void {
    if (this.failure) throw this.failure;
  }
}
