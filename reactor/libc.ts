/**
 * The C library, for what Deno has no call for. Every function of it that Lars uses is opened through here, by its absolute
 * path: that is what a program is permitted by name, and nothing else that is not JavaScript.
 *
 * @module
 */

/** Where libc may lie. */
export const LIBC_PATHS = [
  "/lib/x86_64-linux-gnu/libc.so.6",
  "/lib/aarch64-linux-gnu/libc.so.6",
  "/lib64/libc.so.6",
] as const;

/**
 * Opens functions of libc.
 *
 * @throws {Error} When there is no libc at these paths, or this program may not open it.
 */
export function openLibc<Functions extends Deno.ForeignLibraryInterface>(
  functions: Functions,
): Deno.DynamicLibrary<Functions> {
  const path = LIBC_PATHS.find(exists);
  if (path === undefined) throw new Error(`there is none of ${LIBC_PATHS.join(", ")}`);
  return Deno.dlopen(path, functions);
}

/** Gives the permission to open libc back, for this thread and those that it starts. */
export function giveUpLibc(): void {
  for (const path of LIBC_PATHS) Deno.permissions.revokeSync({ name: "ffi", path });
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
