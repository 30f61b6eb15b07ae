import { assert, assertEquals } from "@std/assert";
import type { ModuleName } from "../../proto/mod.ts";
import { DEFAULT_SETTINGS, ORIGINAL } from "../balancer/mod.ts";
import type { Module } from "./module.ts";
import { ModuleTable } from "./module_table.ts";
import { VerdictTable } from "./verdict_table.ts";

const TIMES = {
  firstPullWaitMs: 50,
  updateTimeoutMs: 15_000,
  negativeTtlMs: 1000,
  unknownNamesPerSec: 1000,
};
const NAME = { modid: 1, cmdid: 2 };
const HOSTS = [{ ip: 1, port: 80, weight: 100 }, { ip: 2, port: 80, weight: 100 }];

/** A table that is joined to a dns client unless told otherwise, and what it asked for. */
function createTable(
  { isJoined = true, memory }: { isJoined?: boolean; memory?: SharedArrayBuffer } = {},
) {
  const pulls: ModuleName[] = [];
  const drops: ModuleName[] = [];
  let transitions = 0;
  let restored = 0;
  let refused = 0;
  const table = new ModuleTable(ORIGINAL, TIMES, {
    onPull: (modules) => pulls.push(...modules),
    onDrop: (modules) => drops.push(...modules),
    onTransition: (hosts) => transitions += hosts,
    onRestore: (hosts) => restored += hosts,
    onSuppress: () => {},
    onPullRefused: () => refused++,
    verdicts: memory && new VerdictTable({ memory }),
  });
  if (isJoined) finish(table.join(-1, -1));
  return {
    table,
    pulls,
    drops,
    transitions: () => transitions,
    restored: () => restored,
    refused: () => refused,
  };
}

/** Does all steps of a work. */
function finish(steps: Iterable<unknown>): void {
  for (const _ of steps);
}

/** Asks for a module's route, and notes what the caller is told: a module, undefined, or nothing yet. */
function ask(table: ModuleTable, nowMs: number, name: ModuleName = NAME) {
  const caller: { answers: (Module | undefined)[] } = { answers: [] };
  if (table.isAbsent(name, nowMs)) return { answers: [undefined] };
  table.awaitRoute(name, nowMs, (module) => caller.answers.push(module));
  return caller;
}

Deno.test("ModuleTable pulls a module once and answers all its callers when the route comes", () => {
  const { table, pulls } = createTable();
  const first = ask(table, 0);
  const second = ask(table, 10);
  assertEquals(pulls, [NAME]);
  assertEquals([first.answers, second.answers], [[], []]);
  table.update({ ...NAME, hosts: HOSTS }, 20);
  assertEquals(first.answers.length, 1);
  assertEquals(first.answers[0], table.find(NAME, 20));
  assertEquals(second.answers, first.answers);
  assertEquals(table.unresolved, 0);
});

Deno.test("ModuleTable has callers wait for firstPullWaitMs and tells later ones at once", () => {
  const { table, pulls } = createTable();
  const first = ask(table, 0);
  assertEquals(table.nextDeadlineMs, 50);
  table.expireWaiters(49);
  assertEquals(first.answers, []);
  table.expireWaiters(50);
  assertEquals(first.answers, [undefined]);
  assertEquals(table.nextDeadlineMs, undefined);
  assertEquals(ask(table, 60).answers, [undefined]);
  assertEquals(pulls.length, 1);
});

Deno.test("ModuleTable asks dns for so many names a second that do not exist, and takes others not to", () => {
  const { table, pulls, refused } = createTable();
  const burst = 10 * TIMES.unknownNamesPerSec;
  const nameOf = (cmdid: number) => ({ modid: 5, cmdid });
  for (let cmdid = 0; cmdid < burst; cmdid++) {
    assertEquals(ask(table, 0, nameOf(cmdid)).answers, []);
    table.update({ ...nameOf(cmdid), hosts: [] }, 0);
  }
  assertEquals(ask(table, 0).answers, [undefined]);
  assertEquals(ask(table, 0).answers, [undefined]);
  assertEquals([pulls.length, table.unresolved, refused()], [burst, burst, 2]);
  assertEquals(ask(table, 1).answers, []); // a thousand a second
  assertEquals(pulls.length, burst + 1);
});

