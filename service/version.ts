/**
 * The version of Lars, one for all its parts.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };

/** Version of this Lars, as semver; deno.json has it. */
export const VERSION: string = config.version;
