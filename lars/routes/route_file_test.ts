import { assertEquals, assertThrows } from "@std/assert";
import { formatOf, formatRoutes, parseRouteFile, RouteFormatError } from "./route_file.ts";

const ROUTES = [
  { modid: 1000, cmdid: 1, ip: 0x0a00_0005, port: 8080, weight: 100 },
  { modid: 2_147_483_647, cmdid: 0, ip: 0xffff_ffff, port: 65_535, weight: 4_294_967_295 },
];

Deno.test("parseRouteFile() reads what formatRoutes() writes", () => {
  for (const format of ["csv", "json"] as const) {
    for (const routes of [ROUTES, []]) {
      const text = [...formatRoutes(routes, format)].join("");
      assertEquals(parseRouteFile(text, format), { routes, mistakes: [] });
      assertEquals(formatOf("-", text), format);
    }
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
1,1,10.0.0,0,0

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
    "port must be an integer 1 … 65535: it is 0; weight must be an integer 1 … 4294967295: it is 0",
    "6: must have 5 cells at most: it has 6",
    "7: a quote is not closed, or text follows it",
    "8: ip must be an IPv4 address such as 10.0.0.5: it is missing; " +
    "port must be an integer 1 … 65535: it is missing",
    "9: module (1, 1) has 10.0.0.5:80 in line 2 already",
    '10: weight must be an integer 1 … 4294967295: it is "1.5"',
  ]);
});

Deno.test("parseRouteFile() names every bad item of JSON by its line", () => {
  const text = `[
  {"modid": 1, "cmdid": 1, "ip": "10.0.0.5", "port": 80},
  {"modid": "1", "cmdid": 1, "ip": 5, "port": 80.5},
  7, {
    "modid": 1, "cmdid": 1, "hostname": "10.0.0.5", "port": 80
  }
]`;
  const { routes, mistakes } = parseRouteFile(text, "json");
  assertEquals(routes.length, 1);
  assertEquals(mistakes, [
    '3: modid must be an integer 0 … 2147483647: it is "1"; ' +
    "ip must be an IPv4 address such as 10.0.0.5: it is 5; " +
    "port must be an integer 1 … 65535: it is 80.5",
    "4: must be an object with modid, cmdid, ip, port, weight",
    "4: hostname is not known: known are modid, cmdid, ip, port, weight",
  ]);
});

Deno.test("parseRouteFile() throws when the text is something else", () => {
  const cases = [
    ["csv", ""],
    ["csv", "1,1,10.0.0.5,80,100"],
    ["csv", "modid,cmdid,ip"],
    ["json", "modid,cmdid"],
    ["json", '{"modid": 1}'],
    ["json", ""],
  ] as const;
  for (const [format, text] of cases) {
    assertThrows(() => parseRouteFile(text, format), RouteFormatError);
  }
});

Deno.test("formatOf() goes by the name, or else by the text", () => {
  assertEquals(formatOf("routes.CSV", "[]"), "csv");
  assertEquals(formatOf("routes.json", "modid"), "json");
  assertEquals(formatOf("routes", " [1]"), "json");
  assertEquals(formatOf("-", "modid,cmdid"), "csv");
});
