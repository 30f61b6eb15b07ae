/**
 * Programs that use the client as its users do: one file, on Node and on Deno.
 */

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { AnsweringAgent } from "../testing/client/answering_agent.ts";
import { FakeAgent } from "../testing/client/fake_agent.ts";
import { parseIpv4 } from "../proto/mod.ts";
import { bundleClient } from "../tools/bundle_client.ts";
import { type ProgramEnd, runProgram } from "../testing/process.ts";

/** The exit code of a program that had to be ended, as it did not end by itself. */
const SIGTERMED = 143;

/** Longer than any test waits, and than a timer can be set to: what waits for this hangs. */
const FOREVER_MS = 1e12;

const IP = parseIpv4("127.0.0.1")!;

/** Each way for a program to the network, and what runs a file so. */
const RUNTIMES: Record<string, readonly string[]> = {
  Node: ["node"],
  "Deno, over Deno.listenDatagram": [Deno.execPath(), "run", "--no-config", "-A", "--unstable-net"],
  "Deno, over node:dgram": [Deno.execPath(), "run", "--no-config", "-A"],
};

const BUNDLE = await Deno.makeTempDir({ prefix: "lars-client-" });
globalThis.addEventListener("unload", () => Deno.removeSync(BUNDLE, { recursive: true }));
await bundleClient(BUNDLE);

/** Runs a program beside the client's one file to its end, which it must find by itself. */
async function run(
  program: string,
  { runtime = RUNTIMES.Node, port }: { runtime?: readonly string[]; port: number },
): Promise<ProgramEnd> {
  const file = await Deno.makeTempFile({ dir: BUNDLE, suffix: ".mjs" });
  await Deno.writeTextFile(file, `import { LarsClient, LarsError } from "./lars.mjs";\n${program}`);
  const [command, ...args] = runtime;
  const { code, stdout, stderr } = await runProgram([...args, file], {
    command,
    cwd: BUNDLE,
    env: { AGENT_PORT: `${port}` },
  }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot run ${command}: install it, as by \`tools/need.sh node\``);
  });
  assertNotEquals(code, SIGTERMED, `it did not end by itself: ${stderr}`);
  return { code, stdout: stdout.trim(), stderr: stderr.trim() };
}

/** Runs it, and gives what it said; it must have nothing to complain about. */
async function outputOf(...args: Parameters<typeof run>): Promise<string> {
  const { code, stdout, stderr } = await run(...args);
  assertEquals([code, stderr], [0, ""], stdout);
  return stdout;
}

/** Answers all with a host whose port tells the module. */
function startAgent(): AnsweringAgent {
  return new AnsweringAgent({
    speaksBatches: true,
    pick: ({ modid }) => ({ ip: IP, port: 1000 + modid }),
  });
}

/** Registers a test for each way to run a program. */
function testAll(name: string, test: (runtime: readonly string[]) => Promise<void>): void {
  for (const [title, runtime] of Object.entries(RUNTIMES)) {
    Deno.test(`${name}, on ${title}`, () => test(runtime));
  }
}

testAll("a program that forgets to close its client ends by itself", async (runtime) => {
  await using agent = startAgent();
  const program = `
    const port = Number(process.env.AGENT_PORT);
    const unused = new LarsClient({ port });
    const lars = new LarsClient({ port, timeoutMs: ${FOREVER_MS} });
    const hosts = [await lars.getHost(1, 1)];
    for (let i = 0; i < 3; i++) {
      hosts.push(...await Promise.all([lars.getHost(2, 1), lars.getHost(2, 1)]));
    }
    console.log(hosts.map(({ port }) => port).join());
    // Sent though nobody waits for it.
    for (let i = 0; i < 100; i++) lars.report(1, 1, hosts[0], i);
  `;
  const output = await outputOf(`import process from "node:process";\n${program}`, {
    runtime,
    port: agent.port,
  });
  assertEquals(output, "1001,1002,1002,1002,1002,1002,1002");
  await agent.until(() => agent.outcomes.length === 100);
});

testAll("a program that only reports sends that before it ends", async (runtime) => {
  await using agent = startAgent();
  const program = `
    import process from "node:process";
    const lars = new LarsClient({ port: Number(process.env.AGENT_PORT) });
    lars.report(1, 1, { hostname: "10.0.0.1", port: 80 }, 7);
  `;
  assertEquals(await outputOf(program, { runtime, port: agent.port }), "");
  await agent.until(() => agent.outcomes.length === 1);
  assertEquals(agent.outcomes[0].retcode, 7);
});

