import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { formatRoutes, parseRouteFile } from "./route_file.ts";
import { formatOf, RouteFormatError } from "./route_rows.ts";

const ROUTES = [
  { modid: 1000, cmdid: 1, ip: 0x0a00_0005, port: 8080, weight: 100 },
  { modid: 2_147_483_647, cmdid: 0, ip: 0xffff_ffff, port: 65_535, weight: 4_294_967_295 },
];

const NAMES = {
  modids: new Map([[1000, 'say "shop", pay'], [7, "alone"]]),
  cmdids: new Map([[0, "search"], [8, "größe"]]),
};
const NO_NAMES = { modids: new Map(), cmdids: new Map() };

Deno.test("parseRouteFile() reads what formatRoutes() writes, names of ids without routes too", () => {
  for (const format of ["csv", "json"] as const) {
    for (const routes of [ROUTES, []]) {
      const text = [...formatRoutes(routes, { format, names: NAMES })].join("");
      assertEquals(parseRouteFile(text, format), {
        routes,
        names: [
          { modid: 1000, name: 'say "shop", pay' },
          { modid: 7, name: "alone" },
          { cmdid: 0, name: "search" },
          { cmdid: 8, name: "größe" },
        ],
        mistakes: [],
      });
      const nameless = [...formatRoutes(routes, { format, names: NO_NAMES })].join("");
      assertEquals(parseRouteFile(nameless, format), { routes, names: [], mistakes: [] });
      assertEquals(formatOf("-", text), format);
    }
  }
});

Deno.test("parseRouteFile() tells a file without names from one that gives none", () => {
  const csv = parseRouteFile("modid,cmdid,ip,port,weight\n", "csv");
  const json = parseRouteFile('[{"modid": 1, "cmdid": 1, "ip": "10.0.0.5", "port": 8080}]', "json");
  assertEquals([csv.names, json.names], [undefined, undefined]);
});

Deno.test("parseRouteFile() takes files of spreadsheets as they are", () => {
  const route = { modid: 1000, cmdid: 1, ip: 0x0a00_0005, port: 8080, weight: 0 };
  const heading = "modid,cmdid,ip,port,weight";
  const texts = {
    semicolons: "modid;cmdid;ip;port;weight\n1000;1;10.0.0.5;8080;0\n",
    tabs: "modid\tcmdid\tip\tport\tweight\n1000\t1\t10.0.0.5\t8080\t0\n",
    "sep=": "sep=;\r\nmodid;cmdid;ip;port;weight\r\n1000;1;10.0.0.5;8080;0\r\n",
    "another order": "Weight;IP;Mod ID;cmd_id;Port\n0;10.0.0.5;1000;1;8080",
    "no heading": "1000,1,10.0.0.5,8080,0",
    "no heading, semicolons": "1000;1;10.0.0.5;8080;0;;",
    "empty rows": `${heading}\n,,,,\n1000,1,10.0.0.5,8080,0\n,,,,\n , , , ,\n`,
    "an empty column": `${heading},\n1000,1,10.0.0.5,8080,0,\n`,
    "two empty columns without a heading": `${heading}\n1000,1,10.0.0.5,8080,0,,\n`,
    "an empty column within": "modid,cmdid,,ip,port,weight\n1000,1,,10.0.0.5,8080,0",
    decimals: `${heading}\n1000.0,1.00,10.0.0.5,8080.0,0.0\n`,
    "decimal commas": "modid;cmdid;ip;port;weight\n1000,0;1,00;10.0.0.5;8080,0;0,0",
    "blanks that do not break": `${heading}\n\u00a01000,1\u00a0,10.0.0.5\u202f,8080,0`,
    "what routes list --json calls them": "hostname,port,modid,cmdid,weight,drained\n" +
      "10.0.0.5,8080,1000,1,0,true",
  };
  for (const [what, text] of Object.entries(texts)) {
    const { routes, mistakes } = parseRouteFile(text, "csv");
    assertEquals([routes, mistakes], [[route], []], what);
  }
  const json =
    '[{"Modid": "1000", "cmdid": 1, "hostname": "10.0.0.5", "port": 8080, "weight": 0, "drained": true}]';
  assertEquals(parseRouteFile(json, "json").routes, [route]);
});

Deno.test("parseRouteFile() refuses numbers that may mean two things, and says how to mend them", () => {
  const text = "modid;cmdid;ip;port;weight\n1.000;1;10.0.0.5;8,080;1E+02\n1;1,5;10.0.0.5;80;1 000";
  assertEquals(parseRouteFile(text, "csv").mistakes, [
    '2: modid must be an integer 0 … 2147483647: it is "1.000", formatted for people: have the spreadsheet show ' +
    'plain numbers; port must be an integer 1 … 65535: it is "8,080", formatted for people: have the spreadsheet ' +
    'show plain numbers; weight must be an integer 0 … 4294967295: it is "1E+02", formatted for people: have the ' +
    "spreadsheet show plain numbers",
    '3: cmdid must be an integer 0 … 2147483647: it is "1,5"; weight must be an integer 0 … 4294967295: it is ' +
    '"1 000", formatted for people: have the spreadsheet show plain numbers',
  ]);
});

