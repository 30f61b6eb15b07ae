/**
 * How long picks of a shard stay unanswered when its worker throws, exits or hangs, and when the whole agent is restarted:
 * on an idle machine and under `lars qps`. What counts is the longest time between two answers in a row.
 *
 * @module
 */

import {
  GetHostRequest,
  GetHostResponse,
  MessageId,
  type ModuleName,
  shardOf,
} from "../../proto/mod.ts";
import { bodyOf, readBody } from "../../testing/proto/plain_message.ts";
import { decodeDatagram, encodeFrame } from "../../reactor/mod.ts";
import { FakeDns } from "../../testing/agent_peers.ts";
import { Qps } from "../../testing/qps.ts";
import { Role } from "../../testing/role.ts";
import { median } from "../harness/statistics.ts";
import { pause, until } from "../harness/waiting.ts";
import type { Figure, Suite, SuiteInput } from "../suite.ts";

const QPS_THREADS = 2;
const PROBE_INTERVAL_MS = 2;
/** Between two faults, so that the worker to die is one that had lasted. */
const SETTLE_MS = 1300;
/** A hang comes anywhere between two beats of the worker. */
const BEAT_MS = 100;
const OUTAGE_DEADLINE_SEC = 5;

const HOSTS = [{ ip: 0x0a000001, port: 80, weight: 100 }];
/** The module that is probed, and that qps loads as well. */
const NAME: ModuleName = { modid: 1, cmdid: 1 };

/** What breaks. */
const FAULTS: Readonly<Record<string, (agent: Role) => Promise<void>>> = {
  "a worker throws": (agent) => breakShard(agent, "throw"),
  "a worker exits": (agent) => breakShard(agent, "exit"),
  "a worker hangs": (agent) => breakShard(agent, "hang"),
  async "the agent restarts"(agent) {
    await agent.stop();
    await agent.restart();
  },
};

/** Outages of an agent. */
export const failoverSuite: Suite = {
  name: "failover",
  summary: "How long a shard does not answer when its worker dies or hangs, or the agent restarts",
  isExtra: true,
  async run({ rounds, signal }: SuiteInput) {
    await using dns = await FakeDns.start();
    for (let modid = 1; modid <= QPS_THREADS; modid++) dns.set({ modid, cmdid: 1, hosts: HOSTS });
    const figures: Figure[] = [];
    for (const isLoaded of [false, true]) {
      for (const [fault, act] of Object.entries(FAULTS)) {
        const outagesMs: number[] = [];
        for (let round = 0; round < rounds; round++) {
          outagesMs.push(await measureOutage({ dnsPort: dns.port, isLoaded, act, signal }));
        }
        const name = isLoaded ? `${fault}, under load` : fault;
        figures.push({ name, unit: "ms", value: median(outagesMs) });
      }
    }
    return figures;
  },
};

/** An agent each time: one that hangs a second time ends itself. */
async function measureOutage(
  { dnsPort, isLoaded, act, signal }: {
    dnsPort: number;
    isLoaded: boolean;
    act: (agent: Role) => Promise<void>;
    signal: AbortSignal;
  },
): Promise<number> {
  const env = { LARS_FAULTS: "1" };
  await using agent = await Role.start("agent", [`dnsserver.port=${dnsPort}`], { env });
  await using _qps = isLoaded ? await Qps.start(QPS_THREADS, agent.port) : undefined;
  await using prober = new Prober(agent.port);
  await pause(SETTLE_MS + Math.random() * BEAT_MS, signal);
  return await prober.outageMs(() => act(agent), signal);
}

/** Asks all the time, never twice for the same thing, and knows when it was answered. */
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
  async outageMs(act: () => Promise<void>, signal: AbortSignal): Promise<number> {
    this.#longestMs = 0;
    await act();
    await pause(SETTLE_MS, signal);
    await until(() => Promise.resolve(performance.now() - this.#lastMs < SETTLE_MS / 2), {
      what: "picks are answered again",
      everyMs: 10,
      deadlineSec: OUTAGE_DEADLINE_SEC,
      signal,
    });
    return this.#longestMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#socket.close();
    await this.#receiving;
  }

  #ask(): void {
    const body = bodyOf(GetHostRequest, { seq: ++this.#seq, ...NAME });
    this.#socket.send(encodeFrame(MessageId.GetHostRequest, body), this.#to).catch(() => {});
  }

  async #receive(): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (;;) {
        const [datagram] = await this.#socket.receive(buffer);
        const { retcode } = readBody(GetHostResponse, decodeDatagram(datagram)!.body);
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

async function breakShard(agent: Role, kind: string): Promise<void> {
  const { status, text } = await agent.post(
    `/debug/fault?worker=shard${shardOf(NAME)}&kind=${kind}`,
  );
  if (status !== 200) throw new Error(text);
}
