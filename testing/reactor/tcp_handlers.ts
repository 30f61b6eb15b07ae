/**
 * A service that does everything a TCP server lets it do.
 *
 * @module
 */

import type { Connection } from "../../reactor/tcp/connection.ts";
import { Router } from "../../reactor/frame/router.ts";
import type { TcpHandlers } from "../../reactor/tcp/tcp_acceptor.ts";
import type { TcpServerParent } from "../../reactor/tcp/tcp_acceptor.ts";

/** What it understands. */
export const Ask = {
  /** Answered with the same. */
  Echo: 1,
  /** The body is an int32: answered with so many bytes. */
  Give: 2,
  /** Its body never parses. */
  Malformed: 3,
  /** Its handler throws. */
  Fail: 4,
  /** Counted, not answered. */
  Sink: 5,
  /** Answered with the thread's number. */
  Who: 6,
  /** Closes the connection. */
  Close: 7,
  /** Has writes to this connection not be paced. */
  Announce: 8,
  /** Never asked: what a push is sent as. */
  Pushed: 100,
} as const;

/** What it keeps for a connection. */
export interface TestState {
  /** How many {@link Ask.Sink} came. */
  sunk: number;
}

/** What can be posted to it. */
export type TestTask =
  | { kind: "push"; bytes: number; count: number }
  | { kind: "hang"; ms: number }
  | { kind: "throw" | "close" | "exit" };

/** What it tells the thread that started it. */
export type TestEvent =
  | { thread: number; kind: "opened" | "stopped" }
  | { thread: number; kind: "closed"; sunk: number }
  | { thread: number; kind: "pushed"; connections: number };

/** What a thread of it is made with. */
export interface TestInit {
  /** The thread's number; a negative one cannot be set up. */
  thread: number;
}

/** Makes the handlers of one thread. */
export function createTestHandlers(
  { thread }: TestInit,
  parent: TcpServerParent<TestEvent>,
): TcpHandlers<TestState, TestTask> {
  if (thread < 0) throw new RangeError(`Cannot set up thread ${thread}`);
  return {
    router: createRouter(thread),
    createState: () => ({ sunk: 0 }),
    onOpen: () => parent.post({ thread, kind: "opened" }),
    onClose: ({ state }) => parent.post({ thread, kind: "closed", sunk: state.sunk }),
    onTask(task, connections) {
      switch (task.kind) {
        case "push": {
          const all = [...connections];
          const body = new Uint8Array(task.bytes);
          for (let i = 0; i < task.count; i++) all.forEach((each) => each.send(Ask.Pushed, body));
          parent.post({ thread, kind: "pushed", connections: all.length });
          break;
        }
        case "hang":
          for (const endMs = performance.now() + task.ms; performance.now() < endMs;);
          break;
        case "throw":
          throw new Error("as it was told");
        case "close":
          self.close();
          break;
        case "exit":
          Deno.exit(1);
      }
    },
    onStop: () => parent.post({ thread, kind: "stopped" }),
  };
}

function createRouter(thread: number): Router<Connection<TestState>> {
  return new Router<Connection<TestState>>(() => {})
    .on(Ask.Echo, (body, connection) => connection.send(Ask.Echo, body))
    .on(Ask.Give, (bytes, connection) => connection.send(Ask.Give, new Uint8Array(bytes)), {
      decode: (body: Uint8Array) => new DataView(body.buffer, body.byteOffset).getInt32(0, true),
    })
    .on(Ask.Malformed, () => {}, {
      decode() {
        throw new RangeError("cut short");
      },
    })
    .on(Ask.Fail, () => {
      throw new Error("as it was told");
    })
    .on(Ask.Sink, (_body, { state }) => state.sunk++)
    .on(Ask.Who, (_body, connection) => connection.send(Ask.Who, Uint8Array.of(thread)))
    .on(Ask.Announce, (_body, connection) => connection.isAnnounced = true)
    .on(Ask.Close, (_body, connection) => connection.close());
}

/** The body of {@link Ask.Give}. */
export function giveBody(bytes: number): Uint8Array {
  return new Uint8Array(Int32Array.of(bytes).buffer);
}
