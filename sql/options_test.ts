import { assertEquals } from "@std/assert";
import { loadOptions } from "../service/mod.ts";
import { TempFolder } from "../testing/temp_folder.ts";
import { storeConfig, storeSections } from "./options.ts";

/** Passwords come from elsewhere than the command line. */
function load(set: string[] = [], password?: string) {
  const env = (name: string) => name === "LARS_MYSQL_DB_PASSWD" ? password : undefined;
  return loadOptions(storeSections, { env, set }).values;
}

Deno.test("storeConfig() gives the SQLite file when nothing is said of a server", () => {
  assertEquals(storeConfig(load()), { driver: "sqlite", path: "./data/lars.db" });
});

Deno.test("storeConfig() gives the server when there is a [mysql] and no [store]", () => {
  assertEquals(storeConfig(load(["mysql.db_host=db"], "x")), {
    driver: "mysql",
    host: "db",
    port: 3306,
    user: "root",
    password: "x",
    database: "lars_dns",
    tls: { mode: "preferred", ca: undefined, cert: undefined, key: undefined },
  });
});

Deno.test("storeConfig() goes by what is set where a file names every section", async () => {
  await using folder = new TempFolder();
  const drivers: [content: string, driver: string][] = [
    ["[mysql]\n", "mysql"],
    ["[store]\n[mysql]\n", "sqlite"],
    ["[store]\n;driver = sqlite\n[mysql]\ndb_host = db\n", "mysql"],
    ["[store]\npath = x.db\n[mysql]\ndb_host = db\n", "sqlite"],
    ["[store]\ndriver = mysql\n", "mysql"],
  ];
  for (const [content, driver] of drivers) {
    const path = await folder.write("lars.conf", content);
    const { values } = loadOptions(storeSections, { file: path, env: () => undefined });
    assertEquals(storeConfig(values).driver, driver, content);
  }
});

Deno.test("storeConfig() prefers the password out of a file", async () => {
  await using folder = new TempFolder();
  const path = await folder.write("password", "secret\n");
  const values = load([`mysql.db_passwd_file=${path}`], "x");
  const config = storeConfig(values);
  assertEquals(config.driver === "mysql" && config.password, "secret");
});

Deno.test("storeConfig() gives how the connection is protected, in the words of MySQL's clients", async () => {
  await using folder = new TempFolder();
  function tlsOf(...set: string[]) {
    const config = storeConfig(load(["store.driver=mysql", ...set]));
    return config.driver === "mysql" ? config.tls : undefined;
  }
  const content = ["CERTIFICATE", "PRIVATE KEY"].map((what) => `-----BEGIN ${what}-----`).join(
    "\n",
  );
  const path = await folder.write("all.pem", `${content}\n`);
  assertEquals(tlsOf("mysql.ssl=disabled", `mysql.ssl_ca=${path}`), undefined);
  assertEquals(tlsOf("mysql.ssl=VERIFY_IDENTITY")?.mode, "verify_identity");
  assertEquals(tlsOf(`mysql.ssl_ca=${path}`)?.mode, "verify_ca");
  const files = ["ca", "cert", "key"].map((file) => `mysql.ssl_${file}=${path}`);
  const pem = { ca: content, cert: content, key: content };
  assertEquals(tlsOf("mysql.ssl=required", ...files), { mode: "required", ...pem });
});
