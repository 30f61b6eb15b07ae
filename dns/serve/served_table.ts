/**
 * The table that dns serves, when it was last found to be what the database has, and its snapshot: what a dns begins with
 * until the database has given one, and writes for the next start. Reads no database, and answers nobody.
 *
 * @module
 */

import { Counters, realClock } from "../../reactor/mod.ts";
import {
  type Metrics,
  SNAPSHOT_COUNTERS,
  SnapshotFile,
  SnapshotKeeper,
} from "../../service/mod.ts";
import {
  type Agreement,
  decodeTableSnapshot,
  encodeTableSnapshot,
  TABLE_SNAPSHOT,
} from "../routes/table_snapshot.ts";
import { RouteTable } from "../routes/route_table.ts";

/** The thread that writes snapshots is a reader of the table as well; those that answer have the numbers above. */
const READER = 0;

/** What is served. */
export class ServedTable {
  readonly #counters = new Counters(SNAPSHOT_COUNTERS);
  readonly #keeper?: SnapshotKeeper;
  #table = RouteTable.create();
  #agreement?: Agreement;
  #asOfSec?: number;

  /** Begins with the snapshot, where there is one; without a path none is read or written. */
  static async open(path: string | undefined): Promise<ServedTable> {
    if (path === undefined) return new ServedTable();
    const file = new SnapshotFile(path, TABLE_SNAPSHOT);
    const served = new ServedTable(file);
    const snapshot = await file.read(decodeTableSnapshot);
    if (snapshot !== undefined) {
      served.#table = snapshot.content.table;
      served.#agreement = snapshot.content.agreement;
      served.#asOfSec = snapshot.asOfSec;
    }
    served.#table.release(READER);
    return served;
  }

  private constructor(file?: SnapshotFile) {
    this.#keeper = file && new SnapshotKeeper({
      file,
      collect: () => encodeTableSnapshot({ table: this.#table, agreement: this.#agreement! }),
      counters: this.#counters,
    });
  }

  /** The table; without a route at first, where there is no snapshot. */
  get table(): RouteTable {
    return this.#table;
  }

  /** When it was last found right; undefined where nobody is served from it yet. */
  get agreement(): Agreement | undefined {
    return this.#agreement;
  }

  /** Of when the snapshot is, Unix seconds, until the database has been read. */
  get asOfSec(): number | undefined {
    return this.#asOfSec;
  }

  /** Routes have changed in it. */
  changed(): void {
    this.#table.release(READER);
    if (this.#agreement !== undefined) this.#keeper?.changed();
  }

  /** The database has been read; with an agreement, what is served is what it has. */
  compared(agreement: Agreement | undefined): void {
    this.#asOfSec = undefined;
    if (agreement === undefined) return;
    const { changeId, acceptedId } = this.#agreement ?? {};
    const isNew = changeId !== agreement.changeId || acceptedId !== agreement.acceptedId;
    this.#agreement = agreement;
    if (isNew) this.#keeper?.changed();
    else this.#keeper?.confirmed();
  }

  /** Shows how old the snapshot is, and how its keeping goes. */
  describe(metrics: Metrics): void {
    metrics.addCounters({ prefix: "lars_dns_snapshot", counters: this.#counters });
    metrics.addGauge({
      name: "lars_dns_snapshot_age_seconds",
      help: "How old the snapshot is that is served; 0 once the database has given its routes",
      value: () => this.#asOfSec === undefined ? 0 : realClock.nowSec() - this.#asOfSec,
    });
  }

  /** Writes what is not written yet, and ends. */
  async stop(): Promise<void> {
    await this.#keeper?.stop();
  }
}
