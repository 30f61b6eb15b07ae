/**
 * The command line: one word, many commands. Owns what people type and see; the roles, the client and the simulator do the
 * work. Begin with cli.ts, which finds a command, and commands/, where each is described; up/ runs everything on one
 * machine, with a demo.
 *
 * @module
 */

export { runCli } from "./cli.ts";
export type { Command, CommandInput, Flag, RawCommand } from "./command.ts";
