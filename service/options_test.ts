import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "./errors.ts";
import { loadOptions, type OptionSources, type OptionsSchema, reloadOptions } from "./options.ts";
import { choice, count, fileContent, seconds, text } from "./setting.ts";

const schema = {
  reactor: {
    doc: "A server",
    settings: {
      port: count({ doc: "A port", default: 7778, max: 65535 }),
      maxConn: count({ doc: "A number", default: 1024, max: 2000, reload: true }),
    },
  },
  reporter: {
    doc: "Another",
    alias: "repoter",
    settings: {
      idleTimeoutMs: seconds({
        key: "idle_timeout",
        doc: "A time",
        default: 15,
        max: 100,
        reload: true,
      }),
    },
  },
  mysql: {
    doc: "A database",
    settings: {
      password: text({ key: "db_passwd", doc: "A password", default: "", secret: true }),
      passwordFromFile: fileContent({ key: "db_passwd_file", doc: "A file" }),
      pin: { ...count({ doc: "A secret number", default: 0, max: 9999 }), secret: true },
    },
  },
  store: {
    doc: "Which database",
    settings: {
      driver: choice(["sqlite", "mysql"], {
        doc: "A choice",
        default: (given) =>
          given.named.has("mysql") && !given.named.has("store") ? "mysql" : "sqlite",
      }),
      path: text({ doc: "A path", default: "x.db" }),
    },
  },
} satisfies OptionsSchema;

/** Variables by name, as an environment. */
function environment(variables: Record<string, string>): (name: string) => string | undefined {
  return (name) => variables[name];
}

/** Runs `body` with the path of a file that holds `content`. */
function withFile(content: string, body: (path: string) => void): void {
  const path = Deno.makeTempFileSync({ suffix: ".conf" });
  try {
    Deno.writeTextFileSync(path, content);
    body(path);
  } finally {
    Deno.removeSync(path);
  }
}

function load(sources: OptionSources = {}) {
  return loadOptions(schema, { env: () => undefined, ...sources });
}

function mistakesOf(sources: OptionSources): readonly string[] {
  return assertThrows(() => load(sources), ConfigError).mistakes;
}

Deno.test("loadOptions() gives typed defaults when there is nothing else", () => {
  const { values, settings } = load();
  const port: number = values.reactor.port;
  const driver: "sqlite" | "mysql" = values.store.driver;
  assertEquals({ port, driver }, { port: 7778, driver: "sqlite" });
  assertEquals(values, {
    reactor: { port: 7778, maxConn: 1024 },
    reporter: { idleTimeoutMs: 15_000 },
    mysql: { password: "", passwordFromFile: undefined, pin: 0 },
    store: { driver: "sqlite", path: "x.db" },
  });
  assertEquals(settings[0], {
    path: "reactor.port",
    text: "7778",
    origin: "default",
    secret: false,
  });
  assertEquals(new Set(settings.map(({ origin }) => origin)), new Set(["default"]));
});

Deno.test("loadOptions() lets --set override the environment, and that the file", () => {
  const env = environment({ LARS_REACTOR_PORT: "2", LARS_REACTOR_MAXCONN: "20" });
  withFile("[reactor]\nport = 1\nmaxConn = 10\n[repoter]\nidle_timeout = 0.5", (file) => {
    const { values, settings } = load({ file, env, set: ["reactor.port=3", "reactor.port=4"] });
    assertEquals(values.reactor, { port: 4, maxConn: 20 });
    assertEquals(values.reporter, { idleTimeoutMs: 500 });
    assertEquals(settings.slice(0, 3), [
      { path: "reactor.port", text: "4", origin: "--set", secret: false },
      { path: "reactor.maxConn", text: "20", origin: "LARS_REACTOR_MAXCONN", secret: false },
      { path: "reporter.idle_timeout", text: "0.5", origin: `${file}:5`, secret: false },
    ]);
  });
});

Deno.test("loadOptions() asks the environment for variables of known settings only", () => {
  const asked: string[] = [];
  load({
    env: (name) => {
      asked.push(name);
      return undefined;
    },
  });
  assertEquals(asked, [
    "LARS_REACTOR_PORT",
    "LARS_REACTOR_MAXCONN",
    "LARS_REPORTER_IDLE_TIMEOUT",
    "LARS_MYSQL_DB_PASSWD",
    "LARS_MYSQL_DB_PASSWD_FILE",
    "LARS_MYSQL_PIN",
    "LARS_STORE_DRIVER",
    "LARS_STORE_PATH",
  ]);
});

