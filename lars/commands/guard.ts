/**
 * The commands about what dns holds back since the database lacks it and nobody removed it: `guard` shows it, `guard
 * accept` has it applied.
 *
 * @module
 */

import { jsonFlag, parseServer } from "../cli/arguments.ts";
import { type Command, CommandError, type CommandInput, type Flag } from "../cli/command.ts";
import { confirm, yesFlag } from "../cli/confirm.ts";
import { storeFlags, storeName, storeOf } from "../cli/store_flags.ts";
import { changeRoutes } from "../routes/route_access.ts";
import { configuredDns, USUAL_DNS } from "../status/dns_admins.ts";
import { askGuard, formatGuard, type GuardAnswer } from "../status/held_loss.ts";

const flags: Readonly<Record<string, Flag>> = {
  ...storeFlags,
  "dns-admin": {
    takes: "HOST:PORT",
    many: true,
    doc: `The admin port of a dns; may be repeated (those of [dns] admin unless given, else ` +
      `${USUAL_DNS.hostname}:${USUAL_DNS.port})`,
  },
  json: jsonFlag,
};

/** The commands about the guard of dns. */
export const guardCommands: readonly Command[] = [
  {
    name: "guard",
    summary: "Show what dns holds back since the database lacks it and nobody removed it",
    args: [],
    flags,
    examples: ["guard", "guard --dns-admin 10.0.0.8:7788", "guard --config dns.conf --json"],
    notes: [
      "The exit code is 0 when nothing is held back, and 1 when something is, or a dns does not say.",
      "When it was a mistake, bring the routes back: dns notices. When it was meant: `lars guard accept`.",
    ],
    async run(input) {
      const answers = await askAll(input, { warns: true });
      if (input.has("json")) console.log(JSON.stringify(answers));
      else for (const answer of answers) console.log(formatGuard(answer));
      return answers.every(({ held }) => held === null) ? 0 : 1;
    },
  },
  {
    name: "guard accept",
    summary: "Have every dns serve what the database has now, however much it lacks",
    args: [],
    flags: { ...flags, yes: yesFlag },
    examples: ["guard accept", "guard accept --config dns.conf --yes"],
    notes: [
      "It is a row in the database, which every dns that holds something back sees at its next poll: what such a dns reads " +
      "then is served. It counts once. A database that was never migrated has no place for it: `lars db migrate` makes one.",
    ],
    async run(input) {
      const database = storeName(storeOf(input));
      const answers = await askAll(input);
      if (answers.every(({ held }) => held === null)) {
        throw new CommandError(
          "Cannot accept anything as no dns that was asked holds anything back",
        );
      }
      const plan = `Have every dns serve what database ${database} has now`;
      confirm([...answers.map(formatGuard), plan], { isWanted: input.has("yes"), isShown: false });
      await changeRoutes(input, (store) => store.acceptLoss());
      if (input.has("json")) console.log(JSON.stringify({ database, accepted: true }));
      else console.log(`Accepted in ${database}: every dns serves what it reads next`);
      return 0;
    },
  },
];

function askAll(input: CommandInput, options?: { warns: boolean }): Promise<GuardAnswer[]> {
  const given = input.values("dns-admin").map(parseServer);
  const configured = given.length > 0 ? given : configuredDns(input, options);
  return Promise.all((configured.length > 0 ? configured : [USUAL_DNS]).map(askGuard));
}
