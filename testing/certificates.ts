/**
 * For tests: an authority, and certificates signed by it, made by openssl in a folder of their own.
 *
 * @module
 */

/** An authority and the files it has made. Disposing of it removes them. */
export class Authority implements AsyncDisposable {
  readonly #folder: string;

  /** Makes an authority. */
  static async create(): Promise<Authority> {
    const authority = new Authority(await Deno.makeTempDir({ prefix: "lars_certificates_" }));
    await openssl(
      ["req", "-x509", ...NEW_KEY, "-days", "2", "-subj", "/CN=Lars test authority"].concat([
        ...["-addext", "basicConstraints=critical,CA:TRUE"],
        ...["-keyout", authority.#file("ca.key"), "-out", authority.caPath],
      ]),
    );
    return authority;
  }

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** The file of its own certificate. */
  get caPath(): string {
    return this.#file("ca.pem");
  }

  /**
   * Signs a certificate that is made out to names such as `DNS:localhost` or `IP:127.0.0.1`, for so many days, a negative
   * number for one that has expired; gives the files.
   */
  async sign(
    name: string,
    altNames: readonly string[],
    { days = 2 }: { days?: number } = {},
  ): Promise<{ cert: string; key: string }> {
    const [cert, key, request, extensions] = [".pem", ".key", ".csr", ".ext"]
      .map((end) => this.#file(name + end));
    await Deno.writeTextFile(extensions, `subjectAltName=${altNames.join(",")}\n`);
    await openssl(["req", ...NEW_KEY, "-subj", `/CN=${name}`, "-keyout", key, "-out", request]);
    await openssl(
      ["x509", "-req", "-in", request, "-days", `${days}`, "-extfile", extensions].concat([
        ...["-CA", this.caPath, "-CAkey", this.#file("ca.key"), "-CAcreateserial", "-out", cert],
      ]),
    );
    return { cert, key };
  }

  /** Removes the files. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }

  #file(name: string): string {
    return `${this.#folder}/${name}`;
  }
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

async function openssl(args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args, stdout: "null" }).output();
  if (!success) throw new Error(`openssl ${args[0]} failed: ${new TextDecoder().decode(stderr)}`);
}
