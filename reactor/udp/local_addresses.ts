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
  const permission = { name: "sys", kind: "networkInterfaces" } as const;
  if (Deno.permissions.querySync(permission).state !== "granted") return [];
  return Deno.networkInterfaces()
    .filter(({ family }) => family === "IPv4")
    .map(({ address }) => address);
}