Deno.test("ModuleTable asks dns for any number of modules that exist", () => {
  const { table, refused } = createTable();
  const modules = 3 * 10 * TIMES.unknownNamesPerSec;
  for (let cmdid = 0; cmdid < modules; cmdid++) {
    assertEquals(ask(table, 0, { modid: 5, cmdid }).answers, []);
    table.update({ modid: 5, cmdid, hosts: HOSTS }, 0);
  }
  assertEquals([table.size, refused()], [modules, 0]);
});

Deno.test("ModuleTable pulls again when dns has not answered for updateTimeoutMs", () => {
  const { table, pulls } = createTable();
  ask(table, 0);
  table.expireWaiters(50);
  finish(table.refresh(14_999));
  assertEquals(pulls.length, 1);
  finish(table.refresh(15_000));
  assertEquals(pulls.length, 2);
  assertEquals(ask(table, 30_000).answers, []); // asked for anew, so its caller may wait anew
  assertEquals(pulls.length, 3);
});

Deno.test("ModuleTable remembers for negativeTtlMs that a module does not exist", () => {
  const { table, pulls } = createTable();
  const caller = ask(table, 0);
  table.update({ ...NAME, hosts: [] }, 5);
  assertEquals(caller.answers, [undefined]);
  assertEquals(ask(table, 1004).answers, [undefined]);
  assertEquals(pulls.length, 1);
  assertEquals(ask(table, 1005).answers, []);
  assertEquals(pulls.length, 2);
});

Deno.test("ModuleTable takes a module that was absent and is pushed later", () => {
  const { table } = createTable();
  ask(table, 0);
  table.update({ ...NAME, hosts: [] }, 5);
  table.update({ ...NAME, hosts: HOSTS }, 10);
  assert(table.find(NAME, 10) !== undefined);
});

Deno.test("ModuleTable loses a module whose route is emptied", () => {
  const { table, pulls } = createTable();
  table.update({ ...NAME, hosts: HOSTS }, 0);
  table.update({ ...NAME, hosts: [] }, 10);
  assertEquals(table.find(NAME, 10), undefined);
  assertEquals(ask(table, 11).answers, [undefined]);
  assertEquals(pulls, []);
});

Deno.test("ModuleTable forgets the oldest of too many names without a route, and answers its callers", () => {
  const { table } = createTable();
  const first = ask(table, 0, { modid: 0, cmdid: 7 });
  for (let modid = 1; modid < 10_000; modid++) ask(table, 0, { modid, cmdid: 7 });
  assertEquals(first.answers, []);
  assertEquals([table.unresolved, table.forgotten], [10_000, 0]);
  ask(table, 1, { modid: 10_000, cmdid: 7 });
  assertEquals(first.answers, [undefined]);
  assertEquals([table.unresolved, table.forgotten], [10_000, 1]);
});

Deno.test("ModuleTable ends the waits of many names in several goes, each due at once", () => {
  const { table } = createTable();
  const callers = Array.from({ length: 1000 }, (_, modid) => ask(table, 0, { modid, cmdid: 7 }));
  const answered = () => callers.filter(({ answers }) => answers.length === 1).length;
  table.expireWaiters(50);
  assert(answered() > 0 && answered() <= 256, String(answered()));
  assertEquals(table.nextDeadlineMs, 50);
  for (let goes = 1; goes < 8; goes++) table.expireWaiters(50);
  assertEquals([answered(), table.nextDeadlineMs], [1000, undefined]);
});

Deno.test("ModuleTable bounds how many callers wait", () => {
  const { table } = createTable();
  for (let i = 0; i < 10_000; i++) assertEquals(ask(table, 0).answers, []);
  assertEquals(ask(table, 0).answers, [undefined]);
  table.expireWaiters(50);
  assertEquals(ask(table, 20_000).answers, []);
});

Deno.test("ModuleTable forgets names that nobody asks for", () => {
  const { table } = createTable();
  ask(table, 0);
  ask(table, 0, { modid: 9, cmdid: 9 });
  table.update({ modid: 9, cmdid: 9, hosts: [] }, 0);
  finish(table.refresh(1000));
  assertEquals(table.unresolved, 1);
  finish(table.refresh(60_000));
  assertEquals(table.unresolved, 0);
});

