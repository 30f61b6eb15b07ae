/**
 * Requests to a dns, or to what answers like one, from this process, plainly or over TLS: the load generators in C speak
 * no TLS. It takes more of the machine than they do, so rates are its own; what is measured is the server's CPU time.
 *
 * @module
 */

import { encodeRouteRequest, GetRouteResponse, MessageId, reusing } from "../../proto/mod.ts";
import {
  type ClientTls,
  type Connection,
  realClock,
  Router,
  TcpClient,
} from "../../reactor/mod.ts";
import { CMDID } from "./databases.ts";
import { cpuSec } from "./process_cost.ts";

/** What is asked, and of whom. */
export interface RouteRequests {
  /** The server's port on loopback. */
  port: number;
  /** The server's process. */
  pid: number;
  /** Whom to believe; without it connections are plain. */
  tls?: ClientTls;
  /** How many connections. */
  connections: number;
  /** Requests in flight on each. */
  flight: number;
  /** How many modules are asked for in turn, from modid 1 on. */
  modules: number;
  /** For how long, s. */
  seconds: number;
}

/** How many requests the server answers in a second of its CPU time. */
export async function answersPerCpuSec(options: RouteRequests): Promise<number> {
  const { port, pid, tls, connections, flight, modules, seconds } = options;
  let answers = 0;
  let modid = 0;
  const requests = Array.from(
    { length: modules },
    (_, i) => encodeRouteRequest({ modid: i + 1, cmdid: CMDID }),
  );
  const ask = (connection: Connection<void>) =>
    connection.send(MessageId.GetRouteRequest, requests[modid++ % modules]);
  const clients = Array.from({ length: connections }, () => {
    const opened = Promise.withResolvers<void>();
    const router = new Router<Connection<void>>().on<GetRouteResponse>(
      MessageId.GetRouteResponse,
      ({ hosts }, connection) => {
        if (hosts.length === 0) throw new Error("An answer was without a host");
        answers++;
        ask(connection);
      },
      { decode: reusing(new GetRouteResponse()) },
    );
    const client = new TcpClient({
      endpoints: [{ hostname: "127.0.0.1", port }],
      access: { tls },
      router,
      onOpen: (connection) => {
        for (let i = 0; i < flight; i++) ask(connection);
        opened.resolve();
      },
      onError: opened.reject,
    });
    client.start();
    return { client, opened: opened.promise };
  });
  await Promise.all(clients.map(({ opened }) => opened));
  await realClock.sleep(300);
  const before = { answers, cpuSec: cpuSec(pid) };
  await realClock.sleep(seconds * 1000);
  const perCpuSec = (answers - before.answers) / (cpuSec(pid) - before.cpuSec);
  await Promise.all(clients.map(({ client }) => client.stop()));
  return perCpuSec;
}
