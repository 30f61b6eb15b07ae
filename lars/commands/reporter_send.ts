/**
 * The command `reporter send`.
 *
 * @module
 */

import { encodeMessage, MessageId, parseIpv4, ReportStatusRequest } from "../../proto/mod.ts";
import { type Access, type Endpoint, Router, TcpClient } from "../../reactor/mod.ts";
import { UsageError } from "../../service/mod.ts";
import { parseAddress, parseInteger, parseServer } from "../cli/arguments.ts";
import { type Command, CommandError } from "../cli/command.ts";
import { moduleOf, NAMES_NOTE } from "../routes/module_words.ts";
import { reporterAccess } from "../cli/server_access.ts";
import { storeFlags } from "../cli/store_flags.ts";
import { DEFAULT_PORTS } from "../up/stack.ts";

const DEFAULT_REPORTER = `127.0.0.1:${DEFAULT_PORTS.reporter.listen}`;
const DEFAULT_CALLER = "127.0.0.1";
/** ServerCallStatus has them as int. */
const MAX_CALLS = 0x7fff_ffff;

/** Plays an agent that has one thing to say. */
export const reporterSend: Command = {
  name: "reporter send",
  summary: "Send a reporter one status of a host, as an agent does",
  args: ["MODID", "CMDID", "IP:PORT", "[PORT]"],
  flags: {
    succ: { takes: "N", doc: "Calls that went well (0 unless given)" },
    err: { takes: "N", doc: "Calls that failed (0 unless given)" },
    overload: { doc: "The host is overloaded" },
    caller: { takes: "IP", doc: `The agent that says so (${DEFAULT_CALLER} unless given)` },
    ...storeFlags,
    reporter: { takes: "HOST:PORT", doc: `The reporter (${DEFAULT_REPORTER} unless given)` },
  },
  examples: [
    "reporter send 1000 1 10.0.0.5:8080 --succ 10 --err 2",
    "reporter send 1000 1 10.0.0.5 8080 --overload --caller 10.0.0.9 --reporter 10.0.0.2:7779",
  ],
  notes: ["A reporter does not answer: its log and metrics tell what became of it.", NAMES_NOTE],
  async run(input) {
    const { ip, port } = parseAddress(input.words.slice(2).join(":"));
    const callerText = input.value("caller") ?? DEFAULT_CALLER;
    const caller = parseIpv4(callerText);
    if (caller === undefined) {
      throw new UsageError(
        `Cannot read --caller as it must be an IPv4 address: current value is ${callerText}`,
      );
    }
    const [succ, err] = ["succ", "err"].map((flag) =>
      parseInteger(input.value(flag) ?? "0", { name: `--${flag}`, min: 0, max: MAX_CALLS })
    );
    const { modid, cmdid } = await moduleOf(input);
    const report = new ReportStatusRequest();
    Object.assign(report, { modid, cmdid, caller, tsSec: Math.floor(Date.now() / 1000) });
    const overload = input.has("overload");
    Object.assign(report.results.add(), { ip, port, succ, err, overload });
    await send(encodeMessage(report), {
      reporter: parseServer(input.value("reporter") ?? DEFAULT_REPORTER),
      access: reporterAccess(input),
    });
    return 0;
  },
};

/** Resolves when the reporter has read it: it closes its side then, as ours is closed. */
async function send(
  body: Uint8Array,
  { reporter, access }: { reporter: Endpoint; access: Access },
): Promise<void> {
  const outcome = Promise.withResolvers<void>();
  const client = new TcpClient({
    endpoints: [reporter],
    access,
    router: new Router(),
    onOpen: (connection) => {
      connection.send(MessageId.ReportStatusRequest, body);
      outcome.resolve();
    },
    onError: (error) => outcome.reject(error),
  });
  client.start();
  try {
    await outcome.promise;
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new CommandError(
      `Cannot reach a reporter at ${reporter.hostname}:${reporter.port}: ${reason}`,
    );
  } finally {
    await client.stop();
  }
}