Deno.test("ModuleTable pulls a module in use again when dns has not confirmed it", () => {
  const { table, pulls } = createTable();
  table.update({ ...NAME, hosts: HOSTS }, 0);
  finish(table.refresh(14_999));
  assertEquals(pulls, []);
  finish(table.refresh(15_000));
  finish(table.refresh(16_000)); // one pull at a time
  assertEquals(pulls, [NAME]);
  table.update({ ...NAME, hosts: HOSTS }, 16_500);
  finish(table.refresh(31_499));
  assertEquals(pulls.length, 1);
  finish(table.refresh(31_500));
  assertEquals(pulls.length, 2);
});

Deno.test("ModuleTable keeps serving a route that dns does not confirm", () => {
  const { table } = createTable();
  table.update({ ...NAME, hosts: HOSTS }, 0);
  for (let nowMs = 0; nowMs <= 3_000_000; nowMs += 10_000) {
    finish(table.refresh(nowMs));
    const module = table.find(NAME, nowMs);
    assert(module !== undefined);
    assertEquals(typeof table.pick(module, nowMs), "object");
  }
});

Deno.test("ModuleTable does not pull a module out of use, and drops it after an hour", () => {
  const { table, pulls, drops } = createTable();
  table.update({ ...NAME, hosts: HOSTS }, 0);
  finish(table.refresh(60_000));
  assertEquals(pulls, []);
  finish(table.refresh(3_599_999));
  assertEquals(drops, []);
  finish(table.refresh(3_600_000));
  assertEquals(drops, [NAME]);
  assertEquals(table.size, 0);
});

Deno.test("ModuleTable asks a new dns client for all that it has, whether or not it is in use", () => {
  const { table, pulls } = createTable();
  const other = { modid: 5, cmdid: 5 };
  const absent = { modid: 6, cmdid: 6 };
  const told = { modid: 7, cmdid: 7 };
  table.update({ ...NAME, hosts: HOSTS }, 0);
  ask(table, 70_000, other);
  ask(table, 70_000, absent);
  table.update({ ...absent, hosts: [] }, 70_000);
  pulls.length = 0;
  table.update({ ...told, hosts: HOSTS }, 70_001);
  finish(table.join(70_001, 70_002));
  assertEquals(pulls, [other, NAME]); // first those that somebody may wait for
});

Deno.test("ModuleTable has callers wait while there is no dns client to ask, and asks when there is", () => {
  const { table, pulls } = createTable({ isJoined: false });
  const early = ask(table, 0);
  const late = ask(table, 10_000);
  assertEquals(table.nextDeadlineMs, undefined);
  table.expireWaiters(20_000);
  assertEquals([early.answers, late.answers, pulls], [[], [], []]);
  finish(table.join(19_999, 20_000));
  assertEquals(pulls, [NAME]);
  assertEquals(table.nextDeadlineMs, 20_050);
  table.expireWaiters(20_050);
  assertEquals([early.answers, late.answers], [[undefined], [undefined]]);
});

Deno.test("ModuleTable takes the routes that the dns client had, and does not ask for them", () => {
  const { table, pulls } = createTable({ isJoined: false });
  const other = { modid: 5, cmdid: 5 };
  const [known, unknown] = [ask(table, 0), ask(table, 0, other)];
  table.update({ ...NAME, hosts: HOSTS }, 2);
  finish(table.join(1, 3));
  assertEquals(known.answers, [table.find(NAME, 3)]);
  assertEquals(unknown.answers, []);
  assertEquals(pulls, [other]);
});

Deno.test("ModuleTable.find() takes a route over that is only offered, and once", () => {
  const { table, pulls } = createTable({ isJoined: false });
  const route = { ...NAME, hosts: HOSTS };
  table.offer(route);
  const module = table.find(NAME, 5)!;
  assertEquals(module.balancer.idle.size, 2);
  table.update({ ...NAME, hosts: [HOSTS[0]] }, 6);
  table.accept(route, 7); // it is due
  assertEquals(module.balancer.idle.size, 1);
  finish(table.join(0, 8));
  assertEquals(pulls, []);
});

Deno.test("ModuleTable.accept() leaves an offer to the newer one that came since", () => {
  const { table } = createTable();
  const [old, newer] = [{ ...NAME, hosts: HOSTS }, { ...NAME, hosts: [HOSTS[0]] }];
  table.offer(old);
  table.offer(newer);
  table.accept(old, 0);
  assertEquals(table.size, 0);
  table.accept(newer, 0);
  assertEquals(table.find(NAME, 0)?.balancer.idle.size, 1);
});

