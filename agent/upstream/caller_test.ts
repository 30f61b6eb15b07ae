import { assertEquals } from "@std/assert";
import { formatIpv4 } from "../../proto/mod.ts";
import { chooseCaller, hostInterfaces } from "./caller.ts";

const LO = { name: "lo", address: "127.0.0.1" };
const LO6 = { name: "lo", address: "::1" };
const ETH = { name: "eth0", address: "10.1.2.3" };
const WLAN = { name: "wlan0", address: "192.168.1.7" };
const DOCKER = { name: "docker0", address: "172.17.0.1" };
const COMPOSE = { name: "br-1f2e3d4c5b6a", address: "172.18.0.1" };
const IN_CONTAINER = { name: "eth0", address: "172.17.0.2" };
const VIRBR = { name: "virbr0", address: "192.168.122.1" };

for (
  const { what, connections, interfaces, chosen, isCommon = false } of [
    {
      what: "the connection's, where it leaves the host",
      connections: ["10.1.2.3", undefined],
      interfaces: [LO, WLAN, ETH],
      chosen: "10.1.2.3",
    },
    {
      what: "that of the other connection, where the first is to this host",
      connections: ["127.0.0.1", "10.1.2.3"],
      interfaces: [LO, WLAN, ETH],
      chosen: "10.1.2.3",
    },
    {
      what: "an interface's, where all connections are to this host",
      connections: ["127.0.0.1", "127.0.0.2"],
      interfaces: [LO6, LO, DOCKER, COMPOSE, VIRBR, WLAN, ETH],
      chosen: "192.168.1.7",
    },
    {
      what: "an interface's, where a connection goes to a container of this host",
      connections: ["172.17.0.1", "172.18.0.1"],
      interfaces: [LO, DOCKER, COMPOSE, ETH],
      chosen: "10.1.2.3",
    },
    {
      what: "the connection's, in a container, and that others may have the same",
      connections: ["172.17.0.2", undefined],
      interfaces: [LO, IN_CONTAINER],
      chosen: "172.17.0.2",
      isCommon: true,
    },
    {
      what: "a bridge's rather than loopback, and that others may have the same",
      connections: ["127.0.0.1", "127.0.0.1"],
      interfaces: [LO, COMPOSE],
      chosen: "172.18.0.1",
      isCommon: true,
    },
    {
      what: "one of a single link before loopback alone",
      connections: ["127.0.0.1"],
      interfaces: [LO, { name: "eth0", address: "169.254.3.4" }],
      chosen: "169.254.3.4",
      isCommon: true,
    },
    {
      what: "loopback, where there is nothing else",
      connections: ["127.0.0.1"],
      interfaces: [LO, LO6],
      chosen: "127.0.0.1",
    },
    {
      what: "the connection's, where interfaces must not be asked for",
      connections: ["127.0.0.1", "192.168.1.7"],
      interfaces: [],
      chosen: "192.168.1.7",
    },
  ]
) {
  Deno.test(`chooseCaller() takes ${what}`, () => {
    const caller = chooseCaller({ connections, interfaces });
    assertEquals([formatIpv4(caller.ip), caller.isCommon], [chosen, isCommon]);
  });
}

Deno.test({
  name: "hostInterfaces() knows none where it may not ask",
  permissions: "none",
  fn() {
    assertEquals(hostInterfaces(), []);
  },
});
