/**
 * The agent: one on each host, which hands out hosts to the programs there, learns from their reports, and reports on.
 * Owns the picks and what is known of hosts; routes are dns' and statuses reporter's. Begin with shard/requests.ts, where
 * a request comes in, and balancer/balancer.ts, which decides; upstream/ talks to dns and reporter, supervisor/ keeps the
 * threads alive, explain/ tells people why.
 *
 * @module
 */

export { main } from "./main.ts";
