/**
 * What a process tells Prometheus. The numbers themselves are kept elsewhere: in the threads' Counters, or behind a
 * function; here they get their names, help and labels, and are read when somebody scrapes.
 *
 * @module
 */

import type { Counters } from "../../reactor/threads/counters.ts";
import { EXPOSITION_TYPE, formatMetrics, type Metric, type Sample } from "./exposition.ts";
import { lostLogLines } from "./logging.ts";
import { VERSION } from "../version.ts";

/** Label names and values, such as `{ worker: "0" }`. */
export type Labels = Readonly<Record<string, string>>;

/** A block of counters to be shown. */
export interface CountersOptions<Name extends string> {
  /** What the names begin with: `lars_dns`. A gauge is `prefix_name`, a counter `prefix_name_total`. */
  prefix: string;
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

/** Where one value of a metric comes from. */
interface Source {
  labels: Labels;
  value: () => number;
}

/** A metric that is asked for its values when it is shown. */
interface SourcedMetric extends Omit<Metric, "samples"> {
  readonly sources: Source[];
}

/**
 * The metrics of one process.
 *
 * @example
 * ```ts
 * import { Counters } from "../../reactor/threads/counters.ts";
 * import { Metrics } from "./metrics.ts";
 *
 * const metrics = new Metrics({ role: "dns" });
 * const counters = new Counters({ counters: { framesIn: "Frames received" } });
 * metrics.addCounters({ prefix: "lars_dns", labels: { worker: "0" }, counters });
 * counters.add("framesIn");
 * console.log(metrics.render()); // … lars_dns_frames_in_total{worker="0"} 1 …
 * ```
 */
export class Metrics {
  /** What `render` gives, as a Content-Type. */
  readonly contentType: string = EXPOSITION_TYPE;
  /** By name. */
  readonly #metrics = new Map<string, SourcedMetric>();

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
    this.#add({ labels: {}, value: lostLogLines }, {
      name: "lars_log_lines_lost_total",
      help: "Lines of the log, of all threads, that could not be written",
      type: "counter",
    });
  }

  /**
   * Shows every number of a block, also one that another thread writes. A further block with the same prefix adds its
   * samples; one whose labels are the same too, such as a replaced worker's, is added to what is there.
   */
  addCounters<Name extends string>(options: CountersOptions<Name>): void {
    const { prefix, labels = {}, counters: block } = options;
    const { counters, gauges = {} } = block.table;
    for (const [type, helps] of [["counter", counters], ["gauge", gauges]] as const) {
      for (const [name, help] of Object.entries(helps) as [Name, string][]) {
        const suffix = type === "counter" ? "_total" : "";
        this.#add(
          { labels, value: () => block.get(name) },
          { name: `${prefix}_${toSnakeCase(name)}${suffix}`, help, type },
        );
      }
    }
  }

  /** Shows a number that is asked for on every scrape. */
  addGauge({ name, help, labels = {}, value }: GaugeOptions): void {
    this.#add({ labels, value }, { name, help, type: "gauge" });
  }

  /** All metrics with their present values, in Prometheus' text format. */
  render(): string {
    const metrics = this.#metrics.values().map(({ sources, ...metric }) => (
      { ...metric, samples: sample(sources) }
    ));
    return formatMetrics(metrics);
  }

  #add(source: Source, metric: Omit<Metric, "samples">): void {
    const known = this.#metrics.get(metric.name);
    if (known !== undefined) known.sources.push(source);
    else this.#metrics.set(metric.name, { ...metric, sources: [source] });
  }
}

/** Adds up what has the same labels. */
function sample(sources: readonly Source[]): Iterable<Sample> {
  const samples = new Map<string, Sample>();
  for (const { labels, value } of sources) {
    const key = JSON.stringify(labels);
    const sum = samples.get(key)?.value ?? 0;
    samples.set(key, { labels, value: sum + value() });
  }
  return samples.values();
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
