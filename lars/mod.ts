/**
 * The command line. Owns what people type and see; the roles, the client and the simulator do the work. Begin with
 * cli/cli.ts, which finds and runs a command, and commands/mod.ts, which lists them. terminal/ prints; cli/ knows what a
 * command is and parses its arguments; routes/, status/, explain/, load/, decode/, replay/ and up/ do the work of the
 * commands of those names.
 *
 * @module
 */

export { type CommandGroup, runCli } from "./cli/cli.ts";
export { COMMAND_GROUPS } from "./commands/mod.ts";
export type { Command, CommandInput, Flag, RawCommand } from "./cli/command.ts";
