/**
 * Scripts for a client's request engine: what happens when, and what must come of it, on virtual time and without a socket.
 *
 * A line is a moment: `TIME EVENTS → OUTPUTS`, several of them with `; ` between. Modules are named by their modid, what
 * was sent by its seq from #0 on, hosts by their port.
 *
 * - Events: `pick 3`, `pick 3 ×5`, `route 3`, `register 3 until 500`, `report 3 0`, `tick`, `close`, `full` (no room until
 *   the next line), and answers: `#0 3:80` (a pick's), `#0 3!1` (with a retcode), `#2 [3:80,81 6!1]` (a batch's),
 *   `3=80,81` (a route's). `retries?`, `due?` and `tick?` have the engine say these, the last one the silence. `b.` before an event means another shard.
 * - Outputs, those of completed requests first: `3:80`, `3!1`, `3 unanswered`, `3=80,81`, and what is sent: `pick 3 #0`,
 *   `offer #1`, `batch 3×2,6×1 #2`, `route 3`, `report 3 0`, `reports 3×5`.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Hostnames } from "../../client/hostnames.ts";
import { type Module, PendingRequest } from "../../client/requests/pending_request.ts";
import { RequestEngine } from "../../client/requests/request_engine.ts";
import { type RetryOptions, RetryPolicy } from "../../client/requests/retry_policy.ts";
import {
  encodeMessage,
  encodeRoute,
  GetHostRequest,
  GetHostResponse,
  GetHostsRequest,
  GetHostsResponse,
  GetRouteRequest,
  MessageId,
  parseIpv4,
  ReportBatchRequest,
  ReportRequest,
} from "../../proto/mod.ts";
import type { Frame } from "../../reactor/frame/frame.ts";
import { bodyOf, readBody } from "../proto/plain_message.ts";

const IP = parseIpv4("10.0.0.1")!;

/** An engine that an agent is played for. */
export class PlayedEngine {
  /** The engine. */
  readonly engine: RequestEngine;
  readonly #modules = new Map<number, Module>();

  /** The first seq is 0. */
  constructor(policy: RetryPolicy) {
    this.engine = new RequestEngine(policy, { hostnames: new Hostnames(), firstSeq: 0xffff_ffff });
  }

  /** Makes a request. */
  add(modid: number, options?: ConstructorParameters<typeof PendingRequest>[1]): PendingRequest {
    const module = this.#modules.get(modid) ?? { modid, cmdid: 0, answeredIn: 0 };
    this.#modules.set(modid, module);
    const request = new PendingRequest(module, options);
    this.engine.add(request);
    return request;
  }

  /** What is to be sent, as frames. */
  *sends(nowMs: number, hasRoom = true): Generator<Frame> {
    for (;;) {
      const outgoing = this.engine.poll(nowMs, hasRoom);
      if (outgoing === undefined) return;
      yield { msgid: outgoing.msgid, body: encodeMessage(outgoing.message) };
    }
  }

  /** The requests that have their result. */
  *completed(): Generator<PendingRequest> {
    for (let next = this.engine.takeCompleted(); next; next = this.engine.takeCompleted()) {
      yield next;
    }
  }
}

/** Plays a script and asserts that all comes as it says. */
export function assertScript(script: string, options: Partial<RetryOptions> = {}): void {
  const policy = new RetryPolicy({
    timeoutMs: 100,
    tries: 2,
    totalTimeoutMs: 0,
    gracePeriodMs: 0,
    ...options,
  });
  const shards = { a: new PlayedEngine(policy), b: new PlayedEngine(policy) };
  const lines = script.trim().split("\n").map((line) => line.trim());
  const played = lines.map((line) => {
    const [input] = line.split(" →");
    const [time, ...words] = input.split(" ");
    const outputs: string[] = [];
    let hasRoom = true;
    for (const event of words.join(" ").split("; ")) {
      const shard = event.startsWith("b.") ? shards.b : shards.a;
      if (event === "full") hasRoom = false;
      else outputs.push(...happen(shard, event.replace("b.", ""), Number(time)));
    }
    for (const [name, shard] of Object.entries(shards)) {
      const prefix = name === "a" ? "" : "b.";
      for (const request of shard.completed()) outputs.push(prefix + resultOf(request));
      for (const frame of shard.sends(Number(time), hasRoom)) outputs.push(prefix + textOf(frame));
    }
    return outputs.length === 0 ? input : `${input} → ${outputs.join("; ")}`;
  });
  assertEquals(played.join("\n"), lines.join("\n"));
}