Deno.test("parseRouteFile() refuses names that contradict each other, or belong to no id", () => {
  const text = `modid,cmdid,ip,port,modidName,cmdidName
1,1,10.0.0.5,80,shop,
1,2,10.0.0.5,80,,search
1,3,10.0.0.5,80,pay,
,,,,lost,
4,,,,${"x".repeat(256)},
`;
  const { routes, names, mistakes } = parseRouteFile(text, "csv");
  assertEquals(routes.length, 2);
  assertEquals(names, [{ modid: 1, name: "shop" }, { cmdid: 2, name: "search" }]);
  assertEquals(mistakes.slice(0, 2), [
    "4: modid 1 is called shop in line 2 already: it is pay",
    "5: modid must be an integer 0 … 2147483647: it is missing",
  ]);
  assertStringIncludes(mistakes[2], "6: modidName must be a text of at most 255 characters");
});

Deno.test("parseRouteFile() says what is wrong with a heading", () => {
  const cases = {
    "": "it is empty",
    "modid,cmdid,ip\n": "its first line has no port: it must be CSV with the heading modid,",
    "modid,cmdid,ip,port,wieght\n": 'its column 5 has the heading "wieght": known are modid,',
    "modid,cmdid,ip,port,IP\n": "its heading has ip twice",
    "1,1\n": "its first line has no modid, cmdid, ip, port",
    "hello\n": 'its column 1 has the heading "hello"',
  };
  for (const [text, why] of Object.entries(cases)) {
    assertThrows(() => parseRouteFile(text, "csv"), RouteFormatError, why);
  }
});

Deno.test("parseRouteFile() takes rows without a weight", () => {
  const { weight: _, ...route } = ROUTES[0];
  const texts = [
    "modid,cmdid,ip,port\n1000,1,10.0.0.5,8080\n",
    "modid,cmdid,ip,port,weight\n1000,1,10.0.0.5,8080,",
    "Modid, Cmdid, IP, Port, Weight\n1000,1,10.0.0.5,8080",
    '"modid","cmdid","ip","port","weight"\r\n"1000","1","10.0.0.5","8080",""\r\n',
  ];
  for (const text of texts) assertEquals(parseRouteFile(text, "csv").routes, [route]);
  const json = '[{"modid": 1000, "cmdid": 1, "ip": "10.0.0.5", "port": 8080, "weight": null}]';
  assertEquals(parseRouteFile(json, "json").routes, [route]);
});

Deno.test("parseRouteFile() names every bad line of CSV, and all that is wrong with it", () => {
  const text = `modid,cmdid,ip,port,weight
1,1,10.0.0.5,80,100
-1,1,10.0.0.5,80,100
1,1,10.0.0,0,-1

1,1,10.0.0.6,80,100,5
1,"1,10.0.0.6,80
1,1
1,1,10.0.0.5,80,7
1,1,10.0.0.7,80,1.5
`;
  const { routes, mistakes } = parseRouteFile(text, "csv");
  assertEquals(routes.length, 1);
  assertEquals(mistakes, [
    '3: modid must be an integer 0 … 2147483647: it is "-1"',
    '4: ip must be an IPv4 address such as 10.0.0.5: it is "10.0.0"; ' +
    'port must be an integer 1 … 65535: it is 0; weight must be an integer 0 … 4294967295: it is "-1"',
    '6: must have 5 cells at most: cell 6 is "5"',
    "7: a quote is not closed, or text follows it",
    "8: ip must be an IPv4 address such as 10.0.0.5: it is missing; " +
    "port must be an integer 1 … 65535: it is missing",
    "9: module (1, 1) has 10.0.0.5:80 in line 2 already",
    '10: weight must be an integer 0 … 4294967295: it is "1.5"',
  ]);
});

Deno.test("parseRouteFile() names every bad item of JSON by its line", () => {
  const text = `[
  {"modid": 1, "cmdid": 1, "ip": "10.0.0.5", "port": 80},
  {"modid": "x", "cmdid": 1, "ip": 5, "port": 80.5},
  7, {
    "modid": 1, "cmdid": 1, "hosts": "10.0.0.5", "port": 80
  }
]`;
  const { routes, mistakes } = parseRouteFile(text, "json");
  assertEquals(routes.length, 1);
  assertEquals(mistakes, [
    '3: modid must be an integer 0 … 2147483647: it is "x"; ' +
    "ip must be an IPv4 address such as 10.0.0.5: it is 5; " +
    "port must be an integer 1 … 65535: it is 80.5",
    "4: must be an object with modid, cmdid, ip, port, weight, modidName, cmdidName",
    "4: hosts is not known: known are modid, cmdid, ip, port, weight, modidName, cmdidName",
  ]);
});

Deno.test("parseRouteFile() throws when the text is something else", () => {
  const cases = [
    ["csv", ""],
    ["csv", "modid,cmdid,ip"],
    ["json", "modid,cmdid"],
    ["json", '{"modid": 1}'],
    ["json", ""],
  ] as const;
  for (const [format, text] of cases) {
    assertThrows(() => parseRouteFile(text, format), RouteFormatError);
  }
});
