/**
 * What callers may say beside what a method needs.
 *
 * @module
 */

import type { OpenTransport } from "./transport/transport.ts";

/** How a client finds its agent, and how long it waits for it. */
export interface LarsClientOptions {
  /**
   * The agent's IPv4 address, dotted. 0.0.0.0, on which an agent may listen, means this machine.
   *
   * @default "127.0.0.1"
   */
  hostname?: string;
  /**
   * The first of the agent's three UDP ports.
   *
   * @default 8888
   */
  port?: number;
  /**
   * What is shown to an agent of another host that wants it (`[agent] tokens`); agents of this host want none. It is not
   * encrypted.
   *
   * @default nothing
   */
  token?: string;
  /**
   * How long each of the first `tries` waits for the agent's answer, ms. Later ones wait half as long again each, up to
   * four times as long.
   *
   * @default 100
   */
  timeoutMs?: number;
  /**
   * How often a request is sent at least, `timeoutMs` apart, before the agent counts as unreachable. It is all that a
   * request gets while it does.
   *
   * @default 2
   */
  tries?: number;
  /**
   * For how long a request is sent again, ms, to an agent that has not answered lately, such as one that asks a distant dns
   * for the first time. Then the agent counts as unreachable until it answers again. It should be longer than agents wait
   * for a route (`first_pull_wait_ms`, 1 s).
   *
   * @default 0 where `tries` is given, else 2000, or 20 × `timeoutMs` or `patienceMs` where these are less
   */
  totalTimeoutMs?: number;
  /**
   * How long an agent that has answered lately may be silent, ms: it is taken to be restarting, and a request that it
   * does not answer is sent on until this long after its last answer. Then the agent counts as unreachable until it
   * answers again.
   *
   * Longer hides longer gaps from callers. It also holds them up for longer, once, when the agent does not come back, and
   * a program whose calls keep coming meanwhile holds and repeats all of them. 0 tells at once of every gap.
   *
   * @default 5000
   */
  patienceMs?: number;
  /**
   * Says whether what the function of a {@link LarsClient.call} threw counts against the host; if not, the call is
   * reported as gone well. It is not asked about what is the caller's own doing, which is never reported.
   *
   * @default All counts
   */
  isFailure?: (error: unknown) => boolean;
  /**
   * What opens the UDP socket.
   *
   * @default Deno's own where it is switched on, node:dgram elsewhere
   */
  openTransport?: OpenTransport;
}

/** What a report may tell beside the outcome. */
export interface ReportOptions {
  /**
   * How long the call took, ms. What cannot be a duration, as of a clock that was set back meanwhile, counts as not
   * measured; one that is too long for the wire as the longest there is.
   *
   * @default not measured
   */
  costMs?: number;
}

/** How long a {@link LarsClient.register} waits. */
export interface RegisterOptions {
  /**
   * How long the route is waited for, ms.
   *
   * @default 5000
   */
  timeoutMs?: number;
}

/** How a {@link LarsClient.call} is judged, and how it can be given up. */
export interface CallOptions<T> {
  /**
   * Says whether what the function threw counts against the host; if not, the call is reported as gone well. When it throws
   * itself, as one that looks for a status in any error may, the call counts.
   *
   * @default The client's {@link LarsClientOptions.isFailure}
   */
  isFailure?: (error: unknown) => boolean;
  /**
   * Says whether what the function returned counts against the host, such as a response with status 503.
   *
   * @default Nothing does
   */
  isFailedResult?: (result: T) => boolean;
  /**
   * Gives the call up: no host is waited for any longer, and what the function throws from then on is not reported. Hand
   * it on to what the function calls. A signal of `AbortSignal.timeout` means that the call was slow, which is reported.
   */
  signal?: AbortSignal;
}