testAll("a program waits for its answer to the end, and closes in time", async (runtime) => {
  const port = await (async () => {
    await using agent = new FakeAgent();
    return agent.port;
  })();
  const program = `
    import process from "node:process";
    const lars = new LarsClient({ port: Number(process.env.AGENT_PORT) });
    const failed = await Promise.allSettled([
      lars.getHost(1, 1),
      lars.getRoute(1, 1),
      lars.register(1, 2, { timeoutMs: 300 }),
      lars.call(1, 3, () => 0),
    ]);
    console.log(failed.map(({ reason }) => reason.code).join());
    const waiting = lars.getHost(1, 1).catch(({ code }) => code);
    await lars.close();
    await lars.close();
    console.log(await waiting, await lars.call(1, 1, () => 0).catch(({ code }) => code));
  `;
  const said = await outputOf(program, { runtime, port });
  assertEquals(said, `${Array(4).fill("agent_unreachable").join()}\nclosed closed`);
});

testAll("a program goes on when its client was idle for long", async (runtime) => {
  await using agent = startAgent();
  const program = `
    import process from "node:process";
    const lars = new LarsClient({ port: Number(process.env.AGENT_PORT), timeoutMs: 30_000 });
    for (let i = 0; i < 3; i++) {
      const { port } = await lars.getHost(i, 0);
      console.log(port, lars.retries, lars.replacedSockets);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  `;
  const said = await outputOf(program, { runtime, port: agent.port });
  assertEquals(said, "1000 0 0\n1001 0 0\n1002 0 0");
});

Deno.test("workers of node:cluster and node:worker_threads each get their own answers", async () => {
  await using agent = startAgent();
  const program = `
    import cluster from "node:cluster";
    import { Worker, isMainThread, workerData } from "node:worker_threads";
    const port = Number(process.env.AGENT_PORT);
    async function ask(modid) {
      const lars = new LarsClient({ port, timeoutMs: 2000, tries: 20 });
      for (let turn = 0; turn < 20; turn++) {
        const hosts = await Promise.all(Array.from({ length: 10 }, () => lars.getHost(modid, 0)));
        for (const host of hosts) {
          if (host.port !== 1000 + modid) throw new Error(\`\${modid} got \${host.port}\`);
        }
      }
      if (lars.retries > 0) throw new Error(\`\${lars.retries} answers went to others\`);
    }
    if (cluster.isWorker) {
      // Both before any asks, and none gone before all have.
      const lars = new LarsClient({ port });
      await new Promise((resolve) => {
        process.on("message", resolve);
        process.send("ready");
      });
      await ask(3 * cluster.worker.id);
      process.send("done");
    } else if (!isMainThread) await ask(workerData);
    else {
      const workers = [cluster.fork(), cluster.fork(), cluster.fork()];
      const step = () => Promise.all(workers.map((worker) => new Promise((resolve, reject) => {
        worker.once("message", resolve);
        worker.once("exit", (code) => reject(new Error(\`a worker ended with \${code}\`)));
      })));
      await step();
      const done = step();
      for (const worker of workers) worker.send("go");
      const threads = [30, 33].map((workerData) => new Worker(new URL(import.meta.url), { workerData }));
      await Promise.all([
        done,
        ask(60),
        ...threads.map((thread) => new Promise((resolve, reject) => {
          thread.on("error", reject);
          thread.on("exit", resolve);
        })),
      ]);
      for (const worker of workers) worker.disconnect();
      console.log("each its own");
    }
  `;
  assertEquals(await outputOf(program, { port: agent.port }), "each its own");
});

