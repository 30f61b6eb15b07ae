/**
 * The messages and numbers of lars.proto. Generated: deno task proto
 *
 * @module
 */

import { ReusedList } from "./wire/reused_list.ts";
import { Uint32List } from "./wire/uint32_list.ts";
import type { WireReader } from "./wire/wire_reader.ts";
import type { WireWriter } from "./wire/wire_writer.ts";

/** What the body of a frame is. */
export const MessageId = {
  /** ID_UNKNOW: none. */
  Unknown: 0,
  /** ID_GetRouteRequest: agent asks dns for a route, which subscribes it. */
  GetRouteRequest: 1,
  /** ID_GetRouteResponse: dns answers, and later pushes a changed route. */
  GetRouteResponse: 2,
  /** ID_ReportStatusRequest: agent tells reporter how calls went. */
  ReportStatusRequest: 3,
  /** ID_GetHostRequest: client asks agent for a host. */
  GetHostRequest: 4,
  /** ID_GetHostResponse: agent answers with one. */
  GetHostResponse: 5,
  /** ID_ReportRequest: client tells agent how a call went. */
  ReportRequest: 6,
  /** ID_API_GetRouteRequest: client asks agent for a whole route. */
  ApiGetRouteRequest: 7,
  /** ID_API_GetRouteResponse: agent answers with it. */
  ApiGetRouteResponse: 8,
  /** ID_GetHostsRequest: client asks agent for several hosts, of several modules. */
  GetHostsRequest: 9,
  /** ID_GetHostsResponse: agent answers with them. */
  GetHostsResponse: 10,
  /** ID_ReportBatchRequest: client tells agent how several calls went. */
  ReportBatchRequest: 11,
  /** ID_Hello: whoever connects to dns or reporter says who it is, and shows its token. */
  Hello: 12,
  /** ID_StatusAck: reporter tells an agent that has said who it is how much of what it reported is stored. */
  StatusAck: 13,
} as const;

/** How a request, or a call to a host, ended. Any code but 0 reported of a call is a failure. */
export const RetCode = {
  /** RET_SUCC: done. */
  Success: 0,
  /** RET_OVERLOAD: every host of the module is overloaded. */
  Overload: 1,
  /** RET_SYSTEM_ERROR: the call failed for another reason. */
  SystemError: 2,
  /** RET_NOEXIST: no such module. */
  NoExist: 3,
} as const;

/** A host, and its weight in a route. */
export class HostInfo {
  /** The most bytes that it takes. */
  static readonly MAX_BYTES = 28;

  /** Its address. IPv4, in host order, unsigned. */
  ip = 0;
  /** Its TCP or UDP port; whatever int32 the wire held, not checked here. */
  port = 0;
  /** Its relative share of the picks. Absent and 0 are 100. */
  weight = 100;

  /** Empties it. */
  clear(): void {
    this.ip = 0;
    this.port = 0;
    this.weight = 100;
  }

  /** Reads it anew; throws a RangeError where the bytes are no such message, and is half filled then. */
  read(reader: WireReader): void {
    this.clear();
    this.merge(reader);
  }

  /** Reads on: what is there replaces what was, lists become longer. */
  merge(reader: WireReader): void {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === 0x08) this.ip = reader.uint32();
      else if (tag === 0x10) this.port = reader.int32();
      else if (tag === 0x18) this.weight = reader.uint32() || 100;
      else reader.skip(tag);
    }
  }

  /** Writes it. */
  write(writer: WireWriter): void {
    writer.int32Field(0x08, this.ip | 0);
    writer.int32Field(0x10, this.port);
    writer.uint32Field(0x18, this.weight === 100 ? 0 : this.weight);
  }
}

/** Agent to dns (msgid 1) over TCP, client to agent (msgid 7) over UDP: which hosts has this module? */
export class GetRouteRequest {
  /** The most bytes that it takes. */
  static readonly MAX_BYTES = 22;

  /** The module's modid. */
  modid = 0;
  /** The module's cmdid. */
  cmdid = 0;

  /** Empties it. */
  clear(): void {
    this.modid = 0;
    this.cmdid = 0;
  }

  /** Reads it anew; throws a RangeError where the bytes are no such message, and is half filled then. */
  read(reader: WireReader): void {
    this.clear();
    this.merge(reader);
  }

