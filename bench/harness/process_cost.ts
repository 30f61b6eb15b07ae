/**
 * What a process costs, as the kernel counts it.
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
