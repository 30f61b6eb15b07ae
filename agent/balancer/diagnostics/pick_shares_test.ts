import { assertEquals } from "@std/assert";
import { HostState } from "../host/host_state.ts";
import { PickShares } from "./pick_shares.ts";

/** Picks are remembered in stretches of at least so many. */
const STRETCH = 1024;

function hostsOf(count: number): HostState[] {
  return Array.from({ length: count }, (_, ip) => new HostState({ ip, port: 1, weight: 1 }));
}

function count(shares: PickShares, host: HostState, times: number): void {
  for (let i = 0; i < times; i++) shares.count(host);
}

Deno.test("PickShares knows no picks when new", () => {
  const shares = new PickShares();
  assertEquals([shares.picks, shares.picksOf(hostsOf(1)[0])], [0, 0]);
});

Deno.test("PickShares counts each host's picks", () => {
  const shares = new PickShares();
  const [a, b, never] = hostsOf(3);
  count(shares, a, 3);
  count(shares, b, 5);
  assertEquals(shares.picks, 8);
  assertEquals([a, b, never].map((host) => shares.picksOf(host)), [3, 5, 0]);
});

Deno.test("PickShares remembers the stretch of picks before the present one, and no other", () => {
  const shares = new PickShares();
  const [a, b] = hostsOf(2);
  count(shares, a, STRETCH);
  count(shares, b, 1);
  assertEquals([shares.picks, shares.picksOf(a), shares.picksOf(b)], [STRETCH + 1, STRETCH, 1]);
  count(shares, b, STRETCH - 1);
  assertEquals([shares.picks, shares.picksOf(a), shares.picksOf(b)], [STRETCH, 0, STRETCH]);
  count(shares, a, 1);
  assertEquals([shares.picks, shares.picksOf(a), shares.picksOf(b)], [STRETCH + 1, 1, STRETCH]);
});

Deno.test("PickShares adds a host's picks of both stretches", () => {
  const shares = new PickShares();
  const [a, b] = hostsOf(2);
  count(shares, a, 10);
  count(shares, b, STRETCH - 10);
  count(shares, a, 7);
  assertEquals([shares.picksOf(a), shares.picksOf(b)], [17, STRETCH - 10]);
});

Deno.test("PickShares.fit() has stretches hold 16 picks of each host", () => {
  const shares = new PickShares();
  const [a] = hostsOf(1);
  shares.fit(1000);
  count(shares, a, 40_000);
  assertEquals(shares.picks, 16_000 + 8000);
  shares.fit(10);
  count(shares, a, STRETCH);
  assertEquals(shares.picks, 8001 + STRETCH - 1);
});