/** Has something happen; returns what the engine says if it was asked. */
function happen(shard: PlayedEngine, event: string, nowMs: number): string[] {
  const { engine } = shard;
  const [word, name, ...rest] = event.split(" ");
  const modid = Number(name);
  const times = Number(rest.at(-1)?.match(/^×(\d+)$/)?.[1] ?? 1);
  switch (word) {
    case "tick":
      engine.tick(nowMs);
      return [];
    case "tick?":
      return [`${engine.tick(nowMs)}`];
    case "close":
      engine.close();
      return [];
    case "retries?":
      return [`${engine.retries}`];
    case "due?":
      return [`${engine.dueMs}`];
    case "pick":
      for (let i = 0; i < times; i++) shard.add(modid);
      return [];
    case "route":
      shard.add(modid, { kind: "route" });
      return [];
    case "register":
      shard.add(modid, { kind: "route", deadlineMs: Number(rest[1]) });
      return [];
    case "report":
      for (let i = 0; i < times; i++) {
        engine.report({ modid, cmdid: 0, ip: IP, port: 80, retcode: Number(rest[0]), costMs: 0 });
      }
      return [];
  }
  engine.receive(answerOf(event), nowMs);
  return [];
}

function answerOf(event: string): Frame {
  const [, seq, answer] = event.match(/^(?:#(\d+) )?(.*)$/)!;
  if (seq === undefined) {
    const [modid, ports] = answer.split("=");
    const hosts = listOf(ports).map((port) => ({ ip: IP, port, weight: 100 }));
    const body = encodeRoute({ modid: Number(modid), cmdid: 0, hosts });
    return { msgid: MessageId.ApiGetRouteResponse, body };
  }
  const isBatch = answer.startsWith("[");
  const modules = answer.replaceAll(/[[\]]/g, "").split(" ").filter(Boolean).map((module) => {
    const [, modid, ports = "", retcode = "0"] = module.match(/^(\d+)(?::([\d,]+))?(?:!(\d))?$/)!;
    return { modid: Number(modid), cmdid: 0, retcode: Number(retcode), ports: listOf(ports) };
  });
  if (isBatch) {
    const said = modules.map((module) => ({ ...module, ips: module.ports.map(() => IP) }));
    const body = bodyOf(GetHostsResponse, { seq: Number(seq), modules: said });
    return { msgid: MessageId.GetHostsResponse, body };
  }
  const [{ ports: [port], ...module }] = modules;
  const host = port === undefined ? undefined : { ip: IP, port };
  const body = bodyOf(GetHostResponse, { ...module, seq: Number(seq), host });
  return { msgid: MessageId.GetHostResponse, body };
}

function listOf(ports: string): number[] {
  return ports.split(",").filter(Boolean).map(Number);
}

function resultOf({ module: { modid }, result }: PendingRequest): string {
  if (typeof result === "string") return `${modid} ${result}`;
  if (typeof result === "number") return `${modid}!${result}`;
  if (Array.isArray(result)) return `${modid}=${result.map(({ port }) => port)}`;
  return `${modid}:${result!.port}`;
}

function textOf({ msgid, body }: Frame): string {
  switch (msgid) {
    case MessageId.GetHostRequest: {
      const { modid, seq } = readBody(GetHostRequest, body);
      return `pick ${modid} #${seq}`;
    }
    case MessageId.GetHostsRequest: {
      const { seq, picks } = readBody(GetHostsRequest, body);
      const text = picks.map(({ modid, count }) => `${modid}×${count}`);
      return picks.length === 0 ? `offer #${seq}` : `batch ${text} #${seq}`;
    }
    case MessageId.ReportRequest: {
      const { modid, retcode } = readBody(ReportRequest, body);
      return `report ${modid} ${retcode}`;
    }
    case MessageId.ReportBatchRequest:
      return `reports ${
        readBody(ReportBatchRequest, body).modules.map(({ modid, outcomes }) =>
          `${modid}×${outcomes.reduce((sum, { count }) => sum + count, 0)}`
        )
      }`;
  }
  return `route ${readBody(GetRouteRequest, body).modid}`;
}
