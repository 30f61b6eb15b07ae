/**
 * The policy original against a model of it that is slow and plain: arrays, scanned and copied, and the rules in the order and
 * the words of the specification. Random settings, routes, outcomes and times, seeded: a failure names its seed.
 *
 * @module
 */

import { assertEquals, assertGreater } from "@std/assert";
import {
  Balancer,
  type BalancerSettings,
  type HostState,
  NOEXIST,
  ORIGINAL,
  OVERLOAD,
} from "./mod.ts";
import { SeededRandom } from "../../testing/seeded_random.ts";
import { isThorough } from "../../testing/thorough.ts";

interface ModelHost {
  id: number;
  vsucc: number;
  verr: number;
  rsucc: number;
  rerr: number;
  runSucc: number;
  runErr: number;
  since: number;
}

class Model {
  idle: ModelHost[] = [];
  overloaded: ModelHost[] = [];
  access = 0;
  transitions = 0;
  #settings: BalancerSettings;

  constructor(settings: BalancerSettings) {
    this.#settings = settings;
  }

  update(ids: number[], now: number): void {
    this.idle = this.idle.filter(({ id }) => ids.includes(id));
    this.overloaded = this.overloaded.filter(({ id }) => ids.includes(id));
    for (const id of ids) {
      if (this.idle.some((host) => host.id === id)) continue;
      if (this.overloaded.some((host) => host.id === id)) continue;
      this.idle.push({ id, ...this.#idleCounts(now) });
    }
    if (ids.length === 0) this.access = 0;
  }

  choose(): number {
    const { probeNum } = this.#settings;
    if (this.idle.length === 0 && this.overloaded.length === 0) return -NOEXIST;
    if (this.overloaded.length === 0) return this.#take(this.idle);
    if (this.access >= probeNum) {
      this.access = 0;
      return this.#take(this.overloaded);
    }
    this.access += 1;
    return this.idle.length === 0 ? -OVERLOAD : this.#take(this.idle);
  }

  report(id: number, retcode: number, now: number): void {
    const s = this.#settings;
    const idle = this.idle.find((host) => host.id === id);
    const host = idle ?? this.overloaded.find((host) => host.id === id);
    if (host === undefined) return;
    // 1. Count.
    if (retcode === 0) {
      host.vsucc += 1;
      host.rsucc += 1;
      host.runSucc += 1;
      host.runErr = 0;
    } else {
      host.rerr += 1;
      host.runErr += 1;
      host.runSucc = 0;
      host.verr += 1;
    }
    // 2. By the counts.
    if (idle !== undefined && retcode !== 0) {
      if (host.verr / (host.vsucc + host.verr) > s.errRate || host.runErr >= s.continErrLimit) {
        return this.#turnOverloaded(host, now);
      }
    }
    if (idle === undefined && retcode === 0) {
      if (host.vsucc / (host.vsucc + host.verr) > s.succRate || host.runSucc >= s.continSuccLimit) {
        return this.#turnIdle(host, now);
      }
    }
    // 3. Window.
    if (idle !== undefined && now - host.since >= s.idleTimeoutMs) {
      const calls = host.rsucc + host.rerr;
      if (calls > 0 && host.rerr / calls >= s.windowErrRate) this.#turnOverloaded(host, now);
      else Object.assign(host, this.#idleCounts(now));
    }
    if (idle === undefined && now - host.since >= s.overloadTimeoutMs) this.#turnIdle(host, now);
  }

  #idleCounts(now: number) {
    const { initSuccCnt: vsucc } = this.#settings;
    return { vsucc, verr: 0, rsucc: 0, rerr: 0, runSucc: 0, runErr: 0, since: now };
  }

  #take(queue: ModelHost[]): number {
    const host = queue.shift()!;
    queue.push(host);
    return host.id;
  }

  #turnIdle(host: ModelHost, now: number): void {
    this.overloaded = this.overloaded.filter((other) => other !== host);
    this.idle.push(Object.assign(host, this.#idleCounts(now)));
    this.transitions += 1;
  }

  #turnOverloaded(host: ModelHost, now: number): void {
    const { initErrCnt: verr } = this.#settings;
    this.idle = this.idle.filter((other) => other !== host);
    this.overloaded.push(
      Object.assign(host, this.#idleCounts(now), { vsucc: 0, verr }),
    );
    this.transitions += 1;
  }
}

function randomSettings(random: SeededRandom): BalancerSettings {
  const drawn = {
    probeNum: random.pick([0, 1, 2, 3, 10]),
    initSuccCnt: random.pick([0, 1, 5, 20, 180]),
    initErrCnt: random.pick([0, 1, 5]),
    errRate: random.pick([0, 0.1, 0.5, 0.75, 1]),
    succRate: random.pick([0, 0.3, 0.5, 0.95, 1]),
    continErrLimit: random.pick([1, 2, 4, 15]),
    continSuccLimit: random.pick([1, 2, 4, 15]),
    windowErrRate: random.pick([0, 0.5, 0.7, 1]),
    idleTimeoutMs: random.pick([0, 1000, 5000, 15_000]),
    overloadTimeoutMs: random.pick([0, 1000, 5000, 15_000]),
  };
  return { ...ORIGINAL, ...drawn };
}

function toText(balancer: Balancer): string {
  const texts = [...balancer.idle, ...balancer.overloaded].map((host: Readonly<HostState>) =>
    [
      host.ip,
      host.overloaded ? "overloaded" : "idle",
      ...[host.vsucc, host.verr, host.rsucc, host.rerr, host.runSucc, host.runErr],
      host.sinceMs,
    ].join(" ")
  );
  const sizes = `${balancer.idle.size} ${balancer.overloaded.size}`;
  return [sizes, `transitions ${balancer.transitions}`, ...texts]
    .join(
      "\n",
    );
}

function toModelText({ idle, overloaded, transitions }: Model): string {
  function describe(host: ModelHost, state: string): string {
    const { id, vsucc, verr, rsucc, rerr, runSucc, runErr, since } = host;
    return [id, state, vsucc, verr, rsucc, rerr, runSucc, runErr, since].join(" ");
  }
  return [
    `${idle.length} ${overloaded.length}`,
    `transitions ${transitions}`,
    ...idle.map((host) => describe(host, "idle")),
    ...overloaded.map((host) => describe(host, "overloaded")),
  ].join("\n");
}

/** Runs both through the same random steps, and returns how often a host changed state and was picked. */
function compare(seed: number, steps: number) {
  const random = new SeededRandom(seed);
  const settings = randomSettings(random);
  const balancer = new Balancer(settings);
  const model = new Model(settings);
  const hostCount = random.pick([1, 2, 3, 8, 20]);
  const failing = random.next();
  const stepMs = random.pick([1000, 250, 0.1]);
  let now = random.pick([0, 1, 1e9]);
  let picks = 0;

  for (let step = 0; step < steps; step++) {
    const kind = step === 0 ? 0 : random.next();
    let what: string;
    if (kind < 0.03) {
      const ids = Array.from(
        { length: random.below(hostCount + 1) },
        () => 1 + random.below(hostCount + 1),
      );
      what = `update ${ids}`;
      balancer.update(ids.map((ip) => ({ ip, port: 80, weight: 100 })), now);
      model.update(ids, now);
    } else if (kind < 0.45) {
      const choice = balancer.choose(now);
      const expected = model.choose();
      what = `choose ${expected}`;
      const actual = typeof choice === "number" ? -choice : choice.ip;
      assertEquals(actual, expected, `seed ${seed}, step ${step}, at ${now} ms`);
      picks += Number(expected > 0);
    } else if (kind < 0.9) {
      const ip = 1 + random.below(hostCount + 1);
      const retcode = random.next() < failing ? random.pick([1, 2, -1]) : 0;
      const costMs = random.pick([0, 99, 100, 250, 1000]);
      what = `report ${ip} ${retcode} ${costMs}`;
      balancer.report({ ip, port: 80, retcode, costMs }, now);
      model.report(ip, retcode, now);
    } else {
      now += stepMs * random.pick([1, 1, 5, 15, 40]);
      what = "time passes";
    }
    const [actual, expected] = [toText(balancer), toModelText(model)];
    if (actual !== expected) {
      assertEquals(actual, expected, `seed ${seed}, step ${step}, ${what} at ${now} ms`);
    }
  }
  return { transitions: model.transitions, picks };
}

const SEEDS = isThorough ? 2000 : 400;

Deno.test("Balancer does as the model with the policy original", () => {
  let [transitions, picks] = [0, 0];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const ran = compare(seed, 300);
    transitions += ran.transitions;
    picks += ran.picks;
  }
  // The runs were worth something: hosts changed state, and picks found one.
  assertGreater(transitions, 10 * SEEDS);
  assertGreater(picks, 50 * SEEDS);
});
