import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type AdminHandler, type AdminServer, type Readiness, startAdmin } from "./admin.ts";
import { StartError } from "../errors.ts";
import { OUTER_ADDRESS } from "../../testing/outer_address.ts";
import { setLogSink } from "./logger.ts";
import { Metrics } from "./metrics.ts";

function start(
  { ready = () => ({ ok: true }), routes, ...options }: {
    ready?: () => Readiness;
    routes?: Record<string, AdminHandler>;
    hostname?: string;
    tokens?: readonly string[];
  } = {},
): AdminServer {
  const metrics = new Metrics({ role: "dns" });
  return startAdmin({ hostname: "127.0.0.1", port: 0, metrics, ready, routes, ...options });
}

async function ask(
  { address }: AdminServer,
  path: string,
  init?: RequestInit,
): Promise<{ status: number; body: string; headers: Headers }> {
  const response = await fetch(`http://127.0.0.1:${address.port}${path}`, init);
  return { status: response.status, body: await response.text(), headers: response.headers };
}

Deno.test("startAdmin() serves metrics and health", async () => {
  await using admin = start();
  const metrics = await ask(admin, "/metrics");
  assertEquals(metrics.status, 200);
  assertStringIncludes(metrics.headers.get("content-type") ?? "", "text/plain; version=0.0.4");
  assertStringIncludes(metrics.body, 'lars_build_info{role="dns"');
  const { status, body } = await ask(admin, "/healthz?verbose=1");
  assertEquals({ status, body }, { status: 200, body: "ok\n" });
});

Deno.test("startAdmin() tells on /readyz what the service says at that moment", async () => {
  let readiness: Readiness = { ok: false, reason: "no table is loaded" };
  await using admin = start({ ready: () => readiness });
  const before = await ask(admin, "/readyz");
  assertEquals([before.status, before.body], [503, "not ready: no table is loaded\n"]);
  readiness = { ok: true };
  const after = await ask(admin, "/readyz");
  assertEquals([after.status, after.body], [200, "ready\n"]);
  readiness = { ok: true, note: "its database is away" };
  const noted = await ask(admin, "/readyz");
  assertEquals([noted.status, noted.body], [200, "ready, but its database is away\n"]);
});

Deno.test("startAdmin() serves the routes handed in, whatever their method", async () => {
  await using admin = start({
    routes: {
      "GET /debug": () => new Response("got"),
      "POST /debug": async (request) => new Response(`posted ${await request.text()}`),
    },
  });
  assertEquals((await ask(admin, "/debug")).body, "got");
  assertEquals((await ask(admin, "/debug", { method: "POST", body: "x" })).body, "posted x");
  const { status, headers } = await ask(admin, "/debug", { method: "DELETE" });
  assertEquals([status, headers.get("allow")], [405, "GET, HEAD, POST, OPTIONS"]);
});

Deno.test("startAdmin() says at / what there is, and so does its 404", async () => {
  await using admin = start({ routes: { "POST /refresh": () => new Response("done") } });
  const { status, body, headers } = await ask(admin, "/", { headers: { accept: "text/html" } });
  assertEquals([status, headers.get("content-type")], [200, "text/plain;charset=UTF-8"]);
  assertEquals(body.split("\n").map((line) => line.split("  ")[0]), [
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "POST /refresh",
    "",
  ]);
  for (const path of ["/metric", "/constructor", "/favicon.ico", "/refresh/now"]) {
    const missed = await ask(admin, path);
    assertEquals([missed.status, missed.body], [404, `Cannot find ${path}: there is\n${body}`]);
  }
});

Deno.test("startAdmin() answers HEAD as GET, without the body", async () => {
  let ok = true;
  await using admin = start({ ready: () => ok ? { ok } : { ok, reason: "no table is loaded" } });
  for (const isReady of [true, false]) {
    ok = isReady;
    for (const path of ["/", "/healthz", "/readyz"]) {
      const [get, head] = [await ask(admin, path), await ask(admin, path, { method: "HEAD" })];
      assertEquals([head.status, head.body], [get.status, ""]);
      for (const name of ["content-type", "content-length"]) {
        assertEquals(head.headers.get(name), get.headers.get(name));
      }
    }
  }
  const { status, body, headers } = await ask(admin, "/metrics", { method: "HEAD" });
  assertEquals([status, body], [200, ""]);
  assertStringIncludes(headers.get("content-type") ?? "", "text/plain; version=0.0.4");
});

Deno.test("startAdmin() says which methods there are when asked by another, or by OPTIONS", async () => {
  await using admin = start({ routes: { "POST /refresh": () => new Response("done") } });
  for (
    const [path, allow] of [["/metrics", "GET, HEAD, OPTIONS"], ["/refresh", "POST, OPTIONS"]]
  ) {
    for (const method of ["PUT", "DELETE", path === "/refresh" ? "HEAD" : "POST"]) {
      const { status, headers, body } = await ask(admin, path, { method });
      assertEquals([status, headers.get("allow")], [405, allow]);
      if (method !== "HEAD") assertEquals(body, `Cannot ${method} ${path}: it takes ${allow}\n`);
    }
    const { status, headers } = await ask(admin, path, { method: "OPTIONS" });
    assertEquals([status, headers.get("allow")], [204, allow]);
  }
  assertEquals((await ask(admin, "/nothing", { method: "OPTIONS" })).status, 404);
});