  /** Reads on: what is there replaces what was, lists become longer. */
  merge(reader: WireReader): void {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === 0x08) this.modid = reader.int32();
      else if (tag === 0x10) this.cmdid = reader.int32();
      else reader.skip(tag);
    }
  }

  /** Writes it. */
  write(writer: WireWriter): void {
    writer.int32Field(0x08, this.modid);
    writer.int32Field(0x10, this.cmdid);
  }
}

/** Dns to agent (msgid 2), as the reply and later as the push on change; agent to client (msgid 8). */
export class GetRouteResponse {
  /** The most bytes that it takes, items of lists not counted. */
  static readonly MAX_BYTES = 22;
  /** The most that one item of each list takes besides; lists within it not counted. */
  static readonly MAX_ITEM_BYTES = { hosts: 30 } as const;

  /** The module's modid. */
  modid = 0;
  /** The module's cmdid. */
  cmdid = 0;
  /** Its hosts, in the route's order; none where there is no such module. */
  readonly hosts: ReusedList<HostInfo> = new ReusedList(
    () => new HostInfo(),
  );

  /** Empties it. */
  clear(): void {
    this.modid = 0;
    this.cmdid = 0;
    this.hosts.clear();
  }

  /** Reads it anew; throws a RangeError where the bytes are no such message, and is half filled then. */
  read(reader: WireReader): void {
    this.clear();
    this.merge(reader);
  }

  /** Reads on: what is there replaces what was, lists become longer. */
  merge(reader: WireReader): void {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === 0x08) this.modid = reader.int32();
      else if (tag === 0x10) this.cmdid = reader.int32();
      else if (tag === 0x1a) {
        const end = reader.enter();
        this.hosts.add().read(reader);
        reader.leave(end);
      } else reader.skip(tag);
    }
  }

  /** Writes it. */
  write(writer: WireWriter): void {
    writer.int32Field(0x08, this.modid);
    writer.int32Field(0x10, this.cmdid);
    for (let i = 0; i < this.hosts.length; i++) {
      const start = writer.open(0x1a);
      this.hosts.at(i).write(writer);
      writer.close(start);
    }
  }
}

/** How the calls to one host went in its present window. */
export class HostCallResult {
  /** The most bytes that it takes. */
  static readonly MAX_BYTES = 48;

  /** The host's address. IPv4, in host order, unsigned. */
  ip = 0;
  /** The host's port. */
  port = 0;
  /** Calls that went well. */
  succ = 0;
  /** Calls that failed. */
  err = 0;
  /** Whether it is kept off the ordinary picks. */
  overload = false;
  /** Calls that went well since this agent's last report that reached a reporter: lets totals be summed. Nobody sends it yet. */
  succDelta = 0;
  /** The same of calls that failed. Nobody sends it yet. */
  errDelta = 0;

  /** Empties it. */
  clear(): void {
    this.ip = 0;
    this.port = 0;
    this.succ = 0;
    this.err = 0;
    this.overload = false;
    this.succDelta = 0;
    this.errDelta = 0;
  }

  /** Reads it anew; throws a RangeError where the bytes are no such message, and is half filled then. */
  read(reader: WireReader): void {
    this.clear();
    this.merge(reader);
  }

  /** Reads on: what is there replaces what was, lists become longer. */
  merge(reader: WireReader): void {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === 0x08) this.ip = reader.uint32();
      else if (tag === 0x10) this.port = reader.int32();
      else if (tag === 0x18) this.succ = reader.uint32();
      else if (tag === 0x20) this.err = reader.uint32();
      else if (tag === 0x28) this.overload = reader.bool();
      else if (tag === 0x30) this.succDelta = reader.uint32();
      else if (tag === 0x38) this.errDelta = reader.uint32();
      else reader.skip(tag);
    }
  }

  /** Writes it. */
  write(writer: WireWriter): void {
    writer.int32Field(0x08, this.ip | 0);
    writer.int32Field(0x10, this.port);
    writer.uint32Field(0x18, this.succ);
    writer.uint32Field(0x20, this.err);
    writer.boolField(0x28, this.overload);
    writer.uint32Field(0x30, this.succDelta);
    writer.uint32Field(0x38, this.errDelta);
  }
}