Deno.test("a call of a program on Node counts 503 against the host, and neither 404 nor an abort", async () => {
  let status = 404;
  const over = Promise.withResolvers<void>();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) => url.endsWith("/slow") ? late() : new Response("no", { status }),
  );
  using _ = { [Symbol.dispose]: () => over.resolve() };
  const late = () => over.promise.then(() => new Response("late"));
  const { port } = server.addr;
  await using agent = new AnsweringAgent({ pick: () => ({ ip: IP, port }) });
  const example = `
    import process from "node:process";
    const lars = new LarsClient({ port: Number(process.env.AGENT_PORT), timeoutMs: 30_000 });
    try {
      const text = await lars.call(2000, Number(process.argv[2] ?? 1), async ({ hostname, port }) => {
        const response = await fetch(\`http://\${hostname}:\${port}/\`);
        if (response.status >= 500) throw new Error(\`status \${response.status}\`);
        return await response.text();
      });
      console.log(text);
      const controller = new AbortController();
      const left = lars.call(2000, 2, ({ hostname, port }) => {
        setTimeout(() => controller.abort(), 50);
        return fetch(\`http://\${hostname}:\${port}/slow\`, { signal: controller.signal });
      });
      console.log(await left.catch(({ name }) => name));
      const slow = lars.call(2000, 3, ({ hostname, port }) =>
        fetch(\`http://\${hostname}:\${port}/slow\`, { signal: AbortSignal.timeout(50) }));
      console.log(await slow.catch(({ name }) => name));
    } finally {
      await lars.close();
    }
  `;
  const said = await outputOf(example, { port: agent.port });
  assertEquals(said, "no\nAbortError\nTimeoutError");
  await agent.until(() => agent.outcomes.length >= 2);
  const reported = agent.outcomes.map(({ cmdid, retcode }) => `${cmdid}: ${retcode}`).sort();
  assertEquals(reported, ["1: 0", "3: 2"]);
  status = 503;
  agent.outcomes.length = 0;
  const { code, stderr } = await run(example, { port: agent.port });
  assertEquals(code, 1);
  assertStringIncludes(stderr, "status 503");
  await agent.until(() => agent.outcomes.length === 1);
  assertEquals(agent.outcomes[0].retcode, 2);
});

Deno.test("lars.mjs has types, which hold for what it does", async () => {
  const good = `
    import { type CallOptions, type Host, LarsClient, LarsError, type LarsErrorCode } from "./lars.mjs";
    const lars = new LarsClient({ port: 8888, isFailure: (error) => !(error instanceof RangeError) });
    const options: CallOptions<Response> = { isFailedResult: ({ status }) => status >= 500 };
    try {
      const { status } = await lars.call(1, 1, ({ hostname, port }) =>
        fetch(\`http://\${hostname}:\${port}/\`), options);
      const text: string = await lars.call(1, 1, () => "text", { isFailedResult: (text) => text === "" });
      const [host]: Host[] = await lars.getRoute(1, 1);
      lars.report(1, 1, host, status, { costMs: text.length });
    } catch (error) {
      const code: LarsErrorCode | undefined = error instanceof LarsError ? error.code : undefined;
      console.log(code);
    }
    export async function disposed() {
      await using other = new LarsClient();
      return other.retries + other.droppedReports + other.replacedSockets;
    }
  `;
  assertEquals(await typeErrors(good), "");
  const bad = `
    import { LarsClient, type LarsErrorCode } from "./lars.mjs";
    export const code: LarsErrorCode = "shut";
    await new LarsClient({ port: 8888 }).call(1, 1, () => 1, { isFailedResult: (n) => n.length });
    new LarsClient({ port: "8888" }).getHost("shop", "search");
  `;
  const errors = await typeErrors(bad);
  const numbers = [...errors.matchAll(/TS(\d+)/g)].map(([, number]) => Number(number));
  // Type '"shut"', property 'length', a port and a modid that are strings.
  for (const number of [2322, 2339, 2345]) assert(numbers.includes(number), errors);

  // Whatever is declared is there.
  const declared = await Deno.readTextFile(`${BUNDLE}/lars.d.mts`);
  const values = [...declared.matchAll(/^export declare (?:class|const|function) (\w+)/gm)];
  const exported = Object.keys(await import(`file://${BUNDLE}/lars.mjs`));
  assertEquals(values.map(([, name]) => name).sort(), exported.sort());
});

/** What the type checker has to say about a program beside the client's one file. */
async function typeErrors(program: string): Promise<string> {
  const file = await Deno.makeTempFile({ dir: BUNDLE, suffix: ".mts" });
  await Deno.writeTextFile(file, program);
  const { code, stderr } = await runProgram(["check", "--no-config", "--quiet", file]);
  assertEquals(code === 0, stderr === "", stderr);
  return stderr;
}
