/**
 * What a business program imports to call remote services through the Lars agent on its own machine: ask for a host of a
 * module, call it, and report how that went. Runs under Deno and under Node.
 *
 * @example A call, its host picked and its outcome reported
 * ```ts
 * import { LarsClient } from "./mod.ts";
 *
 * const lars = new LarsClient();
 * try {
 *   await lars.register(1000, 1);
 *   const text = await lars.call(1000, 1, async ({ hostname, port }) => {
 *     const response = await fetch(`http://${hostname}:${port}/`);
 *     if (response.status >= 500) throw new Error(`status ${response.status}`); // the host's fault
 *     return response.text(); // a 404 is an answer like any other
 *   });
 *   console.log(text);
 * } finally {
 *   await lars.close(); // `await using lars = …` does this where the language has it
 * }
 * ```
 *
 * @module
 */

export * from "./client.ts";
export type * from "./host.ts";
export * from "./lars_error.ts";
export type * from "./options.ts";
export type * from "./transport/transport.ts";
