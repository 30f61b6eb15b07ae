import { assertAlmostEquals, assertEquals } from "@std/assert";
import { ShareMeter, type WindowShare } from "./share_meter.ts";

/** What is told of picks by one agent, of which each takes `gapMs`. */
function sharesOf(
  picks: readonly number[],
  { gapMs, weights = [1, 1, 1, 1] }: { gapMs: number; weights?: readonly number[] },
): WindowShare[] {
  const shares: WindowShare[] = [];
  const hosts = weights.length;
  const meter = new ShareMeter({ agents: 1, hosts, onShare: (share) => shares.push(share) });
  meter.setWeights(new Map(weights.entries().filter(([, weight]) => weight > 0)));
  for (const [i, host] of picks.entries()) meter.picked({ agent: 0, host }, i * gapMs);
  return shares;
}

function inTurn(hosts: readonly number[], rounds: number): number[] {
  return Array.from({ length: rounds }, () => hosts).flat();
}

Deno.test("ShareMeter tells of windows of a second, each a quarter later, when there are many picks", () => {
  // 500 picks/s for just over two seconds.
  const shares = sharesOf(inTurn([0, 1, 2, 3], 251), { gapMs: 2 });
  assertEquals(
    shares.map(({ sinceMs, host }) => [sinceMs, host]),
    [0, 250, 500, 750, 1000].flatMap((sinceMs) => [0, 1, 2, 3].map((host) => [sinceMs, host])),
  );
  for (const { share } of shares) assertAlmostEquals(share, 1, 0.01);
});

Deno.test("ShareMeter tells of windows of ten picks a host when there are few", () => {
  const shares = sharesOf(inTurn([0, 1, 2, 3], 20), { gapMs: 1000 });
  const sinceMs = [...new Set(shares.map(({ sinceMs }) => sinceMs))];
  assertEquals(sinceMs, [0, 10_000, 20_000, 30_000]);
});

Deno.test("ShareMeter tells shares beside what the weights make fair", () => {
  const shares = sharesOf(inTurn([0, 0, 1, 2], 100), { gapMs: 10, weights: [2, 1, 1, 0] });
  for (const { host, share } of shares) {
    assertEquals(host < 3, true);
    assertAlmostEquals(share, 1, 0.05);
  }
});

Deno.test("ShareMeter tells that a host is not picked at all", () => {
  const shares = sharesOf(inTurn([0, 1, 2], 200), { gapMs: 10 });
  const last = shares.slice(-4).map(({ share }) => share);
  assertEquals(last[3], 0);
  for (const share of last.slice(0, 3)) assertAlmostEquals(share, 4 / 3, 0.05);
});

Deno.test("ShareMeter says nothing of a host whose fair share is no more than chance", () => {
  const hosts = sharesOf(inTurn([0, 0, 0, 1], 200), { gapMs: 10, weights: [100, 100, 1] });
  assertEquals(new Set(hosts.map(({ host }) => host)), new Set([0, 1]));
});

Deno.test("ShareMeter begins anew when the route changes, and keeps agents apart", () => {
  const shares: WindowShare[] = [];
  const meter = new ShareMeter({ agents: 2, hosts: 1, onShare: (share) => shares.push(share) });
  meter.setWeights(new Map([[0, 1]]));
  const pick = (agent: number, fromMs: number, count: number) => {
    for (let i = 0; i < count; i++) meter.picked({ agent, host: 0 }, fromMs + i * 100);
  };
  pick(0, 0, 9);
  meter.setWeights(new Map([[0, 1]]));
  pick(0, 900, 9);
  pick(1, 1800, 9);
  assertEquals(shares, []);
  pick(0, 2700, 4);
  assertEquals(shares, [{ agent: 0, host: 0, share: 1, sinceMs: 900 }]);
});
