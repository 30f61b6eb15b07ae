/**
 * Prometheus' text format, read: as much of it as Lars writes.
 *
 * @module
 */

const SAMPLE = /^([a-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/i;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** The samples of a scrape. */
export class MetricsText {
  readonly #samples = new Map<string, { labels: Record<string, string>; value: number }[]>();

  /** Reads what GET /metrics gave; lines of another form are left out. */
  constructor(text: string) {
    for (const line of text.split("\n")) {
      const [, name, labelText = "", value] = SAMPLE.exec(line) ?? [];
      if (name === undefined) continue;
      const labels = Object.fromEntries([...labelText.matchAll(LABEL)].map(([, k, v]) => [k, v]));
      const samples = this.#samples.get(name) ?? [];
      samples.push({ labels, value: Number(value) });
      this.#samples.set(name, samples);
    }
  }

  /**
   * A metric's value, summed over its labels, or over the samples with a given label such as `peer="dns"`; undefined where
   * there is none.
   */
  sum(name: string, label?: string): number | undefined {
    const [, key, wanted] = /^(\w+)="(.*)"$/.exec(label ?? "") ?? [];
    const samples = this.#samples.get(name)
      ?.filter(({ labels }) => key === undefined || labels[key] === wanted) ?? [];
    return samples.length === 0 ? undefined : samples.reduce((sum, { value }) => sum + value, 0);
  }

  /** The labels of a metric's samples that are 1. */
  labelsOfOnes(name: string): Readonly<Record<string, string>>[] {
    return (this.#samples.get(name) ?? []).filter(({ value }) => value === 1)
      .map(({ labels }) => labels);
  }

  /** The labels of a metric's first sample; none where there is no such metric. */
  labels(name: string): Readonly<Record<string, string>> {
    return this.#samples.get(name)?.[0].labels ?? {};
  }
}