/** Agent to reporter (msgid 3): how the calls to a module's hosts went; no reply. */
export class ReportStatusRequest {
  /** The most bytes that it takes, items of lists not counted. */
  static readonly MAX_BYTES = 39;
  /** The most that one item of each list takes besides; lists within it not counted. */
  static readonly MAX_ITEM_BYTES = { results: 50 } as const;

  /** The module's modid. */
  modid = 0;
  /** The module's cmdid. */
  cmdid = 0;
  /** The agent's address. IPv4, in host order, unsigned. */
  caller = 0;
  /** One for every host of the module: the idle ones in the order of their queue, then the overloaded ones. */
  readonly results: ReusedList<HostCallResult> = new ReusedList(
    () => new HostCallResult(),
  );
  /** When, Unix seconds. */
  tsSec = 0;

  /** Empties it. */
  clear(): void {
    this.modid = 0;
    this.cmdid = 0;
    this.caller = 0;
    this.results.clear();
    this.tsSec = 0;
  }

  /** Reads it anew; throws a RangeError where the bytes are no such message, and is half filled then. */
  read(reader: WireReader): void {
    this.clear();
    this.merge(reader);
  }

  /** Reads on: what is there replaces what was, lists become longer. */
  merge(reader: WireReader): void {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === 0x08) this.modid = reader.int32();
      else if (tag === 0x10) this.cmdid = reader.int32();
      else if (tag === 0x18) this.caller = reader.uint32();
      else if (tag === 0x22) {
        const end = reader.enter();
        this.results.add().read(reader);
        reader.leave(end);
      } else if (tag === 0x28) this.tsSec = reader.uint32();
      else reader.skip(tag);
    }
  }

  /** Writes it. */
  write(writer: WireWriter): void {
    writer.int32Field(0x08, this.modid);
    writer.int32Field(0x10, this.cmdid);
    writer.int32Field(0x18, this.caller | 0);
    for (let i = 0; i < this.results.length; i++) {
      const start = writer.open(0x22);
      this.results.at(i).write(writer);
      writer.close(start);
    }
    writer.uint32Field(0x28, this.tsSec);
  }
}

/** Client to agent (msgid 4): which host shall I call? */
export class GetHostRequest {
  /** The most bytes that it takes. */
  static readonly MAX_BYTES = 28;

  /** Chosen by the client, repeated in the answer. */
  seq = 0;
  /** The module's modid. */
  modid = 0;
  /** The module's cmdid. */
  cmdid = 0;

  /** Empties it. */
  clear(): void {
    this.seq = 0;
    this.modid = 0;
    this.cmdid = 0;
  }

  /** Reads it anew; throws a RangeError where the bytes are no such message, and is half filled then. */
  read(reader: WireReader): void {
    this.clear();
    this.merge(reader);
  }

  /** Reads on: what is there replaces what was, lists become longer. */
  merge(reader: WireReader): void {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === 0x08) this.seq = reader.uint32();
      else if (tag === 0x10) this.modid = reader.int32();
      else if (tag === 0x18) this.cmdid = reader.int32();
      else reader.skip(tag);
    }
  }

  /** Writes it. */
  write(writer: WireWriter): void {
    writer.uint32Field(0x08, this.seq);
    writer.int32Field(0x10, this.modid);
    writer.int32Field(0x18, this.cmdid);
  }
}

/** Agent to client (msgid 5). */
export class GetHostResponse {
  /** The most bytes that it takes. */
  static readonly MAX_BYTES = 69;

  /** The request's. */
  seq = 0;
  /** The module's modid. */
  modid = 0;
  /** The module's cmdid. */
  cmdid = 0;
  /** One of LarsRetCode. */
  retcode = 0;
  /** The host picked: there only when retcode is RET_SUCC. */
  readonly host: HostInfo = new HostInfo();
  /** Whether it has host. */
  hasHost = false;

  /** Empties it. */
  clear(): void {
    this.seq = 0;
    this.modid = 0;
    this.cmdid = 0;
    this.retcode = 0;
    this.host.clear();
    this.hasHost = false;
  }

  /** Reads it anew; throws a RangeError where the bytes are no such message, and is half filled then. */
  read(reader: WireReader): void {
    this.clear();
    this.merge(reader);
  }

