/**
 * An agent's `GET /explain`, asked.
 *
 * @module
 */

import type { ModulePage, ModulesPage } from "../../agent/explain/explain_page.ts";
import type { ModuleName } from "../../proto/mod.ts";
import type { Endpoint } from "../../reactor/mod.ts";
import { CommandError } from "../cli/command.ts";
import { adminHeaders } from "../cli/server_access.ts";
import { awayReason } from "../status/role_status.ts";

/** It gives up on a shard that hangs after one second. */
const ASK_TIMEOUT_MS = 3000;

/** The admin port of an agent. */
export class AgentAdmin {
  readonly #address: string;
  readonly #headers: Record<string, string>;

  /** Asks nothing yet. */
  constructor({ hostname, port }: Endpoint) {
    this.#address = `${hostname}:${port}`;
    this.#headers = adminHeaders({ hostname });
  }

  /**
   * All of one module.
   *
   * @throws {CommandError} When there is no agent, or it does not hold the module.
   */
  explain({ modid, cmdid }: ModuleName): Promise<ModulePage> {
    return this.#ask<ModulePage>(`?modid=${modid}&cmdid=${cmdid}`);
  }

  /**
   * The modules it holds.
   *
   * @throws {CommandError} When there is no agent.
   */
  list({ overloadedOnly }: { overloadedOnly: boolean }): Promise<ModulesPage> {
    return this.#ask<ModulesPage>(overloadedOnly ? "?overloaded=1" : "");
  }

  async #ask<Page>(query: string): Promise<Page> {
    const { isPage, text } = await this.#get(`/explain${query}`);
    if (isPage) return JSON.parse(text);
    // An agent's refusals say all there is to say; other servers know no such path.
    if (text.startsWith("Cannot ") && !text.startsWith("Cannot find /explain")) {
      throw new CommandError(text.trim());
    }
    throw new CommandError(
      `Cannot explain as there is no agent at ${this.#address} but another server: give its admin port ` +
        "by --agent-admin HOST:PORT",
    );
  }

  async #get(path: string): Promise<{ isPage: boolean; text: string }> {
    try {
      const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
      const response = await fetch(`http://${this.#address}${path}`, {
        headers: this.#headers,
        signal,
      });
      const isPage = response.ok && response.headers.get("content-type") === "application/json";
      return { isPage, text: await response.text() };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw new CommandError(
        `Cannot ask the agent's admin port ${this.#address} (${
          awayReason(error, ASK_TIMEOUT_MS)
        }): start ` +
          "the agent, or name another by --agent-admin HOST:PORT",
      );
    }
  }
}
