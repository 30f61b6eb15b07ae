/**
 * The reporter: takes what agents say of how calls went, and stores the newest of it. Owns statuses on their way into the
 * database; what is in it is sql's. Begin with intake/handlers.ts, where a report comes in; lanes/ write, each its own
 * modules.
 *
 * @module
 */

export { main } from "./main.ts";