  /** Reads on: what is there replaces what was, lists become longer. */
  merge(reader: WireReader): void {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === 0x08) this.seq = reader.uint32();
      else if (tag === 0x10) this.modid = reader.int32();
      else if (tag === 0x18) this.cmdid = reader.int32();
      else if (tag === 0x20) this.retcode = reader.int32();
      else if (tag === 0x2a) {
        const end = reader.enter();
        this.host.merge(reader);
        reader.leave(end);
        this.hasHost = true;
      } else reader.skip(tag);
    }
  }

  /** Writes it. */
  write(writer: WireWriter): void {
    writer.uint32Field(0x08, this.seq);
    writer.int32Field(0x10, this.modid);
    writer.int32Field(0x18, this.cmdid);
    writer.int32Field(0x20, this.retcode);
    if (this.hasHost) {
      const start = writer.open(0x2a);
      this.host.write(writer);
      writer.close(start);
    }
  }
}

/** Client to agent (msgid 6): how one call went; no reply. */
export class ReportRequest {
  /** The most bytes that it takes. */
  static readonly MAX_BYTES = 69;

  /** The module's modid. */
  modid = 0;
  /** The module's cmdid. */
  cmdid = 0;
  /** The host that was called. */
  readonly host: HostInfo = new HostInfo();
  /** Whether it has host. */
  hasHost = false;
  /** RET_SUCC when it went well. */
  retcode = 0;
  /** How long the call took, ms; 0 where it was not measured. */
  costMs = 0;

  /** Empties it. */
  clear(): void {
    this.modid = 0;
    this.cmdid = 0;
    this.host.clear();
    this.hasHost = false;
    this.retcode = 0;
    this.costMs = 0;
  }

  /** Reads it anew; throws a RangeError where the bytes are no such message, and is half filled then. */
  read(reader: WireReader): void {
    this.clear();
    this.merge(reader);
  }

  /** Reads on: what is there replaces what was, lists become longer. */
  merge(reader: WireReader): void {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === 0x08) this.modid = reader.int32();
      else if (tag === 0x10) this.cmdid = reader.int32();
      else if (tag === 0x1a) {
        const end = reader.enter();
        this.host.merge(reader);
        reader.leave(end);
        this.hasHost = true;
      } else if (tag === 0x20) this.retcode = reader.int32();
      else if (tag === 0x28) this.costMs = reader.uint32();
      else reader.skip(tag);
    }
  }

  /** Writes it. */
  write(writer: WireWriter): void {
    writer.int32Field(0x08, this.modid);
    writer.int32Field(0x10, this.cmdid);
    if (this.hasHost) {
      const start = writer.open(0x1a);
      this.host.write(writer);
      writer.close(start);
    }
    writer.int32Field(0x20, this.retcode);
    writer.uint32Field(0x28, this.costMs);
  }
}

/** Several picks of one module. */
export class ModulePick {
  /** The most bytes that it takes. */
  static readonly MAX_BYTES = 28;

  /** The module's modid. */
  modid = 0;
  /** The module's cmdid. */
  cmdid = 0;
  /** How many hosts are asked for. */
  count = 0;

  /** Empties it. */
  clear(): void {
    this.modid = 0;
    this.cmdid = 0;
    this.count = 0;
  }

  /** Reads it anew; throws a RangeError where the bytes are no such message, and is half filled then. */
  read(reader: WireReader): void {
    this.clear();
    this.merge(reader);
  }

  /** Reads on: what is there replaces what was, lists become longer. */
  merge(reader: WireReader): void {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === 0x08) this.modid = reader.int32();
      else if (tag === 0x10) this.cmdid = reader.int32();
      else if (tag === 0x18) this.count = reader.uint32();
      else reader.skip(tag);
    }
  }

  /** Writes it. */
  write(writer: WireWriter): void {
    writer.int32Field(0x08, this.modid);
    writer.int32Field(0x10, this.cmdid);
    writer.uint32Field(0x18, this.count);
  }
}

