/**
 * The command `explain`.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";
import { UsageError, wrapLine } from "../../service/mod.ts";
import { jsonFlag, parseServer } from "../cli/arguments.ts";
import { type Command, CommandError, type CommandInput } from "../cli/command.ts";
import { AgentAdmin } from "../explain/agent_admin.ts";
import { formatExplanation, formatModules, type ViewOptions } from "../explain/explain_view.ts";
import { moduleOf, NAMES_NOTE } from "../routes/module_words.ts";
import { LiveScreen, terminalSize } from "../terminal/live_screen.ts";
import { print } from "../terminal/output.ts";
import { stopped, StopSignal } from "../terminal/stop_signal.ts";
import { storeFlags } from "../cli/store_flags.ts";
import { DEFAULT_PORTS } from "../up/stack.ts";

const DEFAULT_ADMIN = `127.0.0.1:${DEFAULT_PORTS.agent.admin}`;

const WATCH_INTERVAL_MS = 1000;

/** Shows why an agent picks as it does. */
export const explainCommand: Command = {
  name: "explain",
  summary: "Show why an agent picks the hosts of a module as it does, or which modules it holds",
  args: ["[MODID]", "[CMDID]"],
  flags: {
    "agent-admin": {
      takes: "HOST:PORT",
      doc: `The admin port of the agent (${DEFAULT_ADMIN} unless given)`,
    },
    overloaded: { doc: "Of the modules, list those that have overloaded hosts" },
    watch: { doc: "Show it again every second, until Ctrl-C" },
    json: jsonFlag,
    ...storeFlags,
  },
  examples: [
    "explain 1000 1",
    "explain shop search --watch",
    "explain",
    "explain --overloaded --json",
    "explain 1000 1 --agent-admin 10.0.0.5:8898",
  ],
  notes: [
    "A healthy host is picked, an overloaded one only probed; a spared one fails, and is still picked " +
    "because too many would be overloaded otherwise. In --json healthy is idle, as on the wire.",
    "Fitness is what a host has of its fair share, and a line for each that has not all of it says why. ok and " +
    "failed are the calls of its window, since it changed its state, or for idle_timeout. With the policy original a " +
    "rate is of virtual calls: it begins with init_succ_cnt successes or init_err_cnt failures. Decisions name the " +
    "settings of [loadbalance].",
    NAMES_NOTE,
  ],
  async run(input) {
    const ask = await questionOf(input);
    if (input.has("watch")) await watch(ask, input);
    else console.log((await ask()).lines(hereOptions()).join("\n"));
    return 0;
  },
};

/** What an agent said, as it is to be printed. */
interface Answer {
  lines(options: ViewOptions): string[];
}

async function questionOf(input: CommandInput): Promise<() => Promise<Answer>> {
  const admin = new AgentAdmin(parseServer(input.value("agent-admin") ?? DEFAULT_ADMIN));
  const module = await explainedModule(input);
  const isJson = input.has("json");
  return async () => {
    if (module === undefined) {
      const page = await admin.list({ overloadedOnly: input.has("overloaded") });
      return { lines: () => isJson ? [JSON.stringify(page)] : formatModules(page) };
    }
    const page = await admin.explain(module);
    return {
      lines: (options) => isJson ? [JSON.stringify(page)] : formatExplanation(page, options),
    };
  };
}

async function explainedModule(input: CommandInput): Promise<ModuleName | undefined> {
  const { words } = input;
  if (words.length === 1) {
    throw new UsageError(
      "Cannot explain a MODID alone: give its CMDID, or neither to list modules",
    );
  }
  if (words.length === 2 && input.has("overloaded")) {
    throw new UsageError("Cannot take --overloaded with a module: it is for the list of modules");
  }
  return words.length === 2 ? await moduleOf(input) : undefined;
}

/** Asks every second: in place on a terminal, one below the other elsewhere. An agent that is away may come back. */
async function watch(ask: () => Promise<Answer>, input: CommandInput): Promise<void> {
  const isLive = Deno.stdout.isTerminal() && !input.has("json");
  const screen = new LiveScreen(print);
  using stop = new StopSignal();
  while (!stop.signal.aborted) {
    const startedAtMs = performance.now();
    const answer = await ask().catch(failureOf);
    if (answer instanceof CommandError && !isLive) console.error(`lars: ${answer.message}`);
    else {
      const lines = answer instanceof CommandError
        ? wrapLine(answer.message, liveOptions().columns ?? Infinity)
        : answer.lines(isLive ? liveOptions() : hereOptions());
      if (isLive) screen.draw(lines, terminalSize());
      else console.log(lines.join("\n"));
    }
    await stopped(stop.signal, startedAtMs + WATCH_INTERVAL_MS - performance.now());
  }
}

function failureOf(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  throw error;
}

function hereOptions(): ViewOptions {
  if (!Deno.stdout.isTerminal()) return { color: false };
  return { color: !Deno.noColor, columns: terminalSize().columns };
}

function liveOptions(): ViewOptions {
  return { ...hereOptions(), rows: terminalSize().rows - 1 };
}