Deno.test("ModuleTable tells which offers somebody waits for, those that come meanwhile included", () => {
  const { table } = createTable({ isJoined: false });
  const routes = [1, 2, 3, 4].map((modid) => ({ modid, cmdid: 1, hosts: HOSTS }));
  const callers = [ask(table, 0, routes[1]), ask(table, 0, routes[3])];
  for (const route of routes.slice(0, 3)) table.offer(route);
  const accepted = [];
  for (const route of table.awaitedOffers) {
    accepted.push(route.modid);
    table.accept(route, 1);
    if (route.modid === 2) table.offer(routes[3]);
  }
  assertEquals(accepted, [2, 4]);
  assertEquals(callers.map(({ answers }) => answers[0]?.modid), [2, 4]);
});

Deno.test("ModuleTable asks for all in use when the dns client is a new one", () => {
  const { table, pulls } = createTable();
  table.update({ ...NAME, hosts: HOSTS }, 0);
  finish(table.join(1, 2));
  assertEquals(pulls, [NAME]);
});

Deno.test("ModuleTable.markAllDirty() has all that was sent be sent again", () => {
  const { table } = createTable();
  const success = { ...HOSTS[0], retcode: 0 };
  const names = [NAME, { modid: 5, cmdid: 5 }];
  for (const name of names) table.update({ ...name, hosts: HOSTS }, 0);
  const module = table.find(NAME, 0)!;
  table.report(module, success, 0);
  assertEquals([...table.dirty.takeReported()], [module]);
  assertEquals([...table.dirty.takeReported()], []);
  finish(table.markAllDirty());
  assertEquals([...table.dirty.takeReported()], [module]);
});

Deno.test("ModuleTable keeps modules whose hosts changed their state apart, and gives each once", () => {
  const { table, transitions } = createTable();
  table.update({ ...NAME, hosts: HOSTS }, 0);
  const module = table.find(NAME, 0)!;
  assertEquals([...table.dirty.takeReported()], []);
  const failure = { ...HOSTS[0], retcode: 1 };
  for (let i = 0; i < 14; i++) assert(table.report(module, failure, 0));
  assertEquals([transitions(), [...table.dirty.takeChanged()]], [0, []]);
  assertEquals([...table.dirty.takeReported()], [module]);
  assertEquals([...table.dirty.takeReported()], []);
  table.report(module, failure, 0);
  assertEquals(transitions(), 1);
  for (let i = 0; i < 15; i++) table.report(module, { ...HOSTS[1], retcode: 1 }, 0);
  assertEquals(transitions(), 2);
  assertEquals([...table.dirty.takeChanged()], [module]);
  assertEquals([[...table.dirty.takeChanged()], [...table.dirty.takeReported()]], [[], []]); // sent already
});

Deno.test("ModuleTable tells of a host that a pick found silent", () => {
  const { table, transitions } = createTable();
  table.update({ ...NAME, hosts: HOSTS }, 0);
  const module = table.find(NAME, 0)!;
  finish(table.reload(DEFAULT_SETTINGS, TIMES));
  const success = { ...HOSTS[1], retcode: 0, costMs: 10, count: 50 };
  table.report(module, success, 0);
  for (let nowMs = 0; nowMs < 3000; nowMs += 20) { // the first host is silent
    const choice = table.pick(module, nowMs);
    if (typeof choice !== "object" || choice.ip === HOSTS[0].ip) continue;
    table.report(module, { ...HOSTS[1], retcode: 0, costMs: 10 }, nowMs + 10);
  }
  assertEquals([transitions(), [...table.dirty.takeChanged()]], [1, [module]]);
});

Deno.test("ModuleTable ignores a report on a host that the route does not hold", () => {
  const { table } = createTable();
  table.update({ ...NAME, hosts: HOSTS }, 0);
  const module = table.find(NAME, 0)!;
  const report = { ip: 99, port: 80, retcode: 1 };
  assert(!table.report(module, report, 0));
});

