/**
 * The commands that try the reactor alone: `echo server`, `echo qps`.
 *
 * @module
 */

import {
  Counters,
  type Endpoint,
  MAX_BODY_BYTES,
  MAX_DATAGRAM_BODY_BYTES,
  startTcpServer,
  UDP_COUNTERS,
  UdpServer,
} from "../../reactor/mod.ts";
import { UsageError } from "../../service/mod.ts";
import { jsonFlag, parseInteger, parseServer, secondsFlag, secondsOf } from "../cli/arguments.ts";
import { type Command, CommandError, type CommandInput } from "../cli/command.ts";
import { createEchoHandlers, echoRouter, startEchoLoad } from "../load/echo.ts";
import { MIN_BODY_BYTES } from "../load/echo_window.ts";
import { loadFlags, reportRate } from "../load/rate_report.ts";
import { stopped, StopSignal } from "../terminal/stop_signal.ts";

const HOSTNAME = "127.0.0.1";
const DEFAULT_PORT = "7777";
const DEFAULT_SERVER_THREADS = "2";
const DEFAULT_BODY_BYTES = "24";

const udpFlag = { doc: "Over UDP; over TCP unless given" };

/** Commands that need no Lars, but only the library below it. */
export const echoCommands: readonly Command[] = [
  {
    name: "echo server",
    summary: "Send every message back, to see what the network library does alone",
    args: ["[PORT]"],
    flags: {
      udp: udpFlag,
      threads: {
        takes: "N",
        doc: `Accepting threads (${DEFAULT_SERVER_THREADS} unless given); UDP has one`,
      },
      seconds: secondsFlag,
      json: jsonFlag,
    },
    examples: ["echo server", "echo server 7777 --threads 4", "echo server --udp --seconds 60"],
    notes: [`PORT is ${DEFAULT_PORT} unless given, on ${HOSTNAME}; 0 is any free one.`],
    async run(input) {
      const [portText = DEFAULT_PORT] = input.words;
      const port = parseInteger(portText, { name: "PORT", min: 0, max: 65_535 });
      const seconds = secondsOf(input);
      using stop = new StopSignal();
      const server = await startServer(port, input);
      const listen = `${server.address.hostname}:${server.address.port}`;
      if (input.has("json")) console.log(JSON.stringify({ listen }));
      else console.log(`Echoing on ${input.has("udp") ? "UDP" : "TCP"} ${listen}`);
      await stopped(stop.signal, seconds * 1000);
      await server.stop();
      return 0;
    },
  },
  {
    name: "echo qps",
    summary: "Send to an echo server as fast as it answers, and say how fast that is",
    args: ["THREADS"],
    flags: {
      ...loadFlags,
      udp: udpFlag,
      server: {
        takes: "HOST:PORT",
        doc: `The server (${HOSTNAME}:${DEFAULT_PORT} unless given); an address over UDP`,
      },
      bytes: { takes: "N", doc: `Bytes in a message (${DEFAULT_BODY_BYTES} unless given)` },
    },
    examples: ["echo qps 2 --seconds 5", "echo qps 1 --udp --server 127.0.0.1:7777 --bytes 1000"],
    notes: [
      "Each thread has a connection, or socket, of its own with 16 messages in flight. The exit code is 1 when a " +
      "datagram was lost, a connection broke, or no echo came.",
    ],
    async run(input) {
      const threads = parseInteger(input.words[0], { name: "THREADS", min: 1, max: 256 });
      const seconds = secondsOf(input);
      const transport = input.has("udp") ? "udp" : "tcp";
      const server = parseServer(input.value("server") ?? `${HOSTNAME}:${DEFAULT_PORT}`);
      const bodyBytes = parseInteger(input.value("bytes") ?? DEFAULT_BODY_BYTES, {
        name: "--bytes",
        min: MIN_BODY_BYTES,
        max: transport === "udp" ? MAX_DATAGRAM_BODY_BYTES : MAX_BODY_BYTES,
      });
      if (transport === "tcp") await tryToConnect(server);
      await using load = await startEchoLoad(threads, { server, transport, bodyBytes });
      const isJson = input.has("json");
      return await reportRate({ load, threads, unit: "echoes", seconds, isJson });
    },
  },
];

/** What the commands need of a server of either kind. */
interface EchoServer {
  readonly address: Deno.NetAddr;
  stop(): Promise<void>;
}

async function startServer(port: number, input: CommandInput): Promise<EchoServer> {
  const isUdp = input.has("udp");
  const threadsText = input.value("threads");
  if (isUdp && threadsText !== undefined) {
    throw new UsageError("Cannot take --threads with --udp: a UDP socket has one thread");
  }
  const range = { name: "--threads", min: 0, max: 256 };
  const threads = parseInteger(threadsText ?? DEFAULT_SERVER_THREADS, range);
  try {
    if (isUdp) {
      const counters = new Counters(UDP_COUNTERS);
      return new UdpServer({ hostname: HOSTNAME, port, router: echoRouter(), counters });
    }
    return await startTcpServer({
      hostname: HOSTNAME,
      port,
      threads,
      worker: new URL("../load/echo_server_worker.ts", import.meta.url),
      createHandlers: createEchoHandlers,
    });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new CommandError(
      `Cannot listen on ${HOSTNAME}:${port} as it is in use: give another port, 0 being any free one`,
    );
  }
}

async function tryToConnect(server: Endpoint): Promise<void> {
  try {
    (await Deno.connect(server)).close();
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new CommandError(
      `Cannot reach an echo server at ${server.hostname}:${server.port}: ${reason}. ` +
        "Start one with `lars echo server`",
    );
  }
}
