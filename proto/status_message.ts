/**
 * An agent's statuses, msgid 3, read by hand: a reporter takes hundreds of thousands of results a second. They are
 * written, and read where there is no hurry, by codec.ts.
 *
 * @module
 */

import type { HostCallResult } from "./codec.ts";
import type { ModuleName } from "./module.ts";
import { ReusedList } from "./reused_list.ts";
import type { WireReader } from "./wire_reader.ts";

/** How the calls to a module's hosts went, told by an agent; to be read into again and again. */
export class StatusReport implements ModuleName {
  /** The module's modid. */
  modid = 0;
  /** The module's cmdid. */
  cmdid = 0;
  /** The agent's address in host order, unsigned. */
  caller = 0;
  /** When, Unix seconds. */
  tsSec = 0;
  /** One for every host of the module. */
  readonly results: ReusedList<HostCallResult> = new ReusedList(() => (
    { ip: 0, port: 0, succ: 0, err: 0, overload: false }
  ));

  /** Makes it an empty one. */
  clear(): void {
    this.modid =
      this.cmdid =
      this.caller =
      this.tsSec =
        0;
    this.results.clear();
  }
}

/** Reads an agent's statuses (msgid 3); allocates nothing once the longest report has come. */
export function readStatusReport(reader: WireReader, into: StatusReport): void {
  into.clear();
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === 0x08) into.modid = reader.int32();
    else if (tag === 0x10) into.cmdid = reader.int32();
    else if (tag === 0x18) into.caller = reader.uint32();
    else if (tag === 0x22) readResult(reader, into.results.add());
    else if (tag === 0x28) into.tsSec = reader.uint32();
    else reader.skip(tag);
  }
}

function readResult(reader: WireReader, into: HostCallResult): void {
  into.ip =
    into.port =
    into.succ =
    into.err =
      0;
  into.overload = false;
  const outerEnd = reader.enter();
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === 0x08) into.ip = reader.uint32();
    else if (tag === 0x10) into.port = reader.int32();
    else if (tag === 0x18) into.succ = reader.uint32();
    else if (tag === 0x20) into.err = reader.uint32();
    else if (tag === 0x28) into.overload = reader.bool();
    else if (tag === 0x30 || tag === 0x38) reader.uint32(); // the deltas, of which nothing is made
    else reader.skip(tag);
  }
  reader.leave(outerEnd);
}
