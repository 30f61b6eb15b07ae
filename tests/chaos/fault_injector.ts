/**
 * Makes faults happen to a system, and ends them.
 *
 * @module
 */

import { type Fault, type FaultKind, nameOf } from "./fault.ts";
import { setClock } from "./fake_clock.ts";
import type { ChaosSystem } from "./system.ts";

/** Ends a fault. */
export type Undo = () => void | Promise<void>;

const HOUR_SEC = 3600;

/** Of each such time a throttled process runs a fifth, ms. */
const THROTTLE_MS = { stopped: 80, running: 20 };

const FILL_BYTES = 65_536;

/** Makes a fault; gives what ends it. */
export async function inject(fault: Fault, system: ChaosSystem): Promise<Undo> {
  return await INJECTORS[fault.kind](fault, system);
}

type Injector = (fault: Fault, system: ChaosSystem) => Undo | Promise<Undo>;

const INJECTORS: Record<FaultKind, Injector> = {
  kill: async ({ target: { role } }, system) => {
    if (role === "database") {
      await system.mariadb!.kill();
      return () => system.mariadb!.restart();
    }
    await system.kill(role);
    return () => system.restart(role);
  },
  stop: ({ target: { role } }, system) => {
    const process = processOf(role, system);
    process.signal("SIGSTOP");
    return () => process.signal("SIGCONT");
  },
  throttle: ({ target: { role } }, system) => {
    const process = processOf(role, system);
    let timer: ReturnType<typeof setTimeout>;
    const stop = () => {
      process.signal("SIGSTOP");
      timer = setTimeout(run, THROTTLE_MS.stopped);
    };
    const run = () => {
      process.signal("SIGCONT");
      timer = setTimeout(stop, THROTTLE_MS.running);
    };
    stop();
    return () => {
      clearTimeout(timer);
      process.signal("SIGCONT");
    };
  },
  descriptors: async ({ target: { role } }, system) => {
    const { pid } = system.roles.get(role)!;
    const limits = await Deno.readTextFile(`/proc/${pid}/limits`);
    const [, before] = /Max open files\s+(\d+)/.exec(limits)!;
    const numbers = Array.from(Deno.readDirSync(`/proc/${pid}/fd`), ({ name }) => Number(name));
    await limitDescriptors(pid, Math.max(...numbers) + 1);
    return () => limitDescriptors(pid, Number(before));
  },
  clock: ({ target: { role } }, system) => {
    setClock(system.clockFile(role), HOUR_SEC);
    return () => setClock(system.clockFile(role), 0);
  },
  throw: breakWorker,
  exit: breakWorker,
  hang: breakWorker,
  cut: breakLink,
  silence: breakLink,
  delay: breakLink,
  fill: async (_, system) => {
    const path = `${system.disk!.folder}/filler`;
    const zeros = new Uint8Array(FILL_BYTES);
    await using filler = await Deno.open(path, { write: true, create: true });
    try {
      for (;;) await filler.write(zeros);
    } catch {
      // It is full.
    }
    return () => Deno.remove(path);
  },
};

function processOf(name: string, system: ChaosSystem): { signal(signal: Deno.Signal): void } {
  return name === "database" ? system.mariadb! : system.roles.get(name)!;
}

async function breakWorker({ kind, target }: Fault, system: ChaosSystem): Promise<Undo> {
  const { role, worker } = target;
  const { status } = await system.roles.get(role)!.post(
    `/debug/fault?worker=${worker}&kind=${kind}`,
  );
  if (status !== 200) throw new Error(`Cannot break ${nameOf(target)}: status ${status}`);
  return () => {};
}

function breakLink({ kind, target }: Fault, system: ChaosSystem): Undo {
  const link = system.links.get(nameOf(target))!;
  link.setMode(kind as "cut" | "silence" | "delay");
  return () => link.setMode("pass");
}

async function limitDescriptors(pid: number, count: number): Promise<void> {
  const args = ["--pid", String(pid), `--nofile=${count}:`];
  const { success, stderr } = await new Deno.Command("prlimit", { args }).output();
  if (!success) throw new Error(`prlimit failed: ${new TextDecoder().decode(stderr)}`);
}
