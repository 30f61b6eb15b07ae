import { assertEquals } from "@std/assert";
import { NO_HOST, type PoolView } from "./policy.ts";
import { Oracle } from "./oracle.ts";

/** A host as it is: what it loses by its faults and now, and what a call takes. */
interface HostTruth {
  faultShare?: number;
  lossShare?: number;
  expectedMs?: number;
}

/** Knows these hosts. */
function oracleOf(hosts: readonly HostTruth[]): Oracle {
  const pool: PoolView = {
    faultShare: (host) => hosts[host].faultShare ?? 0,
    lossShare: (host) => hosts[host].lossShare ?? hosts[host].faultShare ?? 0,
    expectedMs: (host) => hosts[host].expectedMs ?? 10,
    probe: () => undefined,
  };
  const oracle = new Oracle(pool);
  oracle.update(hosts.map((_, host) => ({ host, weight: 100 })));
  return oracle;
}

function choose(oracle: Oracle, times: number): number[] {
  return Array.from({ length: times }, () => oracle.choose(0));
}

Deno.test("Oracle.choose() gives hosts in turn that are alike", () => {
  assertEquals(choose(oracleOf([{}, {}, {}]), 5), [0, 1, 2, 0, 1]);
});

Deno.test("Oracle.choose() gives the host where the call is expected to end first", () => {
  assertEquals(choose(oracleOf([{ expectedMs: 12 }, { expectedMs: 11 }, {}]), 2), [2, 2]);
});

Deno.test("Oracle.choose() gives no sick host while a well one has room", () => {
  const sick = { faultShare: 0.2, expectedMs: 1 };
  assertEquals(choose(oracleOf([{ faultShare: 1 }, sick, { expectedMs: 500 }, sick]), 2), [2, 2]);
  // A call that would wait too long there goes to the sick one.
  assertEquals(choose(oracleOf([{ faultShare: 1 }, sick, { lossShare: 0.1 }]), 2), [1, 1]);
});

Deno.test("Oracle.choose() refuses what cannot be served in time, and nothing else", () => {
  assertEquals(choose(oracleOf([{ lossShare: 0.03 }, { lossShare: 1 }]), 1), [NO_HOST]);
  assertEquals(choose(oracleOf([{ faultShare: 1 }]), 1), [NO_HOST]);
  assertEquals(choose(oracleOf([{ faultShare: 0.9 }]), 1), [0]);
  assertEquals(choose(oracleOf([]), 1), [NO_HOST]);
});