/** Client to agent (msgid 9): picks of modules that belong to one shard. */
export class GetHostsRequest {
  /** The most bytes that it takes, items of lists not counted. */
  static readonly MAX_BYTES = 6;
  /** The most that one item of each list takes besides; lists within it not counted. */
  static readonly MAX_ITEM_BYTES = { picks: 30 } as const;

  /** Chosen by the client, repeated in the answer. */
  seq = 0;
  /** What is asked for, in the order in which it is answered. */
  readonly picks: ReusedList<ModulePick> = new ReusedList(
    () => new ModulePick(),
  );

  /** Empties it. */
  clear(): void {
    this.seq = 0;
    this.picks.clear();
  }

  /** Reads it anew; throws a RangeError where the bytes are no such message, and is half filled then. */
  read(reader: WireReader): void {
    this.clear();
    this.merge(reader);
  }

  /** Reads on: what is there replaces what was, lists become longer. */
  merge(reader: WireReader): void {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === 0x08) this.seq = reader.uint32();
      else if (tag === 0x12) {
        const end = reader.enter();
        this.picks.add().read(reader);
        reader.leave(end);
      } else reader.skip(tag);
    }
  }

  /** Writes it. */
  write(writer: WireWriter): void {
    writer.uint32Field(0x08, this.seq);
    for (let i = 0; i < this.picks.length; i++) {
      const start = writer.open(0x12);
      this.picks.at(i).write(writer);
      writer.close(start);
    }
  }
}

/** The hosts picked of one module, in columns: ip[i] and port[i] are one host. */
export class ModuleHosts {
  /** The most bytes that it takes, items of lists not counted. */
  static readonly MAX_BYTES = 41;
  /** The most that one item of each list takes besides; lists within it not counted. */
  static readonly MAX_ITEM_BYTES = { ips: 4, ports: 3 } as const;

  /** The module's modid. */
  modid = 0;
  /** The module's cmdid. */
  cmdid = 0;
  /** One of LarsRetCode; RET_OVERLOAD when there are fewer hosts than were asked for. */
  retcode = 0;
  /** The hosts' addresses. IPv4, in host order, unsigned. */
  readonly ips: Uint32List = new Uint32List();
  /** Their ports. 65535 at most. */
  readonly ports: Uint32List = new Uint32List();

  /** Empties it. */
  clear(): void {
    this.modid = 0;
    this.cmdid = 0;
    this.retcode = 0;
    this.ips.clear();
    this.ports.clear();
  }

  /** Reads it anew; throws a RangeError where the bytes are no such message, and is half filled then. */
  read(reader: WireReader): void {
    this.clear();
    this.merge(reader);
  }

  /** Reads on: what is there replaces what was, lists become longer. */
  merge(reader: WireReader): void {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === 0x08) this.modid = reader.int32();
      else if (tag === 0x10) this.cmdid = reader.int32();
      else if (tag === 0x18) this.retcode = reader.int32();
      else if (tag === 0x22) {
        const end = reader.enter();
        while (reader.hasMore) this.ips.push(reader.fixed32());
        reader.leave(end);
      } else if (tag === 0x25) this.ips.push(reader.fixed32());
      else if (tag === 0x2a) {
        const end = reader.enter();
        while (reader.hasMore) this.ports.push(reader.uint32());
        reader.leave(end);
      } else if (tag === 0x28) this.ports.push(reader.uint32());
      else reader.skip(tag);
    }
  }

  /** Writes it. */
  write(writer: WireWriter): void {
    writer.int32Field(0x08, this.modid);
    writer.int32Field(0x10, this.cmdid);
    writer.int32Field(0x18, this.retcode);
    if (this.ips.length > 0) {
      const start = writer.open(0x22);
      for (let i = 0; i < this.ips.length; i++) writer.fixed32(this.ips.at(i));
      writer.close(start);
    }
    if (this.ports.length > 0) {
      const start = writer.open(0x2a);
      for (let i = 0; i < this.ports.length; i++) writer.varint(this.ports.at(i));
      writer.close(start);
    }
  }
}

/** Agent to client (msgid 10). */
export class GetHostsResponse {
  /** The most bytes that it takes, items of lists not counted. */
  static readonly MAX_BYTES = 6;
  /** The most that one item of each list takes besides; lists within it not counted. */
  static readonly MAX_ITEM_BYTES = { modules: 45 } as const;

