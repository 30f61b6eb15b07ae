/**
 * A lint rule: imports between the top folders run one way. proto and reactor stand on nothing of ours; service
 * on these two, sql on the three; dns, reporter and agent on the four; client on the first two; simulator on the balancer; lars on all. None
 * of dns, reporter, agent and client imports another. The balancer inside agent is pure: of what lies outside its folder
 * it knows types alone.
 *
 * Tests and benches may also use testing/ and tests/vectors/; the folders testing, tests, bench and tools are free.
 *
 * @module
 */

const FOUNDATION = ["proto", "reactor"];
const SHARED = [...FOUNDATION, "service", "sql"];

/** What each part may import, besides itself. Parts are folders; agent/balancer is one of its own. */
const ALLOWED: Record<string, readonly string[]> = {
  proto: [],
  reactor: [],
  service: FOUNDATION,
  sql: [...FOUNDATION, "service"],
  dns: SHARED,
  reporter: SHARED,
  agent: [...SHARED, "agent/balancer"],
  "agent/balancer": [],
  client: FOUNDATION,
  simulator: [...FOUNDATION, "service", "agent/balancer"],
  lars: [...SHARED, "dns", "reporter", "agent", "agent/balancer", "client", "simulator"],
};

/** What each part may import types of, besides. */
const ALLOWED_TYPES: Record<string, readonly string[]> = {
  "agent/balancer": ["proto"],
};

/**
 * Says why a file may not import another, or undefined when it may.
 *
 * @param importer Path of the importing file below the repository's root, with `/`.
 * @param imported Path of the imported file, likewise.
 */
export function judgeImport(
  importer: string,
  imported: string,
  { isTypeOnly = false }: { isTypeOnly?: boolean } = {},
): string | undefined {
  const [from, to] = [partOf(importer), partOf(imported)];
  const allowed = ALLOWED[from];
  if (allowed === undefined || from === to || allowed.includes(to)) return undefined;
  if (!imported.includes("/")) return undefined; // deno.json and its like belong to no part.
  if (isTypeOnly && ALLOWED_TYPES[from]?.includes(to)) return undefined;
  const isForTests = to === "testing" || imported.startsWith("tests/vectors/");
  if (isForTests && /_(test|bench)\.tsx?$/.test(importer)) return undefined;
  const mayImport = allowed.length === 0 ? "nothing outside its folder" : allowed.join(", ");
  return `Cannot import ${imported} from ${from}: it may import ${mayImport}`;
}

function partOf(path: string): string {
  const [folder, subfolder] = path.split("/");
  return folder === "agent" && subfolder === "balancer" ? "agent/balancer" : folder;
}

const ROOT = new URL("../", import.meta.url);

/** Path below the repository's root of what a relative specifier names; undefined for packages and files elsewhere. */
function resolveImport(importer: URL, specifier: string): string | undefined {
  return /^\.\.?\//.test(specifier) ? pathBelowRoot(new URL(specifier, importer)) : undefined;
}

function pathBelowRoot({ href }: URL): string | undefined {
  return href.startsWith(ROOT.href) ? href.slice(ROOT.href.length) : undefined;
}

function check(
  context: Deno.lint.RuleContext,
  node: Deno.lint.Node,
  { source, isTypeOnly }: { source: Deno.lint.Node | null; isTypeOnly?: boolean },
): void {
  if (source?.type !== "Literal" || typeof source.value !== "string") return;
  const importerUrl = new URL(context.filename, ROOT);
  const importer = pathBelowRoot(importerUrl);
  const imported = resolveImport(importerUrl, source.value);
  if (importer === undefined || imported === undefined) return;
  const message = judgeImport(importer, imported, { isTypeOnly });
  if (message !== undefined) context.report({ node, message });
}

/** The plugin, for deno.json's lint.plugins. */
const plugin: Deno.lint.Plugin = {
  name: "lars",
  rules: {
    "import-direction": {
      create: (context) => ({
        ImportDeclaration: (node) =>
          check(context, node, { source: node.source, isTypeOnly: node.importKind === "type" }),
        ExportNamedDeclaration: (node) =>
          check(context, node, { source: node.source, isTypeOnly: node.exportKind === "type" }),
        ExportAllDeclaration: (node) =>
          check(context, node, { source: node.source, isTypeOnly: node.exportKind === "type" }),
        ImportExpression: (node) => check(context, node, { source: node.source }),
      }),
    },
  },
};

export default plugin;
