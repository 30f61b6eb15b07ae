/**
 * The IPv4 addresses of this host.
 *
 * @module
 */

/**
 * The IPv4 addresses of this host's interfaces, loopback among them; none where the program may not ask
 * (`--allow-sys=networkInterfaces`).
 */
export function localAddresses(): string[] {
  try {
    return Deno.networkInterfaces().filter(({ family }) => family === "IPv4").map(({ address }) =>
      address
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return [];
    throw error;
  }
}
