/**
 * An agent for tests that answers by itself, and keeps what it was asked and told.
 *
 * @module
 */

import {
  decodeGetHostRequest,
  decodeReportRequest,
  encodeGetHostResponse,
  GetHostsRequest,
  GetHostsResponse,
  type HostAddress,
  MessageId,
  type ModuleName,
  readGetHostsRequest,
  readReportBatchRequest,
  ReportBatchRequest,
  type ReportRequest,
  RetCode,
  WireReader,
  WireWriter,
  writeGetHostsResponse,
} from "../proto/mod.ts";
import { FakeAgent, type FakeAgentOptions, type FakeRequest } from "./fake_agent.ts";
import { inTime } from "../reactor/testdata/until.ts";

/** How an {@link AnsweringAgent} works. */
export interface AnsweringAgentOptions extends Pick<FakeAgentOptions, "speaksBatches"> {
  /** The first of its ports. */
  port?: number;
  /** Picks a host, or says why there is none. */
  pick: (module: ModuleName) => HostAddress | number;
  /** Whether a datagram gets lost before it reaches the agent. */
  isLost?: (request: FakeRequest) => boolean;
}

/** Answers questions for hosts. */
export class AnsweringAgent implements AsyncDisposable {
  /** The first of its three ports. */
  readonly port: number;
  /** The msgids that came, in their order. */
  readonly msgids: number[] = [];
  /** The bodies' lengths. */
  readonly bodyBytes: number[] = [];
  /** Every call's outcome that was reported, in the order in which it came. */
  readonly outcomes: ReportRequest[] = [];
  readonly #agent: FakeAgent;
  readonly #options: AnsweringAgentOptions;
  #onNext?: () => void;

  /** Listens, and answers from now on. */
  constructor(options: AnsweringAgentOptions) {
    const { port, speaksBatches } = options;
    this.#options = options;
    this.#agent = new FakeAgent(port, {
      speaksBatches,
      onRequest: (request) => this.#onRequest(request),
    });
    this.port = this.#agent.port;
  }

  /** How many datagrams it did not know the message of. */
  get dropped(): number {
    return this.#agent.dropped;
  }

  /** Waits until the datagrams that come make a condition hold. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onNext = resolve;
      await inTime(String(condition), promise);
    }
  }

  /** How many messages of an id came. */
  countOf(msgid: number): number {
    return this.msgids.filter((id) => id === msgid).length;
  }

  /** Closes the sockets. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent[Symbol.asyncDispose]();
  }

  #onRequest(request: FakeRequest): void {
    if (this.#options.isLost?.(request)) return;
    const { msgid, body } = request;
    this.msgids.push(msgid);
    this.bodyBytes.push(body.length);
    if (msgid === MessageId.GetHostRequest) this.#answerOne(request);
    else if (msgid === MessageId.GetHostsRequest) this.#answerMany(request);
    else if (msgid === MessageId.ReportRequest) this.outcomes.push(decodeReportRequest(body));
    else if (msgid === MessageId.ReportBatchRequest) this.#takeReports(body);
    this.#onNext?.();
  }

  #answerOne(request: FakeRequest): void {
    const question = decodeGetHostRequest(request.body);
    const host = this.#options.pick(question);
    const answer = typeof host === "number" ? { retcode: host } : { retcode: 0, host };
    request.reply(encodeGetHostResponse({ ...question, ...answer }));
  }

  #answerMany(request: FakeRequest): void {
    const question = new GetHostsRequest();
    readGetHostsRequest(new WireReader().reset(request.body), question);
    const answer = new GetHostsResponse();
    answer.seq = question.seq;
    for (let i = 0; i < question.picks.length; i++) {
      const pick = question.picks.at(i);
      const module = answer.addModule(pick);
      while (module.count < pick.count && module.retcode === RetCode.Success) {
        const host = this.#options.pick(pick);
        if (typeof host === "number") module.retcode = host;
        else answer.addHost(host);
      }
    }
    const bytes = new Uint8Array(65_499);
    const writer = new WireWriter().reset(bytes);
    writeGetHostsResponse(writer, answer);
    request.reply(bytes.subarray(0, writer.finish()));
  }

  #takeReports(body: Uint8Array): void {
    const batch = new ReportBatchRequest();
    readReportBatchRequest(new WireReader().reset(body), batch);
    for (let i = 0; i < batch.outcomes.length; i++) {
      const { modid, cmdid, ip, port, retcode, count, timecost } = batch.outcomes.at(i);
      for (let call = 0; call < count; call++) {
        this.outcomes.push({ modid, cmdid, host: { ip, port }, retcode, timecost });
      }
    }
  }
}
