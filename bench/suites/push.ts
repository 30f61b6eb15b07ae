/**
 * How long after a change was committed the subscribers of the module have it.
 *
 * @module
 */

import { RouteWatch } from "../../lars/routes/route_watch.ts";
import { seededRandom } from "../../simulator/mod.ts";
import type { Database } from "../../sql/database.ts";
import { openRouteStore } from "../../sql/mod.ts";
import { startMariadb } from "../../testing/mariadb.ts";
import { Role, storeSettings } from "../../testing/role.ts";
import { CMDID, fill, openDatabase } from "../harness/databases.ts";
import { percentile } from "../harness/statistics.ts";
import { pause } from "../harness/waiting.ts";
import type { Figure, Suite, SuiteInput, Target } from "../suite.ts";

/** For each round and second. */
const CHANGES = 40;
const LEAST_CHANGES = 5;
/** Changes are spread over the time between two polls of dns. */
const POLL_MS = 200;
const DEADLINE_MS = 10_000;
const SEED = 1;

const MODULE = { modid: 1, cmdid: CMDID };
const IP = 0x0a00_0001;

/** From a commit to the callback of a connection to dns. */
export const pushSuite: Suite = {
  name: "push",
  summary:
    "From the commit of a changed route to who watches it at dns, MariaDB polled every 200 ms",
  async run({ rounds, seconds, signal }: SuiteInput) {
    await using mariadb = await startMariadb();
    const config = await mariadb.createDatabase();
    await fill(config, MODULE.modid);
    const database = await openDatabase(config);
    const store = await openRouteStore(config);
    await using _closing = {
      async [Symbol.asyncDispose]() {
        await database.close();
        await store.close();
      },
    };
    const settings = [...storeSettings(config), `dns.version_poll_ms=${POLL_MS}`];
    await using dns = await Role.start("dns", settings);
    await using watched = await WatchedPort.start(dns.port);
    const random = seededRandom(SEED);
    const changes = Math.max(LEAST_CHANGES, Math.round(CHANGES * rounds * seconds));

    async function measure(name: string, { change, p99 }: Way): Promise<Figure[]> {
      const latenciesMs: number[] = [];
      for (let n = 0; n < changes; n++) {
        await pause(random() * POLL_MS, signal);
        latenciesMs.push(await watched.latencyMs(change));
      }
      return [["p50", 0.5], ["p99", 0.99], ["max", 1]].map(([label, share]) => ({
        name: `${name}, ${label}`,
        unit: "ms",
        value: percentile(latenciesMs, Number(share)),
        target: label === "p99" ? p99 : undefined,
      }));
    }

    return [
      ...await measure("announced change", {
        change: (port) => changeByHand(database, port),
        p99: { atMost: 300 },
      }),
      ...await measure("change with our tools", {
        async change(port) {
          await store.changeRoutes([{ ...MODULE, put: [{ ip: IP, port }], drop: "others" }]);
          return () => refresh(dns);
        },
        p99: { atMost: 20 },
      }),
    ];
  },
};

/** A way of changing routes. */
interface Way {
  /** Commits; what it gives is to be done afterwards. */
  change: (port: number) => Promise<(() => Promise<void>) | void>;
  p99: Target;
}

/** Wakes dns up. One that knows no wake-ups finds the change by itself. */
async function refresh(dns: Role): Promise<void> {
  const { status, text } = await dns.post("/refresh");
  if (status >= 400 && status !== 404) throw new Error(`POST /refresh was answered: ${text}`);
}

/** As somebody with a database client does it. */
async function changeByHand(database: Database, port: number): Promise<void> {
  await database.transaction(async (session) => {
    await session.write("UPDATE RouteVersion SET version = version + 1 WHERE id = 1");
    await session.write("UPDATE RouteData SET serverport = ? WHERE modid = ? AND cmdid = ?", [
      port,
      MODULE.modid,
      MODULE.cmdid,
    ]);
    await session.write(
      `INSERT INTO RouteChange (modid, cmdid, version)
      SELECT ?, ?, version FROM RouteVersion WHERE id = 1`,
      [MODULE.modid, MODULE.cmdid],
    );
  });
}

/** The module's port, changed again and again, as a subscriber of dns sees it. */
class WatchedPort implements AsyncDisposable {
  readonly #watch: RouteWatch;
  readonly #answered = Promise.withResolvers<void>();
  #port = 10_000;
  #onPort?: () => void;

  static async start(dnsPort: number): Promise<WatchedPort> {
    const watched = new WatchedPort(dnsPort);
    await watched.#answered.promise;
    return watched;
  }

  private constructor(dnsPort: number) {
    this.#watch = new RouteWatch({
      module: MODULE,
      dns: { hostname: "127.0.0.1", port: dnsPort },
      onRoute: ({ hosts: [host] }) => {
        this.#answered.resolve();
        if (host?.port === this.#port) this.#onPort?.();
      },
      onAway: (reason) => this.#answered.reject(new Error(reason)),
    });
  }

  /** Changes the port, and waits until it is pushed. */
  async latencyMs(change: Way["change"]): Promise<number> {
    this.#port++;
    const pushed = new Promise<number>((resolve) => {
      this.#onPort = () => resolve(performance.now());
    });
    const after = await change(this.#port);
    const committedMs = performance.now();
    await after?.();
    const timer = setTimeout(() => {
      throw new Error(`A change was not pushed within ${DEADLINE_MS} ms`);
    }, DEADLINE_MS);
    const latencyMs = await pushed - committedMs;
    clearTimeout(timer);
    return Math.max(latencyMs, 0); // a poll may see the commit before we do
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch[Symbol.asyncDispose]();
  }
}
