/**
 * What a process costs, and how busy the machine is, as the kernel counts it in /proc: what disturbs a measurement is to be
 * seen beside it.
 *
 * @module
 */

const NS_PER_SEC = 1e9;

/** Memory that a process holds now, MB (10⁶ bytes). */
export function residentMb(pid: number): number {
  return statusMb(pid, "VmRSS");
}

/** The most memory that a process ever held, MB (10⁶ bytes). */
export function peakResidentMb(pid: number): number {
  return statusMb(pid, "VmHWM");
}

/** How many descriptors a process has open now. */
export function descriptors(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

function statusMb(pid: number, field: string): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const [, kib] = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)!;
  return Number(kib) * 1024 / 1e6;
}

/** Time that all threads of a process have run so far, s. */
export function cpuSec(pid: number): number {
  let ns = 0;
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    const [running] = Deno.readTextFileSync(`/proc/${pid}/task/${name}/schedstat`).split(" ");
    ns += Number(running);
  }
  return ns / NS_PER_SEC;
}

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
