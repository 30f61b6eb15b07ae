/**
 * One thread of `lars echo qps`: keeps messages in flight on one connection or socket, and counts echoes.
 *
 * @module
 */

import { type Posts, Router, runWorker, TcpClient, UdpClient } from "../../reactor/mod.ts";
import { threadCounters, type ThreadInit } from "./thread_load.ts";
import { ECHO_ERRORS, ECHO_ID, type EchoPart } from "./echo.ts";
import { EchoWindow } from "./echo_window.ts";

/** Messages in flight. */
const SLOTS = 16;
/** A datagram that is not echoed by then is lost. */
const UDP_TIMEOUT_MS = 200;

runWorker<ThreadInit<EchoPart>, Posts<never>>(({ server, transport, bodyBytes, buffer }) => {
  const counters = threadCounters(ECHO_ERRORS, buffer);
  let isStopping = false;
  return transport === "tcp" ? loadTcp() : loadUdp();

  function loadTcp() {
    const window = makeWindow((body) => client.send(ECHO_ID, body));
    const client = new TcpClient({
      endpoints: [server],
      router: makeRouter(window),
      onOpen: () => window.fill(performance.now()),
      onClose: () => {
        if (!isStopping) counters.add("disconnected");
      },
      onError: () => counters.add("disconnected"),
    });
    client.start();
    return {
      stop() {
        isStopping = true;
        return client.stop();
      },
    };
  }

  function loadUdp() {
    const window = makeWindow((body) => client.send(ECHO_ID, body));
    const client = new UdpClient({ endpoint: server, router: makeRouter(window) });
    window.fill(performance.now());
    const timer = setInterval(() => {
      const overdue = { nowMs: performance.now(), timeoutMs: UDP_TIMEOUT_MS };
      counters.add("lost", window.sendOverdue(overdue));
    }, UDP_TIMEOUT_MS / 2);
    return {
      stop() {
        isStopping = true;
        clearInterval(timer);
        return client.stop();
      },
    };
  }

  function makeWindow(send: (body: Uint8Array) => void): EchoWindow {
    return new EchoWindow({
      slots: SLOTS,
      bodyBytes,
      send: (body) => {
        if (!isStopping) send(body);
      },
    });
  }

  function makeRouter<Peer>(window: EchoWindow): Router<Peer> {
    return new Router<Peer>().on(ECHO_ID, (body) => {
      if (window.takeEcho(body, performance.now())) counters.add("done");
    });
  }
});
