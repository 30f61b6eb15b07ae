/**
 * Loaded into a role before the role itself, as code of an intruder would be: tries what a role may not do, and says on
 * stderr what became of it, as one line of JSON.
 *
 * @module
 */

const libc = `/lib/${Deno.build.arch}-linux-gnu/libc.so.6`;

/** What it tries, by the permission that it takes. */
const ATTEMPTS: Readonly<Record<string, () => unknown>> = {
  run: () => new Deno.Command("true").outputSync(),
  env: () => Deno.env.get("HOME"),
  "env, all of it": () => Deno.env.toObject(),
  sys: () => Deno.hostname(),
  networkInterfaces: () => Deno.networkInterfaces(),
  ffi: () => Deno.dlopen("libm.so.6", {}),
  libc: () => Deno.dlopen(libc, {}).close(),
  write: () => Deno.removeSync(Deno.makeTempFileSync()),
};

const outcomes = Object.entries(ATTEMPTS).map(([name, attempt]) => {
  try {
    attempt();
    return [name, "done"];
  } catch (error) {
    return [name, error instanceof Deno.errors.NotCapable ? "denied" : String(error)];
  }
});
console.error(JSON.stringify({ canary: Object.fromEntries(outcomes) }));
