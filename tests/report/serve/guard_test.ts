import { hostCheck, isLoopback, ownName } from "../../../src/report/serve/guard.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("a server is called by its address and the names that were allowed, and no other", () => {
  const called = (address: string, ...names: string[]) => {
    const isOwn = hostCheck(address, names);
    return [
      ...["127.0.0.1:1", "localhost", "[::1]:1", "10.0.0.7:1", "10.0.0.8", "[fe80::1]"],
      ...["data.example.org", "DATA.example.org:1", "a.data.example.org", "10.0.0.7.evil.example"],
      ...["", ":1", "a b", "localhost, evil.example", "localhost@evil.example"],
      ...["evil.example@localhost", "localhost/evil", "localhost?evil", "localhost#evil"],
    ].filter(isOwn);
  };
  const own = ["127.0.0.1:1", "localhost", "[::1]:1"];
  assertEquals(called("127.0.0.1"), own);
  assertEquals(called("::1"), own);
  assertEquals(called("10.0.0.7"), ["10.0.0.7:1"]);
  assertEquals(called("10.0.0.7", "Data.example.org"), [
    ...["10.0.0.7:1", "data.example.org", "DATA.example.org:1"],
  ]);
  // An address cannot be turned to another machine, as a name can.
  const any = [...own, "10.0.0.7:1", "10.0.0.8", "[fe80::1]"];
  assertEquals(called("0.0.0.0"), any);
  assertEquals(called("::"), any);
});

Deno.test("of this machine alone are 127.0.0.0/8 and ::1", () => {
  const all = ["127.0.0.1", "127.8.9.1", "::1", "0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example"];
  assertEquals(all.filter(isLoopback), ["127.0.0.1", "127.8.9.1", "::1"]);
  assertEquals(["0.0.0.0", "::", "::1", "10.0.0.1"].map(ownName), [
    ...["127.0.0.1", "[::1]", "[::1]", "10.0.0.1"],
  ]);
});
