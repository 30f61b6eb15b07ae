/**
 * The messages of many picks and many reports, msgid 9, 10 and 11, by hand. Each is an object that is filled, read or
 * written, and then used again, lists and all: nothing is allocated once the longest message has come. A datagram's
 * length bounds what such an object ever holds.
 *
 * Every ip is an unsigned address in host order. Whatever does not parse throws, and leaves the object half filled.
 *
 * @module
 */

import type { HostAddress } from "./host.ts";
import type { ModuleName } from "./module.ts";
import { ReusedList } from "./reused_list.ts";
import { Uint32List } from "./uint32_list.ts";
import type { WireReader } from "./wire_reader.ts";
import type { WireWriter } from "./wire_writer.ts";

/** The most that the frame of one of these messages takes, its header included. */
export const MAX_BATCH_FRAME_BYTES = 16_384;

/** The most that a pick takes of a request, tag and length included. */
export const MAX_PICK_BYTES = 20;

/** The most that a module takes of an answer, besides its hosts; ids that no module has take more. */
export const MAX_MODULE_HOSTS_BYTES = 26;

/** The most that a host takes of an answer. */
export const MAX_PICKED_HOST_BYTES = 7;

/** The most that a module takes of a report, besides its outcomes. */
export const MAX_MODULE_REPORT_BYTES = 16;

/** The most that an outcome takes of a report. */
export const MAX_OUTCOME_BYTES = 34;

/** Several picks of one module. */
export interface ModulePick extends ModuleName {
  /** How many hosts are asked for. */
  count: number;
}

/** A client's question for several hosts (msgid 9). */
export class GetHostsRequest {
  /** Chosen by the client, repeated in the answer. */
  seq = 0;
  /** What is asked for, in the order in which it is answered. */
  readonly picks: ReusedList<ModulePick> = new ReusedList(() => ({ modid: 0, cmdid: 0, count: 0 }));

  /** Makes it an empty one. */
  clear(): void {
    this.seq = 0;
    this.picks.clear();
  }

  /** Adds a pick. */
  add(module: ModuleName, count: number): void {
    const pick = this.picks.add();
    pick.modid = module.modid;
    pick.cmdid = module.cmdid;
    pick.count = count;
  }
}

/** The hosts picked of one module: `count` of the answer's columns from `first` on. */
export interface ModuleHosts extends ModuleName {
  /** One of RetCode; RetCode.Overload when there are fewer hosts than were asked for. */
  retcode: number;
  /** Where its hosts begin in the columns. */
  first: number;
  /** How many hosts there are. */
  count: number;
}

/** The agent's answer to the question for several hosts (msgid 10). */
export class GetHostsResponse {
  /** The question's. */
  seq = 0;
  /** One for every pick, in the order asked. */
  readonly modules: ReusedList<ModuleHosts> = new ReusedList(() => (
    { modid: 0, cmdid: 0, retcode: 0, first: 0, count: 0 }
  ));
  /** The addresses of all modules' hosts. */
  readonly ips: Uint32List = new Uint32List();
  /** The ports of all modules' hosts, at the same indices. */
  readonly ports: Uint32List = new Uint32List();

  /** Makes it an empty one. */
  clear(): void {
    this.seq = 0;
    this.modules.clear();
    this.ips.clear();
    this.ports.clear();
  }

  /** Adds a module, which has no hosts yet: {@link addHost} adds them. Its retcode is 0 until it is set. */
  addModule({ modid, cmdid }: ModuleName): ModuleHosts {
    const module = this.modules.add();
    module.modid = modid;
    module.cmdid = cmdid;
    module.retcode = 0;
    module.first = this.ips.length;
    module.count = 0;
    return module;
  }

  /** Adds a host to the module that was added last. */
  addHost({ ip, port }: HostAddress): void {
    this.ips.push(ip);
    this.ports.push(port);
    this.modules.at(this.modules.length - 1).count++;
  }
}

/** How some calls to one host of a module went, all alike. */
export interface Outcome extends ModuleName {
  /** The host's address. */
  ip: number;
  /** The host's port. */
  port: number;
  /** 0 for success. */
  retcode: number;
  /** How many calls; 0 … 4294967295 as on the wire, not checked here. */
  count: number;
  /** How long each of them took, ms; 0 where it was not measured. */
  timecost: number;
}

/**
 * How calls went, told by a client (msgid 11). On the wire, outcomes are grouped by module; here each names its module,
 * and neighbours of one module make a group.
 */
export class ReportBatchRequest {
  /** What happened, each module's in the order in which it did. */
  readonly outcomes: ReusedList<Outcome> = new ReusedList(() => (
    { modid: 0, cmdid: 0, ip: 0, port: 0, retcode: 0, count: 0, timecost: 0 }
  ));

  /** Makes it an empty one. */
  clear(): void {
    this.outcomes.clear();
  }
}

/** Reads the question for several hosts (msgid 9). */
export function readGetHostsRequest(reader: WireReader, into: GetHostsRequest): void {
  into.clear();
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === 0x08) into.seq = reader.uint32();
    else if (tag === 0x12) readModulePick(reader, into.picks.add());
    else reader.skip(tag);
  }
}

function readModulePick(reader: WireReader, into: ModulePick): void {
  into.modid = into.cmdid = into.count = 0;
  const outerEnd = reader.enter();
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === 0x08) into.modid = reader.int32();
    else if (tag === 0x10) into.cmdid = reader.int32();
    else if (tag === 0x18) into.count = reader.uint32();
    else reader.skip(tag);
  }
  reader.leave(outerEnd);
}