Deno.test("loadOptions() lists every mistake of every source with its place", () => {
  const content = [
    "early = 1",
    "[reactor]",
    "port = 77780",
    "maxCon = 10",
    "what is this",
    "[repoter]",
    "idle_timeout = 15s",
    "[nonsense]",
    "a = 1",
    "[store]",
    "driver = oracle",
  ].join("\n");
  const env = environment({ LARS_REACTOR_MAXCONN: "many" });
  const set = ["reactor.port=-1", "reactor", "reactor.=1", ".port=1", "x.y=1", "reactor.z=1"];
  withFile(content, (file) => {
    assertEquals(mistakesOf({ file, env, set }), [
      `${file}:1: early must stand below a [section]`,
      `${file}:3: [reactor] port must be a whole number from 0 to 65535: current value is "77780"`,
      `${file}:4: [reactor] maxCon is not known: known are port, maxConn`,
      `${file}:5: must be [section], key = value, or a comment`,
      `${file}:7: [reporter] idle_timeout must be a number of seconds from 0 to 100: current value is "15s"`,
      `${file}:8: [nonsense] is not known: known are [reactor], [reporter], [mysql], [store]`,
      `${file}:11: [store] driver must be one of sqlite, mysql: current value is "oracle"`,
      `LARS_REACTOR_MAXCONN: [reactor] maxConn must be a whole number from 0 to 2000: current value is "many"`,
      `--set reactor.port: [reactor] port must be a whole number from 0 to 65535: current value is "-1"`,
      "--set reactor: must be section.key=value",
      "--set reactor.: must be section.key=value",
      "--set .port: must be section.key=value",
      "--set x.y: [x] is not known: known are [reactor], [reporter], [mysql], [store]",
      "--set reactor.z: [reactor] z is not known: known are port, maxConn",
    ]);
  });
});

Deno.test("loadOptions() finds a mistake also in a value that is overridden", () => {
  assertEquals(mistakesOf({ set: ["reactor.port=x", "reactor.port=1"] }), [
    `--set reactor.port: [reactor] port must be a whole number from 0 to 65535: current value is "x"`,
  ]);
});

Deno.test("loadOptions() says so when the file cannot be read, beside other mistakes", () => {
  assertEquals(mistakesOf({ file: "no/such/file", set: ["x"] }), [
    "no/such/file: must be a file that can be read: there is none of that name",
    "--set x: must be section.key=value",
  ]);
});

Deno.test("loadOptions() takes a password of any characters from any source", () => {
  for (const password of ["a=b", "; x", "#1", "1234", "007", "true", "[a]", "'\"", "ü ☃", "$a.b"]) {
    withFile(`[mysql]\ndb_passwd = ${password}\n`, (file) => {
      assertEquals(load({ file }).values.mysql.password, password);
    });
    const env = environment({ LARS_MYSQL_DB_PASSWD: password });
    assertEquals(load({ env }).values.mysql.password, password);
    const set = [`mysql.db_passwd=${password}`];
    assertEquals(load({ set }).values.mysql.password, password);
  }
  withFile('[mysql]\ndb_passwd = "0815"\n', (file) => {
    assertEquals(load({ file }).values.mysql.password, "0815");
  });
});

Deno.test("loadOptions() shows no password in its mistakes", () => {
  withFile("[mysql]\ndb_passwd: hush\ndb_pass = hush\n", (file) => {
    const set = ["mysql.db_pwd=hush", "db_passwd=hush", "mysql.pin=hush"];
    const mistakes = mistakesOf({ file, set });
    assertEquals(mistakes.length, 5);
    assertEquals(mistakes.filter((mistake) => mistake.includes("hush")), []);
  });
});

Deno.test("loadOptions() takes a default that hangs on the sections given", () => {
  const drivers: [content: string, driver: string][] = [
    ["", "sqlite"],
    ["[mysql]", "mysql"],
    ["[mysql]\ndb_passwd = x", "mysql"],
    ["[mysql]\n[store]\npath = y", "sqlite"],
    ["[mysql]\n[store]\ndriver = mysql", "mysql"],
  ];
  for (const [content, driver] of drivers) {
    withFile(content, (file) => assertEquals(load({ file }).values.store.driver, driver));
  }
  const env = environment({ LARS_MYSQL_DB_PASSWD: "x" });
  assertEquals(load({ env }).values.store.driver, "mysql");
});

