/**
 * The balancer against a model of it that is slow and plain: arrays, scanned and copied, and the rules in the order and
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
  badWindows: number;
  agedFrom: number;
  multiple: number;
  duePick: number;
  tried: number;
}

class Model {
  idle: ModelHost[] = [];
  overloaded: ModelHost[] = [];
  access = 0;
  transitions = 0;
  spared = 0;
  #picks = 0;
  #unprobedFrom: number | undefined = undefined;
  #refused = false;
  /** The overloaded hosts whose age is not counted since they are to be probed next. */
  #unproven: ModelHost[] = [];
  /** Nor those whose overload ends by a report alone. */
  #ageless: ModelHost[] = [];
  #spared: ModelHost[] = [];
  #settings: BalancerSettings;

  constructor(settings: BalancerSettings) {
    this.#settings = settings;
  }

  update(ids: number[], now: number): void {
    this.idle = this.idle.filter(({ id }) => ids.includes(id));
    this.overloaded = this.overloaded.filter(({ id }) => ids.includes(id));
    this.#unproven = this.#unproven.filter(({ id }) => ids.includes(id));
    for (const id of ids) {
      if (this.idle.some((host) => host.id === id)) continue;
      if (this.overloaded.some((host) => host.id === id)) continue;
      this.idle.push({
        id,
        ...this.#idleCounts(now),
        ...{ badWindows: 0, agedFrom: 0, multiple: 1, duePick: 0, tried: 0 },
      });
    }
    if (ids.length === 0) this.access = 0;
    while (this.overloaded.length > this.#mostOverloaded()) this.#turnIdle(this.overloaded[0], now);
  }

  choose(now: number): number {
    if (this.idle.length === 0 && this.overloaded.length === 0) return -NOEXIST;
    if (this.overloaded.length > 0) this.#endOverloads(now);
    if (this.overloaded.length === 0) return this.#take(this.idle);
    this.#picks += 1;
    this.#unprobedFrom ??= now;
    const { probeNum, probeBackoff, overloadTimeoutMs } = this.#settings;
    const isTurn = this.access >= probeNum;
    if (!isTurn) this.access += 1;
    const isOverdue = probeBackoff > 1 && now - this.#unprobedFrom >= overloadTimeoutMs;
    const isLastResort = this.idle.length === 0 && this.#unproven.length > 0;
    if (isTurn || isOverdue || isLastResort) {
      const host = this.#toProbe(now);
      if (host !== undefined) return this.#probe(host, now);
    }
    this.#refused = this.idle.length === 0;
    return this.#refused ? -OVERLOAD : this.#take(this.idle);
  }

  #endOverloads(now: number): void {
    const { recoverUnreported, returnProven, overloadTimeoutMs } = this.#settings;
    if (!recoverUnreported && !returnProven) return;
    this.overloaded
      .filter((host) => !this.#unproven.includes(host) && !this.#ageless.includes(host))
      .filter((host) => now - host.agedFrom >= overloadTimeoutMs)
      .sort((a, b) => a.agedFrom - b.agedFrom)
      .forEach((host) => {
        if (returnProven && host.runErr > 0) this.#unproven.push(host);
        else if (recoverUnreported) this.#turnIdle(host, now);
        else this.#ageless.push(host);
      });
  }

  #toProbe(now: number): ModelHost | undefined {
    const { probeBackoff, overloadTimeoutMs } = this.#settings;
    if (this.#unproven.length > 0) return this.#unproven[0];
    const [first] = this.overloaded;
    if (probeBackoff === 1 || now - first.tried >= overloadTimeoutMs) return first;
    // A stable sort: equals stay in the order of the queue.
    const [due] = [...this.overloaded].sort((a, b) => a.duePick - b.duePick);
    return due.duePick <= this.#picks ? due : undefined;
  }

  #probe(host: ModelHost, now: number): number {
    const { probeNum, probeBackoff } = this.#settings;
    this.access = 0;
    this.#refused = false;
    this.#unprobedFrom = undefined;
    this.overloaded = [...this.overloaded.filter((other) => other !== host), host];
    host.tried = now;
    host.multiple = Math.min(64, host.multiple * probeBackoff);
    host.duePick = this.#picks + Math.ceil((probeNum + 1) * host.multiple);
    if (this.#unproven.includes(host)) {
      this.#unproven = this.#unproven.filter((other) => other !== host);
      host.agedFrom = now;
    }
    return host.id;
  }

  report(id: number, retcode: number, timecost: number, now: number): void {
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
      if (s.timecostUnitMs === 0 || host.runErr < 2) host.verr += 1;
      else host.verr += Math.max(1, Math.floor(timecost / s.timecostUnitMs));
    }
    // 2. By the counts.
    if (idle !== undefined && retcode !== 0) {
      if (host.verr / (host.vsucc + host.verr) > s.errRate || host.runErr >= s.continErrLimit) {
        if (this.#mayTurnOverloaded(host)) return this.#turnOverloaded(host, now);
      }
    }
    if (idle === undefined) {
      if (retcode === 0 && host.multiple > 1) {
        host.multiple = 1;
        host.duePick = Math.min(host.duePick, this.#picks);
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
      if (calls > 0 && host.rerr / calls >= s.windowErrRate) host.badWindows += 1;
      else host.badWindows = 0;
      if (host.badWindows >= s.badWindows && this.#mayTurnOverloaded(host)) {
        this.#turnOverloaded(host, now);
      } else {
        Object.assign(host, this.#idleCounts(now));
        this.#spared = this.#spared.filter((other) => other !== host);
      }
    }
    if (idle === undefined && now - host.since >= s.overloadTimeoutMs) {
      if (retcode === 0 || !s.returnProven) this.#turnIdle(host, now);
      else if (this.#ageless.includes(host)) {
        this.#ageless = this.#ageless.filter((other) => other !== host);
        this.#unproven.push(host);
      }
    }
  }

  #mostOverloaded(): number {
    const hosts = this.idle.length + this.overloaded.length;
    return Math.max(1, Math.floor(hosts * this.#settings.maxOverloadedPercent / 100));
  }

  #mayTurnOverloaded(host: ModelHost): boolean {
    if (this.overloaded.length < this.#mostOverloaded()) return true;
    if (!this.#spared.includes(host)) {
      this.#spared.push(host);
      this.spared += 1;
    }
    return false;
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
    this.#unproven = this.#unproven.filter((other) => other !== host);
    this.#ageless = this.#ageless.filter((other) => other !== host);
    this.#spared = this.#spared.filter((other) => other !== host);
    this.idle.push(Object.assign(host, this.#idleCounts(now), { badWindows: 0 }));
    this.transitions += 1;
  }

  #turnOverloaded(host: ModelHost, now: number): void {
    const { initErrCnt: verr } = this.#settings;
    this.idle = this.idle.filter((other) => other !== host);
    if (this.overloaded.length === 0 && !this.#refused) this.#unprobedFrom = undefined;
    const wait = { agedFrom: now, multiple: 1, duePick: this.#picks, tried: now };
    this.overloaded.push(
      Object.assign(host, this.#idleCounts(now), { vsucc: 0, verr, badWindows: 0, ...wait }),
    );
    this.transitions += 1;
  }
}

function randomSettings(random: SeededRandom, improved: boolean): BalancerSettings {
  const base = {
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
  if (!improved) return { ...ORIGINAL, ...base };
  const improvements = {
    badWindows: random.pick([1, 2, 3]),
    timecostUnitMs: random.pick([0, 1, 100]),
    recoverUnreported: random.pick([true, true, false]),
    probeBackoff: random.pick([1, 1.5, 2, 10]),
    returnProven: random.pick([true, true, false]),
    maxOverloadedPercent: random.pick([100, 100, 50, 10]),
  };
  return { ...ORIGINAL, ...base, ...improvements };
}

function toText(balancer: Balancer): string {
  const texts = [...balancer.idle, ...balancer.overloaded].map((host: Readonly<HostState>) =>
    [
      host.ip,
      host.overloaded ? "overloaded" : "idle",
      ...[host.vsucc, host.verr, host.rsucc, host.rerr, host.runSucc, host.runErr],
      ...[host.badWindows, host.sinceMs],
    ].join(" ")
  );
  const sizes = `${balancer.idle.size} ${balancer.overloaded.size}`;
  return [sizes, `transitions ${balancer.transitions} spared ${balancer.suppressed}`, ...texts]
    .join(
      "\n",
    );
}

function toModelText({ idle, overloaded, transitions, spared }: Model): string {
  function describe(host: ModelHost, state: string): string {
    const { id, vsucc, verr, rsucc, rerr, runSucc, runErr, badWindows, since } = host;
    return [id, state, vsucc, verr, rsucc, rerr, runSucc, runErr, badWindows, since].join(" ");
  }
  return [
    `${idle.length} ${overloaded.length}`,
    `transitions ${transitions} spared ${spared}`,
    ...idle.map((host) => describe(host, "idle")),
    ...overloaded.map((host) => describe(host, "overloaded")),
  ].join("\n");
}

/** Runs both through the same random steps, and returns how often a host changed state and was picked. */
function compare(seed: number, { improved, steps }: { improved: boolean; steps: number }) {
  const random = new SeededRandom(seed);
  const settings = randomSettings(random, improved);
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
      const expected = model.choose(now);
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
      model.report(ip, retcode, costMs, now);
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

for (const improved of [false, true]) {
  Deno.test(`Balancer does as the model with the improvements ${improved ? "drawn" : "off"}`, () => {
    let [transitions, picks] = [0, 0];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const ran = compare(seed, { improved, steps: 300 });
      transitions += ran.transitions;
      picks += ran.picks;
    }
    // The runs were worth something: hosts changed state, and picks found one.
    assertGreater(transitions, 10 * SEEDS);
    assertGreater(picks, 50 * SEEDS);
  });
}
