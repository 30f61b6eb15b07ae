/**
 * Prometheus' text format, version 0.0.4:
 * https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md
 *
 * @module
 */

/** What the format is, as a Content-Type. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** One value of a metric. */
export interface Sample {
  /** What tells it from the metric's others. */
  labels: Readonly<Record<string, string>>;
  /** The value. */
  value: number;
}

/** A metric with all its values. */
export interface Metric {
  /** Its name. */
  name: string;
  /** What it means. */
  help: string;
  /** Whether it only rises. */
  type: "counter" | "gauge";
  /** Its values, no two of which have the same labels. */
  samples: Iterable<Sample>;
}

/** Writes metrics down. */
export function formatMetrics(metrics: Iterable<Metric>): string {
  return Array.from(metrics, formatMetric).join("\n");
}

function formatMetric({ name, help, type, samples }: Metric): string {
  const lines = [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`];
  for (const { labels, value } of samples) {
    lines.push(`${name}${formatLabels(labels)} ${formatValue(value)}`);
  }
  return lines.join("\n") + "\n";
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function formatValue(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
