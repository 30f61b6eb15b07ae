/**
 * How long picks of a shard stay unanswered when its worker throws, exits or hangs, and when the whole agent is
 * restarted, on an idle machine and under `lars qps`:
 *
 *     deno run --allow-all bench/failover_bench.ts
 *
 * The agent is a real process. A prober asks every 2 ms and never twice for the same thing; what is printed is the longest
 * time between two answers in a row, per kind of fault.
 *
 * @module
 */

import {
  decodeGetHostResponse,
  encodeGetHostRequest,
  MessageId,
  type ModuleName,
  shardOf,
} from "../proto/mod.ts";
import { decodeDatagram, encodeFrame } from "../reactor/mod.ts";
import { FakeDns } from "../tests/agent_peers.ts";
import { Qps } from "../tests/qps.ts";
import { Role } from "../tests/role.ts";

const RUNS = 5;
const PROBE_INTERVAL_MS = 2;
/** Between two faults, so that the worker to die is one that had lasted. */
const SETTLE_MS = 1300;
const OUTAGE_DEADLINE_MS = 5000;

const HOSTS = [{ ip: 0x0a000001, port: 80, weight: 100 }];
/** The module that is probed, of shard 2, and that qps loads as well. */
const NAME: ModuleName = { modid: 1, cmdid: 1 };

/** Asks all the time, and knows when it was answered. */
class Prober implements AsyncDisposable {
  readonly #socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  readonly #to: Deno.NetAddr;
  readonly #receiving: Promise<void>;
  readonly #timer: ReturnType<typeof setInterval>;
  #seq = 0;
  #lastMs = performance.now();
  #longestMs = 0;

  constructor(agentPort: number) {
    this.#to = { transport: "udp", hostname: "127.0.0.1", port: agentPort + shardOf(NAME) };
    this.#receiving = this.#receive();
    this.#timer = setInterval(() => this.#ask(), PROBE_INTERVAL_MS);
  }

  /** The longest time without a host while `act` runs, and until hosts come again. */
  async outageMs(act: () => Promise<unknown>): Promise<number> {
    this.#longestMs = 0;
    await act();
    const actedMs = performance.now();
    await sleep(SETTLE_MS);
    while (performance.now() - this.#lastMs > SETTLE_MS / 2) {
      if (performance.now() - actedMs > OUTAGE_DEADLINE_MS) return Infinity;
      await sleep(10);
    }
    return this.#longestMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#socket.close();
    await this.#receiving;
  }

  #ask(): void {
    const body = encodeGetHostRequest({ seq: ++this.#seq, ...NAME });
    this.#socket.send(encodeFrame(MessageId.GetHostRequest, body), this.#to).catch(() => {});
  }

  async #receive(): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (;;) {
        const [datagram] = await this.#socket.receive(buffer);
        const { retcode } = decodeGetHostResponse(decodeDatagram(datagram)!.body);
        if (retcode !== 0) continue; // an answer, but no host
        const nowMs = performance.now();
        this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs);
        this.#lastMs = nowMs;
      }
    } catch {
      // Closed.
    }
  }
}

async function startAgent(dns: FakeDns): Promise<Role> {
  return await Role.start("agent", [`dnsserver.port=${dns.port}`], {
    env: { LARS_FAULTS: "1" },
  });
}

/** Outages of a shard whose worker is replaced, all in one agent: it may lose any number this way. */
async function measureLoss(dns: FakeDns, kind: "throw" | "exit", load: boolean): Promise<number[]> {
  const outagesMs: number[] = [];
  await using agent = await startAgent(dns);
  await using _qps = load ? await Qps.start(2, agent.port) : undefined;
  await using prober = new Prober(agent.port);
  await sleep(SETTLE_MS);
  for (let run = 0; run < RUNS; run++) {
    outagesMs.push(await prober.outageMs(() => breakShard(agent, kind)));
  }
  return outagesMs;
}

/** Outages of a shard that hangs: an agent each, as the second one would end it. */
async function measureHang(dns: FakeDns, load: boolean): Promise<number[]> {
  const outagesMs: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    await using agent = await startAgent(dns);
    await using _qps = load ? await Qps.start(2, agent.port) : undefined;
    await using prober = new Prober(agent.port);
    await sleep(SETTLE_MS + Math.random() * 100); // anywhere between two beats
    outagesMs.push(await prober.outageMs(() => breakShard(agent, "hang")));
  }
  return outagesMs;
}

async function measureRestart(dns: FakeDns, load: boolean): Promise<number[]> {
  const outagesMs: number[] = [];
  await using agent = await startAgent(dns);
  await using _qps = load ? await Qps.start(2, agent.port) : undefined;
  await using prober = new Prober(agent.port);
  for (let run = 0; run < RUNS; run++) {
    outagesMs.push(
      await prober.outageMs(async () => {
        await agent.stop();
        await agent.restart();
      }),
    );
  }
  return outagesMs;
}

async function breakShard(agent: Role, kind: string): Promise<void> {
  const { status, text } = await agent.post(
    `/debug/fault?worker=shard${shardOf(NAME)}&kind=${kind}`,
  );
  if (status !== 200) throw new Error(text);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function print(name: string, outagesMs: number[]): void {
  const [best, median, worst] = [0, outagesMs.length >> 1, outagesMs.length - 1]
    .map((i) => outagesMs.toSorted((a, b) => a - b)[i].toFixed(0).padStart(5));
  console.log(`${name.padEnd(18)} best ${best} ms, median ${median} ms, worst ${worst} ms`);
}

await using dns = await FakeDns.start();
for (let modid = 1; modid <= 2; modid++) dns.set({ modid, cmdid: 1, hosts: HOSTS });
const kinds = new Set(Deno.args.length > 0 ? Deno.args : ["throw", "exit", "hang", "restart"]);
for (const load of [false, true]) {
  const suffix = load ? " under load" : "";
  if (kinds.has("throw")) print("throw" + suffix, await measureLoss(dns, "throw", load));
  if (kinds.has("exit")) print("exit" + suffix, await measureLoss(dns, "exit", load));
  if (kinds.has("hang")) print("hang" + suffix, await measureHang(dns, load));
  if (kinds.has("restart")) print("restart" + suffix, await measureRestart(dns, load));
}
