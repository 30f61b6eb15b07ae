import { assertEquals, assertThrows } from "@std/assert";
import { concat } from "../../testing/concat.ts";
import { TempFolder } from "../../testing/temp_folder.ts";
import { ConfigError } from "../errors.ts";
import { loadOptions, type OptionSources, reloadOptions } from "./options.ts";
import type { OptionsSchema } from "./options_schema.ts";
import { endpoints, host, ipv4, optionalIpv4 } from "./address_settings.ts";
import { fileContent } from "./file_settings.ts";
import { choice, count, flag, seconds, text } from "./setting.ts";

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
function withFile(content: string | Uint8Array, body: (path: string) => void): void {
  const path = Deno.makeTempFileSync({ suffix: ".conf" });
  try {
    Deno.writeFileSync(path, typeof content === "string" ? encode(content) : content);
    body(path);
  } finally {
    Deno.removeSync(path);
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function load(sources: OptionSources = {}) {
  return loadOptions(schema, { env: () => undefined, ...sources });
}

function warningsOf(content: string, sources: OptionSources = {}): string[] {
  let warnings: string[] = [];
  withFile(content, (file) => {
    warnings = load({ ...sources, file }).warnings.map((each) => each.replace(`${file}:`, ""));
  });
  return warnings;
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
    "[reactor]",
    "port = 77780",
    "maxConn = many",
    "[repoter]",
    "idle_timeout = -1",
    "[store]",
    "driver = oracle",
  ].join("\n");
  const env = environment({ LARS_REACTOR_MAXCONN: "many" });
  const set = ["reactor.port=-1", "reactor", "reactor.=1", ".port=1", "x.y=1", "reactor.z=1"];
  withFile(content, (file) => {
    assertEquals(mistakesOf({ file, env, set }), [
      `${file}:2: [reactor] port must be a whole number from 0 to 65535: current value is "77780"`,
      `${file}:3: [reactor] maxConn must be a whole number from 0 to 2000: current value is "many"`,
      `${file}:5: [reporter] idle_timeout must be a number of seconds from 0 to 100: current value is "-1"`,
      `${file}:7: [store] driver must be one of sqlite, mysql: current value is "oracle"`,
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

Deno.test("loadOptions() ignores with a warning what the original's reader passes over", () => {
  const content = [
    "early = 1",
    "port = 2",
    "[reactor]",
    "maxCon = 10",
    "what is this",
    "port: 5",
    "path = x",
    "[ractor]",
    "port = 6",
    "[nonsense]",
    "a = 1",
    "[ repoter ] ; as of old",
    "idle_timeout = 1",
    "[reporter]",
    "idle_timeout = 2",
    "= 3",
    "[]",
    "[reactor]",
    "Port = 8",
    "port =",
  ].join("\n");
  const noIni = "the line is ignored as it is no [section], key = value, or comment";
  assertEquals(warningsOf(content), [
    "1: early is ignored as it stands above the first [section]",
    "2: port is ignored as it stands above the first [section] (there is one in [reactor])",
    "4: [reactor] maxCon is ignored as it is not known: did you mean maxConn? Known are port, maxConn",
    `5: ${noIni}`,
    `6: ${noIni}: did you mean port = …?`,
    "7: [reactor] path is ignored as it is not known (there is one in [store]): known are port, maxConn",
    "8: [ractor] is ignored as it is not known: did you mean [reactor]? Known are [reactor], [reporter], [mysql], [store]",
    "10: [nonsense] is ignored as it is not known: known are [reactor], [reporter], [mysql], [store]",
    "12: what stands behind [ repoter ] is ignored",
    "13: [reporter] idle_timeout is ignored as it comes again in line 15",
    `16: ${noIni}`,
    `17: ${noIni}`,
    "19: [reactor] Port is ignored as it is not known: did you mean port? Known are port, maxConn",
    "20: [reactor] port is ignored as it has no value",
  ]);
  withFile(content, (file) => {
    const { values } = load({ file });
    assertEquals([values.reactor.port, values.reporter.idleTimeoutMs], [7778, 2000]);
  });
});

Deno.test("loadOptions() takes what is left of a value in a file when it ignores the rest", () => {
  const values: [section: string, written: string, value: unknown, taken?: string][] = [
    ["reactor", "port = 7000 ; the port", 7000, "7000"],
    ["reactor", "port = 7000;", 7000, "7000"],
    ["reactor", "port = 7000abc", 7000, "7000"],
    ["reactor", "port = 7000.9", 7000, "7000"],
    ["reactor", "port = +7000", 7000, "7000"],
    ["reactor", "port = 0x10", 0, "0"],
    ["reactor", "port = 08", 8],
    ["reactor", "\tport\t=\t7000\t", 7000],
    ["reporter", "idleTimeout = 1.5s", 1500, "1.5"],
    ["reporter", "idleTimeout = 1e1", 10_000, "10"],
    ["reporter", "idleTimeout = .5 # half", 500, ".5"],
    ["store", "driver = mysql ; the old one", "mysql", "mysql"],
    ["store", "driver = MySQL", "mysql", "mysql"],
    ["flags", "slow = true", true, "1"],
    ["flags", "slow = No", false, "0"],
    ["flags", "slow = 1 ; on", true, "1"],
    ["flags", "batch = true", "on", "on"],
    ["flags", "batch = 0", "off", "off"],
    ["net", "ip = 10.0.0.1 ; here", "10.0.0.1", "10.0.0.1"],
    ["net", "caller = 10.0.0.1 #", "10.0.0.1", "10.0.0.1"],
    ["net", "host = db-1  // there", "db-1", "db-1"],
    [
      "net",
      "servers = a:1, b:2 ; both",
      [{ hostname: "a", port: 1 }, { hostname: "b", port: 2 }],
      "a:1, b:2",
    ],
  ];
  for (const [section, written, value, taken] of values) {
    withFile(`[${section}]\n${written}`, (file) => {
      const options = loadOptions(loose, { file, env: () => undefined });
      const key = written.split("=")[0].trim();
      assertEquals(
        (options.values as Record<string, Record<string, unknown>>)[section][key],
        value,
        written,
      );
      assertEquals(options.warnings.length, taken === undefined ? 0 : 1, written);
      if (taken === undefined) return;
      const start = `${file}:2: [${section}] ${key} is taken as ${taken}, as it must be `;
      assertEquals(options.warnings[0].slice(0, start.length), start);
    });
  }
});

const loose = {
  reactor: schema.reactor,
  store: schema.store,
  reporter: {
    doc: "Times",
    settings: { idleTimeout: seconds({ doc: "A time", default: 1, max: 100 }) },
  },
  flags: {
    doc: "On and off",
    settings: {
      slow: flag({ doc: "A flag", default: false }),
      batch: choice(["on", "off"], { doc: "Another", default: "on" }),
    },
  },
  net: {
    doc: "Addresses",
    settings: {
      ip: ipv4({ doc: "One", default: "127.0.0.1" }),
      caller: optionalIpv4({ doc: "Two" }),
      host: host({ doc: "Three", default: "db" }),
      servers: endpoints({ doc: "Four" }),
    },
  },
} satisfies OptionsSchema;

Deno.test("loadOptions() finds a mistake where nothing of a value can be taken, and is strict with --set", () => {
  const content = "[reactor]\nport = abc\nmaxConn = 70000 ; many\n[store]\ndriver = mysqlx\n";
  withFile(content, (file) => {
    assertEquals(mistakesOf({ file, set: ["reactor.port=1 ; one", "reactor.prot=1"] }), [
      `${file}:2: [reactor] port must be a whole number from 0 to 65535: current value is "abc"`,
      `${file}:3: [reactor] maxConn must be a whole number from 0 to 2000: current value is "70000 ; many"`,
      `${file}:5: [store] driver must be one of sqlite, mysql: current value is "mysqlx"`,
      `--set reactor.port: [reactor] port must be a whole number from 0 to 65535: current value is "1 ; one"`,
      "--set reactor.prot: [reactor] prot is not known: did you mean port? Known are port, maxConn",
    ]);
  });
});

Deno.test("loadOptions() warns thirty times of one file", () => {
  const warnings = warningsOf("nonsense\n".repeat(1000));
  assertEquals(warnings.length, 31);
  assertEquals(warnings[30], " 970 more are ignored: is this a configuration of Lars?");
});

Deno.test("loadOptions() ignores variables that something else has set, and empty ones", () => {
  const env = environment({
    LARS_REACTOR_PORT: "tcp://10.96.0.12:7779",
    LARS_REACTOR_MAXCONN: "",
    LARS_MYSQL_DB_NAME: "/dns/lars_mysql_db",
    LARS_MYSQL_DB_PASSWD: "",
  });
  const { values, warnings } = loadOptions({
    ...schema,
    mysql: {
      doc: "A database",
      settings: { database: text({ key: "db_name", doc: "Its name", default: "x" }) },
    },
  }, { env });
  assertEquals(values.reactor, { port: 7778, maxConn: 1024 });
  assertEquals([values.mysql.database, values.store.driver], ["x", "sqlite"]);
  assertEquals(warnings, [
    'LARS_REACTOR_PORT: the variable is ignored as it holds a URL, as Kubernetes and Docker set for a service of that name: current value is "tcp://10.96.0.12:7779"',
    'LARS_MYSQL_DB_NAME: the variable is ignored as it holds the name of a link, as Docker sets for a container of that name: current value is "/dns/lars_mysql_db"',
  ]);
});

Deno.test("loadOptions() takes a variable without the line break at its end", () => {
  const env = environment({ LARS_REACTOR_PORT: " 8000\r", LARS_MYSQL_DB_PASSWD: " a b \r\n" });
  const { values } = load({ env });
  assertEquals([values.reactor.port, values.mysql.password], [8000, " a b "]);
});

Deno.test("loadOptions() finds a mistake in a variable that may be ours", () => {
  for (const value of ["70000", "abc", "10.96.0.12:7779", "1 ; one"]) {
    assertEquals(mistakesOf({ env: environment({ LARS_REACTOR_PORT: value }) }), [
      `LARS_REACTOR_PORT: [reactor] port must be a whole number from 0 to 65535: current value is "${value}"`,
    ]);
  }
  const env = () => {
    throw new Deno.errors.InvalidData();
  };
  assertEquals(mistakesOf({ env })[0], "LARS_REACTOR_PORT: must be UTF-8");
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

Deno.test("loadOptions() takes a password of any characters from a file and the environment", () => {
  for (const password of ["a=b", "; x", "#1", "1234", "007", "true", "[a]", "'\"", "ü ☃", "$a.b"]) {
    withFile(`[mysql]\ndb_passwd = ${password}\n`, (file) => {
      assertEquals(load({ file }).values.mysql.password, password);
    });
    const env = environment({ LARS_MYSQL_DB_PASSWD: password });
    assertEquals(load({ env }).values.mysql.password, password);
  }
  withFile('[mysql]\ndb_passwd = "0815"\n', (file) => {
    assertEquals(load({ file }).values.mysql.password, "0815");
  });
});

Deno.test("loadOptions() takes no secret from the command line, and says where from", () => {
  assertEquals(mistakesOf({ set: ["mysql.db_passwd=hush"] }), [
    "--set mysql.db_passwd: [mysql] db_passwd must not be on the command line, which others can read: " +
    "give it in the file of --config, as LARS_MYSQL_DB_PASSWD in the environment or in a file that db_passwd_file names",
  ]);
});

Deno.test("loadOptions() shows no password in its mistakes", () => {
  const set = [
    "mysql.db_pwd=hush",
    "db_passwd=hush",
    "mysql.pin=hush",
    "mysql.db_passwd=hush",
    "mysql.db_passwd hush",
    "mysql.db_passwd:hush",
  ];
  const mistakes = mistakesOf({ set });
  assertEquals(mistakes.length, 6);
  const content = "hush\n[mysql]\ndb_passwd: hush\ndb_pass = hush\npin = 12 hush\n";
  const warnings = warningsOf(content);
  assertEquals(warnings.length, 4);
  assertEquals([...mistakes, ...warnings].filter((told) => told.includes("hush")), []);
  assertEquals(warnings[3].includes("12"), false);
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
  function driver(variables: Record<string, string> = {}) {
    return load({ env: environment(variables) }).settings.find(({ path }) =>
      path === "store.driver"
    );
  }
  const setting = { path: "store.driver", secret: false };
  assertEquals(driver(), { ...setting, text: "sqlite", origin: "default" });
  assertEquals(driver({ LARS_MYSQL_PIN: "1" }), {
    ...setting,
    text: "mysql",
    origin: "default, as other sections are set",
  });
});

Deno.test("loadOptions() says why a file cannot be read", async () => {
  await using folder = new TempFolder();
  const { path } = folder;
  assertEquals(mistakesOf({ file: path }), [
    `${path}: must be a file that can be read: it is a folder`,
  ]);
  assertEquals(mistakesOf({ set: [`mysql.db_passwd_file=${path}`] }), [
    `--set mysql.db_passwd_file: [mysql] db_passwd_file must be a file that can be read: ` +
    `it is a folder: current value is "${path}"`,
  ]);
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
  // A comment in GBK, as editors in Chinese wrote it.
  const comment = Uint8Array.of(0x3b, 0xca, 0xd4, 0xcc, 0xbd, 0x0d, 0x0a);
  withFile(concat(comment, encode("[reactor]\r\nport=1 \r\n")), (file) => {
    assertEquals(load({ file }).values.reactor.port, 1);
  });
});

Deno.test("reloadOptions() takes over what can change, and names what needs a restart", () => {
  const running = load({ env: environment({ LARS_MYSQL_DB_PASSWD: "old" }) }).values;
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
    warnings: [],
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
    assertEquals(load({ file, isPart: true }).values.reactor.port, 1);
  });
  assertEquals(warningsOf("[other]\na = 1\n[reactor]\nprot = 1\n[mysq]\n", { isPart: true }), [
    "4: [reactor] prot is ignored as it is not known: did you mean port? Known are port, maxConn",
    "5: [mysq] is ignored as it is not known: did you mean [mysql]? Known are [reactor], [reporter], [mysql], [store]",
  ]);
});

Deno.test("loadOptions() knows no names that every object has", () => {
  for (const name of ["constructor", "__proto__", "toString"]) {
    assertEquals(warningsOf(`[${name}]\na = 1\n[reactor]\n${name} = 1`), [
      `1: [${name}] is ignored as it is not known: known are [reactor], [reporter], [mysql], [store]`,
      `4: [reactor] ${name} is ignored as it is not known: known are port, maxConn`,
    ]);
  }
});

Deno.test("loadOptions() reads UTF-16 and takes a byte order mark for none of the text", () => {
  const written = "[reactor]\r\nport = 1\r\n";
  const utf16 = [0xfeff, ...[...written].map((letter) => letter.charCodeAt(0))];
  const files = [
    encode(`\ufeff${written}`),
    Uint8Array.from(utf16.flatMap((unit) => [unit & 255, unit >> 8])),
    Uint8Array.from(utf16.flatMap((unit) => [unit >> 8, unit & 255])),
  ];
  for (const bytes of files) {
    withFile(bytes, (file) => {
      const { values, warnings } = load({ file });
      assertEquals([values.reactor.port, warnings], [1, []]);
    });
  }
  withFile("\ufeffsecret\r\n", (file) => {
    const set = [`mysql.db_passwd_file=${file}`];
    assertEquals(load({ set }).values.mysql.passwordFromFile, "secret");
  });
  withFile(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 0), (file) => {
    assertEquals(mistakesOf({ file }), [
      `${file}: must be a file that can be read: it is no text`,
    ]);
  });
});

Deno.test("reloadOptions() does not read a pipe again", async () => {
  await using folder = new TempFolder();
  const file = folder.file("pipe");
  await new Deno.Command("mkfifo", { args: [file] }).output();
  const sources = { file, env: () => undefined };
  const reload = () => reloadOptions(schema, { running: load().values, sources });
  assertEquals(assertThrows(reload, ConfigError).mistakes, [
    `${file}: must be a file that can be read: it is a pipe, which can be read once only: name a file instead`,
  ]);
});
