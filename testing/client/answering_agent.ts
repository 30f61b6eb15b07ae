/**
 * An agent for tests that answers by itself, and keeps what it was asked and told.
 *
 * @module
 */

import {
  GetHostRequest,
  GetHostResponse,
  GetHostsRequest,
  GetHostsResponse,
  type HostAddress,
  MessageId,
  type ModuleName,
  ReportBatchRequest,
  ReportRequest,
  RetCode,
} from "../../proto/mod.ts";
import { bodyOf, readBody } from "../proto/plain_message.ts";
import { FakeAgent, type FakeAgentOptions, type FakeRequest } from "./fake_agent.ts";
import { inTime } from "../until.ts";

/** One call that was reported. */
export interface ReportedCall extends ModuleName {
  /** The host that was called. */
  host: HostAddress;
  /** 0 for success. */
  retcode: number;
  /** How long it took, ms. */
  costMs: number;
}

/** How an {@link AnsweringAgent} works. */
export interface AnsweringAgentOptions extends FakeAgentOptions {
  /** Picks a host, or says why there is none. */
  pick: (module: ModuleName) => HostAddress | number;
}

/** Answers requests for hosts. */
export class AnsweringAgent extends FakeAgent {
  /** The msgids that came, in their order. */
  readonly msgids: number[] = [];
  /** The bodies' lengths. */
  readonly bodyBytes: number[] = [];
  /** Every call's outcome that was reported, in the order in which it came. */
  readonly outcomes: ReportedCall[] = [];
  readonly #pick: AnsweringAgentOptions["pick"];
  #onNext?: () => void;

  /** Listens, and answers from now on. */
  constructor(options: AnsweringAgentOptions) {
    super(options);
    this.#pick = options.pick;
  }

  /** Waits until the datagrams that come make a condition hold. */
  async until(condition: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onNext = () => condition() && resolve();
    this.#onNext();
    await inTime(String(condition), promise);
  }

  /** How many messages of an id came. */
  countOf(msgid: number): number {
    return this.msgids.filter((id) => id === msgid).length;
  }

  protected override take(request: FakeRequest): void {
    const { msgid, body } = request;
    this.msgids.push(msgid);
    this.bodyBytes.push(body.length);
    const answer = answerTo(request, this.#pick);
    if (answer !== undefined) request.reply(answer);
    else if (msgid === MessageId.ReportRequest) this.#takeReport(body);
    else if (msgid === MessageId.ReportBatchRequest) this.#takeReports(body);
    this.#onNext?.();
  }

  #takeReport(body: Uint8Array): void {
    const { host, ...report } = readBody(ReportRequest, body);
    this.outcomes.push({ ...report, host: { ip: host!.ip, port: host!.port } });
  }

  #takeReports(body: Uint8Array): void {
    for (const { modid, cmdid, outcomes } of readBody(ReportBatchRequest, body).modules) {
      for (const { ip, port, retcode, count, costMs } of outcomes) {
        for (let call = 0; call < count; call++) {
          this.outcomes.push({ modid, cmdid, host: { ip, port }, retcode, costMs });
        }
      }
    }
  }
}

/** What an agent that picks so answers to one pick or many; undefined where it is asked for no pick. */
export function answerTo(
  { msgid, body }: { msgid: number; body: Uint8Array },
  pick: AnsweringAgentOptions["pick"],
): Uint8Array | undefined {
  if (msgid === MessageId.GetHostRequest) {
    const request = readBody(GetHostRequest, body);
    const host = pick(request);
    const answer = typeof host === "number" ? { retcode: host } : { retcode: 0, host };
    return bodyOf(GetHostResponse, { ...request, ...answer });
  }
  if (msgid !== MessageId.GetHostsRequest) return undefined;
  const { seq, picks } = readBody(GetHostsRequest, body);
  const modules = picks.map(({ modid, cmdid, count }) => {
    const hosts = Array.from({ length: count }, () => pick({ modid, cmdid }));
    const picked = hosts.filter((host) => typeof host === "object");
    const retcode = hosts.find((host) => typeof host === "number") ?? RetCode.Success;
    return {
      modid,
      cmdid,
      retcode,
      ips: picked.map(({ ip }) => ip),
      ports: picked.map(({ port }) => port),
    };
  });
  return bodyOf(GetHostsResponse, { seq, modules });
}
