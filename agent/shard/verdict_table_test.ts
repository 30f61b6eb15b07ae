import { assertEquals } from "@std/assert";
import { HostState } from "../balancer/mod.ts";
import { MAX_VERDICTS, VerdictTable } from "./verdict_table.ts";

const NAME = { modid: 0x7fff_ffff, cmdid: 3 };
const OTHER = { modid: 1, cmdid: 2 };

function hostOf(ip: number): HostState {
  const host = new HostState({ ip, port: 65_535, weight: 1 });
  host.beginOverloaded(5, 3000);
  host.triedAtMs = 5000;
  host.count(2, false);
  return host;
}

/** A table at the memory of another, whose clock began at that time. */
function takeOver(memory: SharedArrayBuffer, originMs = 1_000_000): VerdictTable {
  return new VerdictTable({ memory, originMs });
}

Deno.test("VerdictTable gives the next table at its memory what it kept, on that one's clock", () => {
  const memory = VerdictTable.allocate();
  const host = hostOf(0xffff_ffff);
  takeOver(memory).keeperOf(NAME).keep(host);
  const next = takeOver(memory, 1_002_000);
  assertEquals(next.take(OTHER), []);
  assertEquals(next.take(NAME), [{
    ...{ ip: 0xffff_ffff, port: 65_535, sinceMs: 1000, triedMs: 3000 },
    ...{ vsucc: 0, verr: 7, rsucc: 0, rerr: 2, runSucc: 0, runErr: 2 },
  }]);
  assertEquals(next.take(NAME), []);
});

Deno.test("VerdictTable keeps the newest of a host, and nothing of one that is overloaded no more", () => {
  const memory = VerdictTable.allocate();
  const keeper = takeOver(memory).keeperOf(NAME);
  const [first, second] = [hostOf(1), hostOf(2)];
  keeper.keep(first);
  keeper.keep(second);
  keeper.drop(first);
  second.count(1, false);
  second.triedAtMs = 8000;
  keeper.keep(second);
  const verdicts = takeOver(memory).take(NAME);
  assertEquals(verdicts.map(({ ip, rerr, triedMs }) => [ip, rerr, triedMs]), [[2, 3, 8000]]);
});

Deno.test("VerdictTable takes nothing from a thread that was replaced", () => {
  const memory = VerdictTable.allocate();
  const old = takeOver(memory).keeperOf(NAME);
  const [host, late] = [hostOf(1), hostOf(2)];
  old.keep(host);
  const next = takeOver(memory);
  old.keep(late);
  old.drop(host);
  next.keeperOf(OTHER).keep(hostOf(3));
  const last = takeOver(memory);
  assertEquals(last.take(NAME).map(({ ip }) => ip), [1]);
  assertEquals(last.take(OTHER).map(({ ip }) => ip), [3]);
});

Deno.test("VerdictTable uses slots again: those of hosts that are gone, and of what was inherited", () => {
  const memory = VerdictTable.allocate();
  let refused = 0;
  const table = new VerdictTable({ memory, onFull: () => refused++ });
  const keeper = table.keeperOf(NAME);
  const hosts = Array.from({ length: MAX_VERDICTS }, (_, ip) => hostOf(ip));
  for (const host of hosts) keeper.keep(host);
  keeper.keep(hostOf(1));
  assertEquals(refused, 1);
  keeper.drop(hosts[7]);
  keeper.keep(hostOf(2));
  assertEquals(refused, 1);

  const next = new VerdictTable({ memory, onFull: () => refused++ });
  next.keeperOf(OTHER).keep(hostOf(3));
  assertEquals(refused, 2);
  for (const _ of next.forgetInherited());
  next.keeperOf(OTHER).keep(hostOf(3));
  assertEquals(refused, 2);
  assertEquals(takeOver(memory).take(NAME), []);
});
