/**
 * A role for daemon_test.ts that does what its configuration tells it to: serve, or fail in one of the ways in which a
 * service can.
 *
 * @module
 */

import { getLogger } from "../../service/observe/logger.ts";
import { runDaemon, type Service } from "../../service/daemon.ts";
import { ExitCode, FatalError, StartError } from "../../service/errors.ts";
import type { OptionValues } from "../../service/options/options_schema.ts";
import { logSection } from "../../service/options/sections.ts";
import { choice, text } from "../../service/options/setting.ts";

const schema = {
  tiny: {
    doc: "What the test wants",
    settings: {
      does: choice([
        "serve",
        "start late",
        "fail to start",
        "never start",
        "fail to stop",
        "never stop",
        "throw",
        "reject",
        "fatal",
      ], { doc: "What it does", default: "serve" }),
      word: text({ doc: "What it says when reloaded", default: "", reload: true }),
    },
  },
  log: logSection,
};

type Values = OptionValues<typeof schema>;

await runDaemon({
  name: "tiny",
  summary: "Does what a test wants",
  schema,
  async start({ tiny: { does } }, process): Promise<Service<Values>> {
    // Like a socket, it keeps the process alive.
    setInterval(() => {}, 60_000);
    switch (does) {
      case "fail to start":
        throw new StartError("Cannot listen on 127.0.0.1:1 as {it} is in use");
      case "start late": {
        const late = new Promise<void>((resolve) => Deno.addSignalListener("SIGUSR1", resolve));
        getLogger("lars", "tiny").info("starting");
        await late;
        break;
      }
      case "never start":
        getLogger("lars", "tiny").info("starting");
        await new Promise(() => {});
        break;
      case "throw":
        setTimeout(() => {
          throw new Error("thrown");
        });
        break;
      case "reject":
        setTimeout(() => Promise.reject(new Error("rejected")));
        break;
      case "fatal":
        setTimeout(() =>
          process.fail(new FatalError("A thread hangs", { exitCode: ExitCode.stuck }))
        );
        break;
    }
    return {
      addresses: { listen: "127.0.0.1:7", admin: "127.0.0.1:8" },
      async stop() {
        if (does === "fail to stop") throw new Error("Cannot flush");
        if (does === "never stop") await new Promise(() => {});
      },
      reload({ tiny: { does, word } }) {
        const log = getLogger("lars", "tiny");
        log.info("heard", { does, word });
        log.debug("heard in detail");
      },
    };
  },
});
