import { assert, assertEquals } from "@std/assert";
import { decodeMessage, parseIpv4, ReportStatusRequest } from "../../proto/mod.ts";
import { bodyOf, type StatusReport } from "../../testing/proto/plain_message.ts";
import type { CallStatus } from "../../sql/mod.ts";
import { anySeed, withSeed } from "../../testing/seeded_random.ts";
import { readStatus, ROW_WORDS, toStatuses } from "./status_row.ts";

const HOST = { ip: parseIpv4("200.1.2.3")!, port: 80, succ: 5, err: 1, overload: false };
/** Everything as large as it can be on the wire. */
const LARGEST = {
  ip: 0xffff_ffff,
  port: 65535,
  succ: 0xffff_ffff,
  err: 0xffff_ffff,
  overload: true,
};
const REQUEST: StatusReport = {
  modid: 1,
  cmdid: 2,
  caller: parseIpv4("192.168.1.177")!,
  results: [HOST],
  tsSec: 1_573_034_612,
};

function throughTheWire(request: StatusReport): ReportStatusRequest {
  return decode(bodyOf(ReportStatusRequest, request));
}

function decode(body: Uint8Array): ReportStatusRequest {
  return decodeMessage(new ReportStatusRequest(), body);
}

/** The statuses fit to be stored, and how many others there are. */
function readStatuses(report: ReportStatusRequest): { statuses: CallStatus[]; invalid: number } {
  const row = new Uint32Array(ROW_WORDS);
  const statuses: CallStatus[] = [];
  for (let index = 0; index < report.results.length; index++) {
    if (readStatus(report, index, row)) statuses.push(...toStatuses(row));
  }
  return { statuses, invalid: report.results.length - statuses.length };
}

Deno.test("readStatus() gives one status per host, with unsigned addresses", () => {
  const overloaded = { ip: 1, port: 65535, succ: 0, err: 9, overload: true };
  const { statuses, invalid } = readStatuses(
    throughTheWire({ ...REQUEST, results: [HOST, overloaded] }),
  );
  const shared = { modid: 1, cmdid: 2, caller: 3232235953, tsSec: 1_573_034_612 };
  assertEquals(statuses, [
    { ...shared, ip: 3355509251, port: 80, succ: 5, err: 1, overload: false },
    { ...shared, ...overloaded },
  ]);
  assertEquals(invalid, 0);
});

Deno.test("readStatus() leaves out just the hosts whose port is out of range", () => {
  const results = [0, -1, 65536, 1, 65535].map((port) => ({ ...HOST, port }));
  const { statuses, invalid } = readStatuses(throughTheWire({ ...REQUEST, results }));
  assertEquals(statuses.map(({ port }) => port), [1, 65535]);
  assertEquals(invalid, 3);
});

Deno.test("readStatus() leaves everything out when the module is out of range or the time missing", () => {
  const results = [HOST, HOST];
  for (const wrong of [{ modid: -1 }, { cmdid: -2147483648 }, { tsSec: 0 }]) {
    assertEquals(readStatuses(throughTheWire({ ...REQUEST, results, ...wrong })), {
      statuses: [],
      invalid: 2,
    });
  }
});

Deno.test("readStatus() takes the ends of every range", () => {
  for (const module of [{ modid: 0, cmdid: 0 }, { modid: 0x7fff_ffff, cmdid: 0x7fff_ffff }]) {
    const request = { ...module, caller: 0xffff_ffff, tsSec: 0xffff_ffff };
    assertEquals(readStatuses(throughTheWire({ ...request, results: [LARGEST] })), {
      statuses: [{ ...request, ...LARGEST }],
      invalid: 0,
    });
  }
});

Deno.test("readStatus() makes rows that the store takes of whatever decodes", () => {
  const good = bodyOf(ReportStatusRequest, { ...REQUEST, results: [HOST, LARGEST] });
  withSeed(anySeed(), (random) => {
    for (let round = 0; round < 20_000; round++) {
      const body = good.slice(0, random.below(good.length + 1));
      for (let flips = random.below(4); flips > 0 && body.length > 0; flips--) {
        body[random.below(body.length)] ^= 1 << random.below(8);
      }
      let report;
      try {
        report = decode(body);
      } catch {
        continue;
      }
      const { statuses } = readStatuses(report);
      for (const status of statuses) assert(isStorable(status), JSON.stringify(status));
    }
  });
});

function isStorable(status: CallStatus): boolean {
  const { modid, cmdid, ip, port, caller, succ, err, tsSec } = status;
  return [modid, cmdid].every((value) => isWithin(value, 0, 0x7fff_ffff)) &&
    [ip, caller, succ, err].every((value) => isWithin(value, 0, 0xffff_ffff)) &&
    isWithin(port, 1, 65535) && isWithin(tsSec, 1, 0xffff_ffff);
}

function isWithin(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}