  /** The request's. */
  seq = 0;
  /** One for every pick, in the order asked. */
  readonly modules: ReusedList<ModuleHosts> = new ReusedList(
    () => new ModuleHosts(),
  );

  /** Empties it. */
  clear(): void {
    this.seq = 0;
    this.modules.clear();
  }

  /** Reads it anew; throws a RangeError where the bytes are no such message, and is half filled then. */
  read(reader: WireReader): void {
    this.clear();
    this.merge(reader);
  }

  /** Reads on: what is there replaces what was, lists become longer. */
  merge(reader: WireReader): void {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === 0x08) this.seq = reader.uint32();
      else if (tag === 0x12) {
        const end = reader.enter();
        this.modules.add().read(reader);
        reader.leave(end);
      } else reader.skip(tag);
    }
  }

  /** Writes it. */
  write(writer: WireWriter): void {
    writer.uint32Field(0x08, this.seq);
    for (let i = 0; i < this.modules.length; i++) {
      const start = writer.open(0x12);
      this.modules.at(i).write(writer);
      writer.close(start);
    }
  }
}

/** How some calls to one host went, all alike. */
export class HostOutcome {
  /** The most bytes that it takes. */
  static readonly MAX_BYTES = 34;

  /** The host's address. IPv4, in host order, unsigned. */
  ip = 0;
  /** The host's port. */
  port = 0;
  /** RET_SUCC when they went well. */
  retcode = 0;
  /** How many calls. */
  count = 0;
  /** How long each of them took, ms; 0 where it was not measured. */
  costMs = 0;

  /** Empties it. */
  clear(): void {
    this.ip = 0;
    this.port = 0;
    this.retcode = 0;
    this.count = 0;
    this.costMs = 0;
  }

  /** Reads it anew; throws a RangeError where the bytes are no such message, and is half filled then. */
  read(reader: WireReader): void {
    this.clear();
    this.merge(reader);
  }

  /** Reads on: what is there replaces what was, lists become longer. */
  merge(reader: WireReader): void {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === 0x0d) this.ip = reader.fixed32();
      else if (tag === 0x10) this.port = reader.uint32();
      else if (tag === 0x18) this.retcode = reader.int32();
      else if (tag === 0x20) this.count = reader.uint32();
      else if (tag === 0x28) this.costMs = reader.uint32();
      else reader.skip(tag);
    }
  }

  /** Writes it. */
  write(writer: WireWriter): void {
    writer.fixed32Field(0x0d, this.ip);
    writer.uint32Field(0x10, this.port);
    writer.int32Field(0x18, this.retcode);
    writer.uint32Field(0x20, this.count);
    writer.uint32Field(0x28, this.costMs);
  }
}

/** How calls to a module's hosts went. */
export class ModuleReport {
  /** The most bytes that it takes, items of lists not counted. */
  static readonly MAX_BYTES = 22;
  /** The most that one item of each list takes besides; lists within it not counted. */
  static readonly MAX_ITEM_BYTES = { outcomes: 36 } as const;

  /** The module's modid. */
  modid = 0;
  /** The module's cmdid. */
  cmdid = 0;
  /** In the order in which the calls ended. */
  readonly outcomes: ReusedList<HostOutcome> = new ReusedList(
    () => new HostOutcome(),
  );

  /** Empties it. */
  clear(): void {
    this.modid = 0;
    this.cmdid = 0;
    this.outcomes.clear();
  }

  /** Reads it anew; throws a RangeError where the bytes are no such message, and is half filled then. */
  read(reader: WireReader): void {
    this.clear();
    this.merge(reader);
  }

  /** Reads on: what is there replaces what was, lists become longer. */
  merge(reader: WireReader): void {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === 0x08) this.modid = reader.int32();
      else if (tag === 0x10) this.cmdid = reader.int32();
      else if (tag === 0x1a) {
        const end = reader.enter();
        this.outcomes.add().read(reader);
        reader.leave(end);
      } else reader.skip(tag);
    }
  }

  /** Writes it. */
  write(writer: WireWriter): void {
    writer.int32Field(0x08, this.modid);
    writer.int32Field(0x10, this.cmdid);
    for (let i = 0; i < this.outcomes.length; i++) {
      const start = writer.open(0x1a);
      this.outcomes.at(i).write(writer);
      writer.close(start);
    }
  }
}

