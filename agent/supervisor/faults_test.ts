import { assertEquals, assertThrows } from "@std/assert";
import { commitFault, faultRoutes } from "./faults.ts";

/** Posts a query to the route, whose worker runs or not. */
async function post(query: string, { isRunning = true } = {}) {
  const faults: string[] = [];
  const routes = faultRoutes((worker, kind) => {
    faults.push(`${worker} ${kind}`);
    return isRunning;
  });
  const request = new Request(`http://127.0.0.1:8898/debug/fault?${query}`, { method: "POST" });
  const response = await routes["POST /debug/fault"](request);
  return { status: response.status, text: await response.text(), faults };
}

Deno.test("faultRoutes() has the worker named commit the fault named", async () => {
  const { status, text, faults } = await post("worker=shard1&kind=hang");
  assertEquals([status, text, faults], [200, "shard1: hang\n", ["shard1 hang"]]);
});

Deno.test("faultRoutes() says what is allowed when the query is not", async () => {
  const queries = [
    "",
    "worker=shard1",
    "kind=throw",
    "worker=shard3&kind=throw",
    "worker=dns&kind=x",
  ];
  for (const query of queries) {
    const { status, text, faults } = await post(query);
    assertEquals([status, faults], [400, []]);
    assertEquals(
      text,
      "Cannot make this fault as it must be " +
        "worker=shard0|shard1|shard2|dns|reporter&kind=throw|exit|hang\n",
    );
  }
});

Deno.test("faultRoutes() says so when the worker does not run", async () => {
  const { status, text } = await post("worker=dns&kind=throw", { isRunning: false });
  assertEquals([status, text], [409, "Cannot break dns as it does not run now\n"]);
});

Deno.test('commitFault() throws when told to "throw"', () => {
  assertThrows(() => commitFault("throw"), Error, "POST /debug/fault");
});