Deno.test("ModuleTable.reload() counts for the next pull and the next decision of every balancer", () => {
  const { table } = createTable();
  table.update({ ...NAME, hosts: HOSTS }, 0);
  const module = table.find(NAME, 0)!;
  finish(
    table.reload({ ...ORIGINAL, continErrLimit: 1 }, { ...TIMES, firstPullWaitMs: 10 }),
  );
  const failure = { ...HOSTS[0], retcode: 1 };
  table.report(module, failure, 0);
  assertEquals(module.balancer.overloaded.size, 1);
  ask(table, 0, { modid: 3, cmdid: 3 });
  assertEquals(table.nextDeadlineMs, 10);
  assertEquals(ORIGINAL.continErrLimit, 15);
});

Deno.test("ModuleTable gives in one go what was dirty when it began, the first first", () => {
  const { table } = createTable();
  const report = { ...HOSTS[0], retcode: 0 };
  const modules = [1, 2, 3].map((modid) => {
    table.update({ modid, cmdid: 7, hosts: HOSTS }, 0);
    return table.find({ modid, cmdid: 7 }, 0)!;
  });
  for (const module of modules) table.report(module, report, 0);
  const dirty = table.dirty.takeReported();
  assertEquals(dirty.next().value, modules[0]);
  table.report(modules[0], report, 0);
  table.update({ modid: 2, cmdid: 7, hosts: [] }, 0);
  assertEquals([...dirty], [modules[2]]);
  assertEquals([...table.dirty.takeReported()], [modules[0]]);
});

Deno.test("ModuleTable has no dirty module that is gone", () => {
  const { table } = createTable();
  table.update({ ...NAME, hosts: HOSTS }, 0);
  const report = { ...HOSTS[0], retcode: 0 };
  table.report(table.find(NAME, 0)!, report, 0);
  table.update({ ...NAME, hosts: [] }, 1);
  assertEquals([...table.dirty.takeReported()], []);
});

Deno.test("ModuleTable knows what the table it replaces knew of overloaded hosts before anybody picks", () => {
  const memory = VerdictTable.allocate();
  const { table: old } = createTable({ memory });
  old.update({ ...NAME, hosts: HOSTS }, 0);
  old.report(old.find(NAME, 0)!, { ...HOSTS[0], retcode: 1, count: 15 }, 0);

  const { table, restored } = createTable({ memory });
  const caller = ask(table, 1);
  table.update({ ...NAME, hosts: HOSTS }, 2);
  const [module] = caller.answers;
  const picks = Array.from({ length: 10 }, () => table.pick(module!, 3));
  assertEquals(picks.map((host) => typeof host === "object" && host.ip), Array(10).fill(2));
  assertEquals([restored(), [...table.dirty.takeChanged()]], [1, [module]]);

  // A module that dns takes away takes its verdicts with it.
  table.update({ ...NAME, hosts: [] }, 4);
  const { table: next, restored: restoredNext } = createTable({ memory });
  next.update({ ...NAME, hosts: HOSTS }, 5);
  assertEquals(restoredNext(), 0);
});

Deno.test("ModuleTable forgets after an hour what it inherited of modules that nobody asks for", () => {
  const memory = VerdictTable.allocate();
  const { table: old } = createTable({ memory });
  old.update({ ...NAME, hosts: HOSTS }, 0);
  old.report(old.find(NAME, 0)!, { ...HOSTS[0], retcode: 1, count: 15 }, 0);
  const { table, restored } = createTable({ memory });
  for (const nowMs of [0, 3_599_999, 3_600_000]) finish(table.refresh(nowMs));
  table.update({ ...NAME, hosts: HOSTS }, 3_600_000);
  assertEquals(restored(), 0);
});

Deno.test("ModuleTable takes a stale route for a module of which it knows nothing else", () => {
  const stale = { ...NAME, hosts: HOSTS };
  const fresh = { ...NAME, hosts: [{ ip: 3, port: 80, weight: 100 }] };
  function taken(before: (table: ModuleTable) => void): number[] | undefined {
    const { table } = createTable();
    before(table);
    table.offerStale(stale);
    const module = table.find(NAME, 10);
    return module && [...module.balancer.idle].map(({ ip }) => ip);
  }
  assertEquals(taken((table) => ask(table, 0)), [1, 2]);
  assertEquals(taken((table) => table.update(fresh, 0)), [3]);
  assertEquals(taken((table) => table.offer(fresh)), [3]);
  assertEquals(
    taken((table) => (ask(table, 0), table.update({ ...NAME, hosts: [] }, 5))),
    undefined,
  );
  assertEquals(taken(() => {}), undefined); // nobody asks for it
});
