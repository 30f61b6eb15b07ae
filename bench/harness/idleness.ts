/**
 * How busy the machine is with other things: what disturbs a measurement is to be seen beside it.
 *
 * @module
 */

/** Ticks of all cores since the machine's start. */
export interface CpuTicks {
  /** All of them. */
  all: number;
  /** Those in which nothing ran. */
  idle: number;
}

/**
 * Reads the first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal; guests are in user already.
 *
 * @throws {Error} When it is none.
 */
export function parseCpuTicks(stat: string): CpuTicks {
  const [, line] = /^cpu +((?:\d+ ?){8,})/.exec(stat) ?? [];
  if (line === undefined) throw new Error("Cannot read /proc/stat as it must begin with cpu");
  const ticks = line.trim().split(" ").slice(0, 8).map(Number);
  return { all: ticks.reduce((sum, n) => sum + n, 0), idle: ticks[3] + ticks[4] };
}

/** What share of the machine was busy between two samples, 0 … 1. */
export function busyShare(before: CpuTicks, after: CpuTicks): number {
  const all = after.all - before.all;
  return all === 0 ? 0 : 1 - (after.idle - before.idle) / all;
}

/** Takes a sample. */
export function readCpuTicks(): CpuTicks {
  return parseCpuTicks(Deno.readTextFileSync("/proc/stat"));
}
