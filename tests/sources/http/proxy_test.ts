import { UsageError } from "../../../src/base/errors.ts";
import { checkProxy } from "../../../src/sources/http/proxy.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";

const NAMES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]
  .flatMap((name) => [name, name.toLowerCase()]);

/** Sets the variables of proxies, and no others of them, for the length of a block. */
function withProxies(env: Readonly<Record<string, string>>): Disposable {
  const before = NAMES.map((name) => [name, Deno.env.get(name)] as const);
  for (const name of NAMES) Deno.env.delete(name);
  for (const [name, value] of Object.entries(env)) Deno.env.set(name, value);
  return {
    [Symbol.dispose]: () => {
      for (const [name, value] of before) {
        if (value === undefined) Deno.env.delete(name);
        else Deno.env.set(name, value);
      }
    },
  };
}

const HTTPS = new URL("https://service.example/x");

// Each was tried with the runtime: what is refused here is asked without the proxy there.
const TAKEN = [
  "127.0.0.1:1",
  "proxy.example",
  "http://proxy.example:3128",
  "HTTP://proxy.example:3128/path",
  "https://proxy.example",
  "socks5://127.0.0.1:1",
  "socks5h://127.0.0.1:1",
  "http://user:pa%40ss@proxy.example:3128",
  "user:pa@proxy.example:3128",
  "http://[::1]:3128",
  "unix:///run/proxy.sock",
];
const IGNORED = [
  "http//x",
  "http://",
  "nonsense://",
  "nonsense://proxy.example:3128",
  "socks4://proxy.example:1080",
  "SOCKS5://proxy.example:1080",
  "proxy.example:3128/path",
  "http:proxy.example:3128",
  "http:/proxy.example:3128",
  "http://user@proxy.example:3128",
  "http://us er:secret@proxy.example:3128",
  " http://proxy.example:3128",
  "http://proxy.example:3128 ",
];

Deno.test("a proxy that the runtime would pass over is refused by the name of its variable", () => {
  for (const value of TAKEN) {
    using _env = withProxies({ HTTPS_PROXY: value });
    checkProxy(HTTPS);
  }
  for (const value of IGNORED) {
    for (const name of ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"]) {
      using _env = withProxies({ [name]: value });
      const error = assertThrows(() => checkProxy(HTTPS), UsageError, `${name}: the value is no`);
      assertEquals([error.code, error.message.includes("secret")], ["bad_value", false], value);
      assertStringIncludes(error.hint ?? "", `unset ${name}`);
    }
  }
});

Deno.test("a proxy that is not asked for an address is not looked at", () => {
  {
    using _env = withProxies({ HTTP_PROXY: "http//x" });
    checkProxy(HTTPS);
    assertThrows(() => checkProxy(new URL("http://service.example")), UsageError);
  }
  using _env = withProxies({ HTTPS_PROXY: "http//x", NO_PROXY: "service.example" });
  checkProxy(HTTPS);
});
