/**
 * The sections of the configuration that several roles have. What only one role has is declared by that role.
 *
 * @module
 */

import type { Section } from "./options_schema.ts";
import { ipv4, networks } from "./address_settings.ts";
import { pemContent, tokens, tokensFile } from "./file_settings.ts";
import { choice, count, listenPort, type Setting } from "./setting.ts";
import type { Admission } from "../gate/admission.ts";
import type { Network } from "../../proto/mod.ts";
import type { LogLevel } from "../observe/logger.ts";
import type { LogFormat } from "../observe/logging.ts";

/** Tokens, in two ways: see {@link tokensOf}. */
export type TokenSettings = {
  /** Those that are written down where everything is. */
  tokens: Setting<readonly string[]>;
  /** Those of a file. */
  tokensFromFile: Setting<readonly string[]>;
};

/** Who may speak to a server: see {@link admissionOf}. */
export type AdmissionSettings = TokenSettings & {
  /** Where from. */
  networks: Setting<readonly Network[]>;
};

/** `[reactor]` of a role that serves TCP. */
export type ReactorSection = Section<
  AdmissionSettings & {
    /** Address to listen on. */
    ip: Setting<string>;
    /** Port to listen on; 0 is any free one. */
    port: Setting<number>;
    /** Connections at once, of all threads together. */
    maxConn: Setting<number>;
    /** Accepting threads; 0 serves in the main one. */
    threadNum: Setting<number>;
    /** The server's certificate. */
    tlsCert: Setting<string | undefined>;
    /** Its key. */
    tlsKey: Setting<string | undefined>;
  }
>;

/** `[admin]` of any role. */
export type AdminSection = Section<
  TokenSettings & {
    /** Address to listen on. */
    ip: Setting<string>;
    /** Port to listen on; 0 is any free one. */
    port: Setting<number>;
  }
>;

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
      ...admissionSettings({ who: "agents" }),
      tlsCert: pemContent("certificate", {
        key: "tls_cert",
        doc: "File with the server's certificate, in PEM; with it and tls_key, connections are TLS",
        detail:
          "Behind it in the file stand those between it and the authority. On SIGHUP the file is read again: who " +
          "connects from then on gets the new one, and the connections that there are live on.",
        reload: true,
      }),
      tlsKey: pemContent("key", {
        key: "tls_key",
        doc: "File with the key of tls_cert, in PEM",
        reload: true,
      }),
    },
  };
}

/** Settings that say which tokens are valid, or shown: `doc` says of which of the two. */
export function tokenSettings({ doc, detail }: { doc: string; detail: string }): TokenSettings {
  return {
    tokens: tokens({ doc: `${doc}; nothing is none`, detail, reload: true }),
    tokensFromFile: tokensFile({
      key: "tokens_file",
      doc: "File with more of them, one a line",
      detail: "Keep it from all but the role's user. On SIGHUP it is read again.",
      reload: true,
    }),
  };
}

/** Settings that say who may speak to a server. */
export function admissionSettings({ who }: { who: string }): AdmissionSettings {
  return {
    networks: networks({
      doc: `Networks that ${who} may come from: 10.0.0.0/8, 192.168.1.7; nothing is any`,
      detail: "Loopback always may. Others are disconnected, or dropped, and counted.",
      reload: true,
    }),
    ...tokenSettings({
      doc: `Tokens of which ${who} must show one`,
      detail:
        "Not on the command line, which others can read. Several are valid at once, so that one can be replaced: " +
        "first the new one beside the old one here, then at those who show it, then the old one away.",
    }),
  };
}

/** All tokens of {@link tokenSettings}. */
export function tokensOf(
  { tokens, tokensFromFile }: {
    tokens: readonly string[];
    tokensFromFile: readonly string[];
  },
): readonly string[] {
  return [...tokens, ...tokensFromFile];
}

/** What {@link admissionSettings} say. */
export function admissionOf(
  { networks, ...section }: {
    networks: readonly Network[];
    tokens: readonly string[];
    tokensFromFile: readonly string[];
  },
): Admission {
  return { networks, tokens: tokensOf(section) };
}

/** `[admin]`, by default on this port. */
export function adminSection(defaults: { port: number }): AdminSection {
  return {
    doc: "HTTP for operators: /metrics, /healthz, /readyz",
    settings: {
      ip: ipv4({
        doc: "Address to listen on",
        detail:
          "/healthz and /readyz answer everybody who reaches it, the rest callers by loopback, and others with a token.",
        default: "127.0.0.1",
      }),
      port: listenPort({ doc: "Port to listen on; 0 is any free one", default: defaults.port }),
      ...tokenSettings({
        doc: "Tokens of which callers from elsewhere than loopback must show one",
        detail:
          'As "Authorization: Bearer TOKEN". Tools such as lars status show the first one of their own.',
      }),
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
