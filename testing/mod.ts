/**
 * What tests stand on, and nothing else does: real databases, roles and commands as processes, peers that do on a socket
 * what they are told, waiting with a deadline, random numbers with a seed. Begin with role.ts and mariadb.ts for whole
 * processes, inbox.ts and until.ts for waiting.
 *
 * @module
 */

export * from "./inbox.ts";
export * from "./seeded_random.ts";
export * from "./until.ts";