Deno.test("loadOptions() says of a default that it hangs on other sections", () => {
  function driver(...set: string[]) {
    return load({ set }).settings.find(({ path }) => path === "store.driver");
  }
  const setting = { path: "store.driver", secret: false };
  assertEquals(driver(), { ...setting, text: "sqlite", origin: "default" });
  assertEquals(driver("mysql.pin=1"), {
    ...setting,
    text: "mysql",
    origin: "default, as other sections are set",
  });
});

Deno.test("loadOptions() says why a file cannot be read", () => {
  const folder = Deno.makeTempDirSync();
  try {
    assertEquals(mistakesOf({ file: folder }), [
      `${folder}: must be a file that can be read: it is a folder`,
    ]);
    assertEquals(mistakesOf({ set: [`mysql.db_passwd_file=${folder}`] }), [
      `--set mysql.db_passwd_file: [mysql] db_passwd_file must be a file that can be read: ` +
      `it is a folder: current value is "${folder}"`,
    ]);
  } finally {
    Deno.removeSync(folder);
  }
});

Deno.test({
  name: "loadOptions() says that it may not read the file",
  permissions: { read: false },
  fn() {
    assertEquals(mistakesOf({ file: "/etc/hostname" }), [
      "/etc/hostname: must be a file that can be read: Deno was started without --allow-read of it",
    ]);
  },
});

Deno.test("loadOptions() reads a file whose comments are no UTF-8", () => {
  const path = Deno.makeTempFileSync({ suffix: ".conf" });
  try {
    // A comment in GBK, as editors in Chinese wrote it.
    const comment = Uint8Array.of(0x3b, 0xca, 0xd4, 0xcc, 0xbd, 0x0d, 0x0a);
    const rest = new TextEncoder().encode("[reactor]\r\nport=1 \r\n");
    Deno.writeFileSync(path, Uint8Array.of(...comment, ...rest));
    assertEquals(load({ file: path }).values.reactor.port, 1);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("reloadOptions() takes over what can change, and names what needs a restart", () => {
  const running = load({ set: ["mysql.db_passwd=old"] }).values;
  withFile("[reactor]\nport = 1\nmaxConn = 5\n[mysql]\ndb_passwd = hush\n", (file) => {
    const sources = { file, env: () => undefined };
    const { values, changed, needRestart } = reloadOptions(schema, { running, sources });
    assertEquals(values, { ...running, reactor: { port: 7778, maxConn: 5 } });
    assertEquals(changed, ["reactor.maxConn"]);
    assertEquals(needRestart, ["reactor.port", "mysql.db_passwd"]);

    const again = reloadOptions(schema, { running: values, sources });
    assertEquals([again.changed, again.needRestart], [[], needRestart]);
  });
});

Deno.test("reloadOptions() compares values, and not how they are written", () => {
  const running = load().values;
  const sources = {
    set: ["reporter.idle_timeout=15.0", "reactor.port=07778"],
    env: () => undefined,
  };
  assertEquals(reloadOptions(schema, { running, sources }), {
    values: running,
    changed: [],
    needRestart: [],
  });
});

Deno.test("reloadOptions() finds every mistake", () => {
  const running = load().values;
  const sources = { set: ["reactor.port=x", "a.b=c"], env: () => undefined };
  const error = assertThrows(() => reloadOptions(schema, { running, sources }), ConfigError);
  assertEquals(error.mistakes.length, 2);
});

Deno.test("loadOptions() passes over other sections when told to", () => {
  withFile("[other]\na = 1\n[reactor]\nport = 1\n", (file) => {
    assertEquals(load({ file, otherSections: "ignore" }).values.reactor.port, 1);
  });
  withFile("[other]\na = 1\n[reactor]\nprot = 1\n", (file) => {
    assertEquals(mistakesOf({ file, otherSections: "ignore" }), [
      `${file}:4: [reactor] prot is not known: known are port, maxConn`,
    ]);
  });
});

Deno.test("loadOptions() refuses names that every object has", () => {
  for (const name of ["constructor", "__proto__", "toString"]) {
    withFile(`[${name}]\na = 1\n[reactor]\n${name} = 1`, (file) => {
      assertEquals(mistakesOf({ file }), [
        `${file}:1: [${name}] is not known: known are [reactor], [reporter], [mysql], [store]`,
        `${file}:4: [reactor] ${name} is not known: known are port, maxConn`,
      ]);
    });
  }
});