/** Writes the question for several hosts (msgid 9). */
export function writeGetHostsRequest(writer: WireWriter, { seq, picks }: GetHostsRequest): void {
  writer.uint32Field(0x08, seq);
  for (let i = 0; i < picks.length; i++) {
    const pick = picks.at(i);
    const start = writer.open(0x12);
    writer.int32Field(0x08, pick.modid);
    writer.int32Field(0x10, pick.cmdid);
    writer.uint32Field(0x18, pick.count);
    writer.close(start);
  }
}

/** Reads the answer to the question for several hosts (msgid 10); an address without a port, or a port alone, is none. */
export function readGetHostsResponse(reader: WireReader, into: GetHostsResponse): void {
  into.clear();
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === 0x08) into.seq = reader.uint32();
    else if (tag === 0x12) readModuleHosts(reader, into);
    else reader.skip(tag);
  }
}

function readModuleHosts(reader: WireReader, { modules, ips, ports }: GetHostsResponse): void {
  const into = modules.add();
  into.modid = into.cmdid = into.retcode = 0;
  into.first = ips.length;
  const outerEnd = reader.enter();
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === 0x08) into.modid = reader.int32();
    else if (tag === 0x10) into.cmdid = reader.int32();
    else if (tag === 0x18) into.retcode = reader.int32();
    else if (tag === 0x22) readPackedFixed32(reader, ips);
    else if (tag === 0x25) ips.push(reader.fixed32());
    else if (tag === 0x2a) readPackedUint32(reader, ports);
    else if (tag === 0x28) ports.push(reader.uint32());
    else reader.skip(tag);
  }
  reader.leave(outerEnd);
  const end = Math.min(ips.length, ports.length);
  ips.truncate(end);
  ports.truncate(end);
  into.count = end - into.first;
}

function readPackedFixed32(reader: WireReader, into: Uint32List): void {
  const outerEnd = reader.enter();
  while (reader.hasMore) into.push(reader.fixed32());
  reader.leave(outerEnd);
}

function readPackedUint32(reader: WireReader, into: Uint32List): void {
  const outerEnd = reader.enter();
  while (reader.hasMore) into.push(reader.uint32());
  reader.leave(outerEnd);
}

/** Writes the answer to the question for several hosts (msgid 10). */
export function writeGetHostsResponse(writer: WireWriter, response: GetHostsResponse): void {
  const { seq, modules } = response;
  writer.uint32Field(0x08, seq);
  for (let i = 0; i < modules.length; i++) {
    const module = modules.at(i);
    const start = writer.open(0x12);
    writer.int32Field(0x08, module.modid);
    writer.int32Field(0x10, module.cmdid);
    writer.int32Field(0x18, module.retcode);
    if (module.count > 0) writeHosts(writer, response, module);
    writer.close(start);
  }
}

function writeHosts(
  writer: WireWriter,
  { ips, ports }: GetHostsResponse,
  { first, count }: ModuleHosts,
): void {
  const ipStart = writer.open(0x22);
  for (let i = first; i < first + count; i++) writer.fixed32(ips.at(i));
  writer.close(ipStart);
  const portStart = writer.open(0x2a);
  for (let i = first; i < first + count; i++) writer.varint(ports.at(i));
  writer.close(portStart);
}

/** Reads how calls went (msgid 11); a module without outcomes leaves no trace. */
export function readReportBatchRequest(reader: WireReader, into: ReportBatchRequest): void {
  into.clear();
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === 0x0a) readModuleReport(reader, into.outcomes);
    else reader.skip(tag);
  }
}

function readModuleReport(reader: WireReader, outcomes: ReusedList<Outcome>): void {
  const first = outcomes.length;
  let modid = 0;
  let cmdid = 0;
  const outerEnd = reader.enter();
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === 0x08) modid = reader.int32();
    else if (tag === 0x10) cmdid = reader.int32();
    else if (tag === 0x1a) readHostOutcome(reader, outcomes.add());
    else reader.skip(tag);
  }
  reader.leave(outerEnd);
  // The module's ids may stand behind its outcomes.
  for (let i = first; i < outcomes.length; i++) {
    const outcome = outcomes.at(i);
    outcome.modid = modid;
    outcome.cmdid = cmdid;
  }
}

function readHostOutcome(reader: WireReader, into: Outcome): void {
  into.ip =
    into.port =
    into.retcode =
    into.count =
    into.timecost =
      0;
  const outerEnd = reader.enter();
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === 0x0d) into.ip = reader.fixed32();
    else if (tag === 0x10) into.port = reader.uint32();
    else if (tag === 0x18) into.retcode = reader.int32();
    else if (tag === 0x20) into.count = reader.uint32();
    else if (tag === 0x28) into.timecost = reader.uint32();
    else reader.skip(tag);
  }
  reader.leave(outerEnd);
}

/** Writes how calls went (msgid 11). */
export function writeReportBatchRequest(writer: WireWriter, batch: ReportBatchRequest): void {
  const { outcomes } = batch;
  for (let i = 0; i < outcomes.length;) {
    const { modid, cmdid } = outcomes.at(i);
    const start = writer.open(0x0a);
    writer.int32Field(0x08, modid);
    writer.int32Field(0x10, cmdid);
    for (; i < outcomes.length; i++) {
      const outcome = outcomes.at(i);
      if (outcome.modid !== modid || outcome.cmdid !== cmdid) break;
      writeHostOutcome(writer, outcome);
    }
    writer.close(start);
  }
}

function writeHostOutcome(writer: WireWriter, outcome: Outcome): void {
  const start = writer.open(0x1a);
  writer.fixed32Field(0x0d, outcome.ip);
  writer.uint32Field(0x10, outcome.port);
  writer.int32Field(0x18, outcome.retcode);
  writer.uint32Field(0x20, outcome.count);
  writer.uint32Field(0x28, outcome.timecost);
  writer.close(start);
}
