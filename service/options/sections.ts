/**
 * The sections of the configuration that several roles have. What only one role has is declared by that role.
 *
 * @module
 */

import type { Section } from "./options.ts";
import { choice, count, ipv4, listenPort, type Setting } from "./setting.ts";
import type { LogLevel } from "../observe/logger.ts";
import type { LogFormat } from "../observe/logging.ts";

/** `[reactor]` of a role that serves TCP. */
export type ReactorSection = Section<{
  /** Address to listen on. */
  ip: Setting<string>;
  /** Port to listen on; 0 is any free one. */
  port: Setting<number>;
  /** Connections at once, of all threads together. */
  maxConn: Setting<number>;
  /** Accepting threads; 0 serves in the main one. */
  threadNum: Setting<number>;
}>;

/** `[admin]` of any role. */
export type AdminSection = Section<{
  /** Address to listen on. */
  ip: Setting<string>;
  /** Port to listen on; 0 is any free one. */
  port: Setting<number>;
}>;

/** `[log]` of any role. */
export type LogSection = Section<{
  /** What is logged: this and worse. */
  level: Setting<LogLevel>;
  /** How it is written. */
  format: Setting<LogFormat>;
}>;

/** `[reactor]` of a role that serves TCP, by default on this port. */
export function reactorSection(defaults: { port: number }): ReactorSection {
  return {
    doc: "The TCP server that agents connect to",
    settings: {
      ip: ipv4({
        doc: "Address to listen on; 0.0.0.0 is all of the host's",
        detail: "Agents on other hosts reach it only where this is not 127.0.0.1.",
        default: "127.0.0.1",
      }),
      port: listenPort({ doc: "Port to listen on; 0 is any free one", default: defaults.port }),
      maxConn: count({
        doc: "Connections at once; one more is closed at once",
        detail:
          "All threads share it. An agent has one connection. Where more than three quarters of them are open, " +
          "those that never said anything are closed, the oldest first: be generous. The process needs as many " +
          "open files and some more: see ulimit -n.",
        default: 1024,
        min: 1,
        max: 1_000_000,
      }),
      threadNum: count({
        doc: "Threads that accept connections; 0 serves in the main one",
        detail: "The kernel deals connections out to them. More than there are cores gain nothing.",
        default: 2,
        max: 256,
      }),
    },
  };
}

/** `[admin]`, by default on this port. */
export function adminSection(defaults: { port: number }): AdminSection {
  return {
    doc: "HTTP for operators: /metrics, /healthz, /readyz",
    settings: {
      ip: ipv4({
        doc: "Address to listen on",
        detail: "Whoever reaches it may ask; leave it on loopback, or where only operators are.",
        default: "127.0.0.1",
      }),
      port: listenPort({ doc: "Port to listen on; 0 is any free one", default: defaults.port }),
    },
  };
}

/** `[log]`: what is logged, and how. */
export const logSection: LogSection = {
  doc: "The log, on stderr",
  settings: {
    level: choice(["debug", "info", "warning", "error"], {
      doc: "Log this and worse",
      detail: "No level logs a line per request.",
      default: "info",
      reload: true,
    }),
    format: choice(["auto", "text", "json"], {
      doc: "text, json (one object a line), or auto: text on a terminal, else json",
      default: "auto",
    }),
  },
};
