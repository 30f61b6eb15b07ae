/**
 * The calls that have begun and not ended, in the order in which they end. A call is a row of typed arrays: beginning and
 * ending one makes no object.
 *
 * @module
 */

import { TimeQueue } from "../time_queue.ts";

const FIRST_CAPACITY = 64;

/** What is known of a call when it begins, its end included: its fate is decided when it reaches its host. */
export interface CallFate {
  agent: number;
  host: number;
  /** When it began, ms. */
  beganMs: number;
  /** How long its caller waits for it, ms. */
  latencyMs: number;
  failed: boolean;
  /** The number of the incident at its host, and whether it was known of by then; see incidents.ts. */
  incident: number;
  isDetected: boolean;
}

/** Calls under way. */
export class CallsInFlight {
  readonly #ends = new TimeQueue();
  /** Rows that no call has. */
  #free: number[] = [];
  #rows = 0;
  #agents = new Int32Array(FIRST_CAPACITY);
  #hosts = new Int32Array(FIRST_CAPACITY);
  #began = new Float64Array(FIRST_CAPACITY);
  #latencies = new Float64Array(FIRST_CAPACITY);
  #failed = new Uint8Array(FIRST_CAPACITY);
  #incidents = new Int32Array(FIRST_CAPACITY);
  #detected = new Uint8Array(FIRST_CAPACITY);

  /** When the next call ends; Infinity when there is none. */
  get nextEndMs(): number {
    return this.#ends.nextMs;
  }

  /** A call begins. */
  begin(fate: Readonly<CallFate>): void {
    const row = this.#free.pop() ?? this.#rows++;
    if (row === this.#agents.length) this.#grow();
    this.#agents[row] = fate.agent;
    this.#hosts[row] = fate.host;
    this.#began[row] = fate.beganMs;
    this.#latencies[row] = fate.latencyMs;
    this.#failed[row] = Number(fate.failed);
    this.#incidents[row] = fate.incident;
    this.#detected[row] = Number(fate.isDetected);
    this.#ends.push(row, fate.beganMs + fate.latencyMs);
  }

  /** The call that ends next, which there must be, ends: it is written into `fate`. */
  end(fate: CallFate): void {
    const row = this.#ends.take();
    fate.agent = this.#agents[row];
    fate.host = this.#hosts[row];
    fate.beganMs = this.#began[row];
    fate.latencyMs = this.#latencies[row];
    fate.failed = this.#failed[row] === 1;
    fate.incident = this.#incidents[row];
    fate.isDetected = this.#detected[row] === 1;
    this.#free.push(row);
  }

  #grow(): void {
    this.#agents = grown(this.#agents, Int32Array);
    this.#hosts = grown(this.#hosts, Int32Array);
    this.#began = grown(this.#began, Float64Array);
    this.#latencies = grown(this.#latencies, Float64Array);
    this.#failed = grown(this.#failed, Uint8Array);
    this.#incidents = grown(this.#incidents, Int32Array);
    this.#detected = grown(this.#detected, Uint8Array);
  }
}

function grown<Column extends Int32Array | Float64Array | Uint8Array>(
  column: Column,
  Type: { new (length: number): Column },
): Column {
  const larger = new Type(2 * column.length);
  larger.set(column);
  return larger;
}