/** Client to agent (msgid 11); no reply. Means the same as that many single reports. */
export class ReportBatchRequest {
  /** The most bytes that it takes, items of lists not counted. */
  static readonly MAX_BYTES = 0;
  /** The most that one item of each list takes besides; lists within it not counted. */
  static readonly MAX_ITEM_BYTES = { modules: 26 } as const;

  /** The modules called. */
  readonly modules: ReusedList<ModuleReport> = new ReusedList(
    () => new ModuleReport(),
  );

  /** Empties it. */
  clear(): void {
    this.modules.clear();
  }

  /** Reads it anew; throws a RangeError where the bytes are no such message, and is half filled then. */
  read(reader: WireReader): void {
    this.clear();
    this.merge(reader);
  }

  /** Reads on: what is there replaces what was, lists become longer. */
  merge(reader: WireReader): void {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === 0x0a) {
        const end = reader.enter();
        this.modules.add().read(reader);
        reader.leave(end);
      } else reader.skip(tag);
    }
  }

  /** Writes it. */
  write(writer: WireWriter): void {
    for (let i = 0; i < this.modules.length; i++) {
      const start = writer.open(0x0a);
      this.modules.at(i).write(writer);
      writer.close(start);
    }
  }
}

/** The first frame (msgid 12) of a TCP connection, and again where the token is another one now; no reply. Peers of the C++ Lars neither send nor know it. */
export class Hello {
  /** What lets it in where dns or reporter wants a token. */
  token = "";
  /** What it calls itself, and its version, such as lars-agent/0.1.0. */
  agent = "";
  /** The version of the protocol: 1. */
  version = 0;

  /** Empties it. */
  clear(): void {
    this.token = "";
    this.agent = "";
    this.version = 0;
  }

  /** Reads it anew; throws a RangeError where the bytes are no such message, and is half filled then. */
  read(reader: WireReader): void {
    this.clear();
    this.merge(reader);
  }

  /** Reads on: what is there replaces what was, lists become longer. */
  merge(reader: WireReader): void {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === 0x0a) this.token = reader.string();
      else if (tag === 0x12) this.agent = reader.string();
      else if (tag === 0x18) this.version = reader.uint32();
      else reader.skip(tag);
    }
  }

  /** Writes it. */
  write(writer: WireWriter): void {
    writer.stringField(0x0a, this.token);
    writer.stringField(0x12, this.agent);
    writer.uint32Field(0x18, this.version);
  }
}

/** Reporter to agent (msgid 13), once it has said Hello and whenever there is more; no reply. */
export class StatusAck {
  /** The most bytes that it takes. */
  static readonly MAX_BYTES = 6;

  /** How many of the ReportStatusRequests on this connection are stored, counted from the first: of those that gave way to a newer one of the same host, that one. */
  stored = 0;

  /** Empties it. */
  clear(): void {
    this.stored = 0;
  }

  /** Reads it anew; throws a RangeError where the bytes are no such message, and is half filled then. */
  read(reader: WireReader): void {
    this.clear();
    this.merge(reader);
  }

  /** Reads on: what is there replaces what was, lists become longer. */
  merge(reader: WireReader): void {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === 0x08) this.stored = reader.uint32();
      else reader.skip(tag);
    }
  }

  /** Writes it. */
  write(writer: WireWriter): void {
    writer.uint32Field(0x08, this.stored);
  }
}

/** What may stand in the body of whatever a client sends an agent (msgid 4, 6, 7, 9 and 11), beside the message's own fields. */
export class Credential {
  /** What lets it in where the agent wants a token. */
  token = "";

  /** Empties it. */
  clear(): void {
    this.token = "";
  }

  /** Reads it anew; throws a RangeError where the bytes are no such message, and is half filled then. */
  read(reader: WireReader): void {
    this.clear();
    this.merge(reader);
  }

  /** Reads on: what is there replaces what was, lists become longer. */
  merge(reader: WireReader): void {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === 0x7a) this.token = reader.string();
      else reader.skip(tag);
    }
  }

  /** Writes it. */
  write(writer: WireWriter): void {
    writer.stringField(0x7a, this.token);
  }
}
