/**
 * What a process tells Prometheus. The numbers themselves are kept elsewhere: in the threads' Counters, or behind a
 * function; here they get their names, help and labels, and are read when somebody scrapes.
 *
 * @module
 */

import { Counter, Gauge, Registry } from "prom-client";
import type { Counters } from "../reactor/counters.ts";
import { VERSION } from "./version.ts";

/** Label names and values, such as `{ worker: "0" }`. */
export type Labels = Readonly<Record<string, string>>;

/** A block of counters to be shown. */
export interface CountersOptions<Name extends string> {
  /** What the names begin with: `lars_dns`. */
  prefix: string;
  /** What each number means. */
  help: Readonly<Record<Name, string>>;
  /**
   * The numbers that go up and down. They are `prefix_name`; the others, which only rise, are `prefix_name_total`.
   *
   * @default []
   */
  gauges?: readonly Name[];
  /**
   * What tells this block from others with the same prefix; all of them have the same label names.
   *
   * @default {}
   */
  labels?: Labels;
  /** The block. */
  counters: Counters<Name>;
}

/** A single number that goes up and down. */
export interface GaugeOptions {
  /** Its whole name: `lars_dns_table_age_seconds`. */
  name: string;
  /** What it means. */
  help: string;
  /**
   * What tells it from others of that name; all of them have the same label names.
   *
   * @default {}
   */
  labels?: Labels;
  /** Gives its present value. */
  value: () => number;
}

/** One sample of a metric. */
interface Source {
  labels: Labels;
  value: () => number;
}

/**
 * The metrics of one process.
 *
 * @example
 * ```ts
 * import { Counters } from "../reactor/counters.ts";
 * import { Metrics } from "./metrics.ts";
 *
 * const metrics = new Metrics({ role: "dns" });
 * const counters = new Counters(["framesIn"]);
 * metrics.addCounters({
 *   prefix: "lars_dns",
 *   help: { framesIn: "Frames received" },
 *   labels: { worker: "0" },
 *   counters,
 * });
 * counters.add("framesIn");
 * console.log(await metrics.render()); // … lars_dns_frames_in_total{worker="0"} 1 …
 * ```
 */
export class Metrics {
  /** What `render` gives, as a Content-Type. */
  readonly contentType: string = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #registry = new Registry();
  readonly #sources = new Map<string, Source[]>();

  /** Begins with what is known of the process itself: version, start, memory. */
  constructor({ role }: { role: string }) {
    this.addGauge({
      name: "lars_build_info",
      help: "Always 1; the labels say what runs",
      labels: { role, version: VERSION, deno: Deno.version.deno },
      value: () => 1,
    });
    this.addGauge({
      name: "process_start_time_seconds",
      help: "When the process started, Unix seconds",
      value: () => performance.timeOrigin / 1000,
    });
    this.addGauge({
      name: "process_resident_memory_bytes",
      help: "Memory of the whole process, all threads together",
      value: () => Deno.memoryUsage().rss,
    });
  }

  /**
   * Shows every number of a block, also one that another thread writes. A further block with the same prefix adds its
   * samples; one whose labels are the same too, such as a replaced worker's, is added to what is there.
   */
  addCounters<Name extends string>(options: CountersOptions<Name>): void {
    const { prefix, help, gauges = [], labels = {}, counters } = options;
    for (const name of counters.names) {
      const source = { labels, value: () => counters.get(name) };
      const metric = `${prefix}_${toSnakeCase(name)}`;
      if (gauges.includes(name)) this.#add(metric, { help: help[name], source, Metric: Gauge });
      else this.#add(`${metric}_total`, { help: help[name], source, Metric: Counter });
    }
  }

  /** Shows a number that is asked for on every scrape. */
  addGauge({ name, help, labels = {}, value }: GaugeOptions): void {
    this.#add(name, { help, source: { labels, value }, Metric: Gauge });
  }

  /** All metrics with their present values, in Prometheus' text format. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }

  #add(
    name: string,
    { help, source, Metric }: {
      help: string;
      source: Source;
      Metric: typeof Gauge | typeof Counter;
    },
  ): void {
    const known = this.#sources.get(name);
    if (known !== undefined) {
      known.push(source);
      return;
    }
    const sources = [source];
    this.#sources.set(name, sources);
    new Metric({
      name,
      help,
      labelNames: Object.keys(source.labels),
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { labels, value } of sources) this.inc(labels, value());
      },
    });
  }
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
