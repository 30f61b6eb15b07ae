/**
 * The reporter: takes statuses from agents, and stores the newest of each row. Owns statuses on their way into the database;
 * what is in it is sql's. Begin with intake/handlers.ts, where a report comes in; each of the lanes/ writes its own modules.
 *
 * @module
 */

export { main } from "./main.ts";