Deno.test("startAdmin() ignores a query, a slash at the end and one too many", async () => {
  await using admin = start();
  for (
    const path of ["//healthz", "/healthz/", "//healthz//?a=1", "/metrics/?name[]=x", "/metrics?x"]
  ) {
    assertEquals((await ask(admin, path)).status, 200, path);
  }
  assertStringIncludes((await ask(admin, "//")).body, "GET /healthz");
});

Deno.test("startAdmin() refuses a Host that is none, and says so", async () => {
  await using admin = start();
  for (const host of ["]:", "a b", "a:99999"]) {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: admin.address.port });
    const request = `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    await connection.write(new TextEncoder().encode(request));
    const answer = await new Response(connection.readable).text();
    assertStringIncludes(answer, "HTTP/1.1 400 ");
    assertStringIncludes(answer, `current value is ${JSON.stringify(host)}\n`);
  }
});

Deno.test("startAdmin() answers 500 when a handler throws, and serves on", async () => {
  await using admin = start({
    ready() {
      throw new Error("broken");
    },
  });
  const { status, body } = await ask(admin, "/readyz");
  assertEquals([status, body], [500, "failed\n"]);
  assertEquals((await ask(admin, "/healthz")).status, 200);
});

Deno.test("startAdmin() says how to mend it when the port is in use", async () => {
  await using admin = start();
  const { port } = admin.address;
  const options = { hostname: "127.0.0.1", port, metrics: new Metrics({ role: "dns" }) };
  const error = assertThrows(
    () => startAdmin({ ...options, ready: () => ({ ok: true }) }),
    StartError,
  );
  assertEquals(
    error.message,
    `Cannot serve admin requests on 127.0.0.1:${port} as it is in use: ` +
      "choose another with [admin] port, 0 being any",
  );
});

Deno.test("AdminServer.stop() closes the port", async () => {
  const admin = start();
  await ask(admin, "/healthz");
  await admin.stop();
  Deno.listen({ hostname: "127.0.0.1", port: admin.address.port }).close();
});

Deno.test("AdminServer.stop() does not wait for the rest of half a request", async () => {
  const admin = start();
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: admin.address.port });
  await connection.write(new TextEncoder().encode("GET /healthz HTTP/1.1\r\n"));
  await ask(admin, "/healthz");
  await admin.stop();
  assertEquals(await connection.read(new Uint8Array(1)), null);
});

Deno.test({
  name: "startAdmin() answers another host whether it lives and is ready, and the rest for a token",
  ignore: OUTER_ADDRESS === undefined,
  async fn() {
    const logged: string[] = [];
    const before = setLogSink(({ message }) => logged.push(message));
    const admin = start({
      hostname: "0.0.0.0",
      tokens: ["old-admin-token-1", "new-admin-token-2"],
      ready: () => ({ ok: false, reason: "Access denied for user 'lars'" }),
      routes: { "POST /refresh": () => new Response("done") },
    });
    async function askFrom(hostname: string, path: string, init?: RequestInit) {
      const response = await fetch(`http://${hostname}:${admin.address.port}${path}`, init);
      return [response.status, (await response.text()).split("\n")[0]];
    }
    const outer = OUTER_ADDRESS!;
    const bearing = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    try {
      assertEquals(await askFrom(outer, "/healthz"), [200, "yes"]);
      assertEquals(await askFrom(outer, "/readyz"), [503, "no"]); // reasons are for operators
      for (const path of ["/metrics", "/", "/refresh", "/none", "//metrics"]) {
        for (const init of [{}, bearing("old-admin-token-2"), bearing("")]) {
          const [status, text] = await askFrom(outer, path, init);
          assertEquals(status, 401, path);
          assertStringIncludes(String(text), "Authorization: Bearer TOKEN");
        }
      }
      assertEquals((await askFrom(outer, "/refresh", { method: "POST" }))[0], 401);
      for (const token of ["old-admin-token-1", "new-admin-token-2"]) {
        assertEquals((await askFrom(outer, "/metrics", bearing(token)))[0], 200);
      }
      admin.reload({ tokens: ["new-admin-token-2"] });
      assertEquals((await askFrom(outer, "/metrics", bearing("old-admin-token-1")))[0], 401);
      assertEquals(await askFrom("127.0.0.1", "/readyz"), [
        503,
        "not ready: Access denied for user 'lars'",
      ]);
      assertEquals(logged, [
        "The operators' port {address} can be reached by others, unencrypted",
      ]);
    } finally {
      await admin.stop();
      setLogSink(before);
    }
  },
});
