/**
 * The variables of the runtime that lead a request: proxies, and whose certificates are trusted. They are
 * read where a process starts.
 *
 * @module
 */
import { assertEquals, assertMatch } from "../assert.ts";
import { Authority } from "../fake/authority.ts";
import { ConnectProxy } from "../fake/connect_proxy.ts";
import { runProgram } from "./program.ts";
import { Workspace } from "./workspace.ts";

/** A host that is only to be reached through the proxy. */
const HOST = "service.example";

/** A service behind TLS, and what asks it. */
class Scene implements AsyncDisposable {
  readonly #space: Workspace;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(space: Workspace, server: Deno.HttpServer<Deno.NetAddr>) {
    this.#space = space;
    this.#server = server;
  }

  static async create(): Promise<Scene> {
    const space = await Workspace.create();
    const authority = await Authority.create();
    space.write("ca.pem", authority.cert);
    const service = await authority.sign({ hosts: [HOST, "127.0.0.1"] });
    const server = Deno.serve(
      { ...service, hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response("{}"),
    );
    return new Scene(space, server);
  }

  get port(): number {
    return this.#server.addr.port;
  }

  /** What trying the source says, whatever the port is. */
  async test(env: Readonly<Record<string, string>>, host = HOST): Promise<string> {
    const { stdout, stderr } = await runProgram(["sources", "test", "yahoo"], {
      cwd: this.#space.path,
      env: {
        YAHOO_BASE_URL: `https://${host}:${this.port}`,
        TICKERLOCK_CA_FILE: `${this.#space.path}/ca.pem`,
        // Deno itself would ask for a newer version through the proxy.
        DENO_NO_UPDATE_CHECK: "1",
        ...env,
      },
    });
    return stdout + stderr;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await this.#space[Symbol.asyncDispose]();
  }
}

Deno.test("a service is asked through the proxy that a variable names, and around it by NO_PROXY", async () => {
  await using scene = await Scene.create();
  using proxy = new ConnectProxy({ port: scene.port });
  const asked = `CONNECT ${HOST}:${scene.port} HTTP/1.1`;
  for (const name of ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"]) {
    assertMatch(await scene.test({ [name]: `http://${proxy.host}` }), /status 200/);
    assertEquals(proxy.seen.splice(0), [asked], name);
  }
  assertMatch(await scene.test({ HTTPS_PROXY: `http://me:se%20cret@${proxy.host}` }), /status 200/);
  assertEquals(proxy.seen.splice(0), [`${asked}, Basic ${btoa("me:se cret")}`]);
  const around = { HTTPS_PROXY: `http://${proxy.host}`, NO_PROXY: "127.0.0.0/8" };
  assertMatch(await scene.test(around, "127.0.0.1"), /status 200/);
  assertEquals(proxy.seen, []);
});

Deno.test("a proxy that refuses, or is not there, is named with its variable and without its password", async () => {
  await using scene = await Scene.create();
  for (
    const [refuses, said, hint] of [
      [407, /wants a user and a password \(407\)/, /USER:PASSWORD@/],
      [403, /refuses to lead to service\.example:\d+/, /NO_PROXY/],
      [502, /refuses to lead to service\.example:\d+/, /NO_PROXY/],
    ] as const
  ) {
    using proxy = new ConnectProxy({ port: scene.port, refuses });
    const text = await scene.test({ HTTPS_PROXY: `http://me:secret@${proxy.host}` });
    assertMatch(text, new RegExp(`the proxy http://${proxy.host} \\(HTTPS_PROXY\\)`));
    assertMatch(text, said);
    assertMatch(text, hint);
    assertEquals(/secret/.test(text), false, text);
  }
  const gone = new ConnectProxy({ port: scene.port });
  const { host } = gone;
  gone[Symbol.dispose]();
  const dead = await scene.test({ https_proxy: host });
  assertMatch(dead, /refused: the proxy http:\/\/\S+ \(https_proxy\) could not be reached/);
  assertMatch(dead, /Check https_proxy, or name service\.example in NO_PROXY/);
  // Not asked: the address is at fault.
  const around = await scene.test({ HTTPS_PROXY: `http://${host}`, NO_PROXY: ".example" });
  assertEquals(/the proxy/.test(around), false, around);
});

Deno.test("whose certificates are trusted is said by the runtime's variables, too", async () => {
  await using scene = await Scene.create();
  const none = { TICKERLOCK_CA_FILE: "" };
  const ask = (env: Readonly<Record<string, string>>) =>
    scene.test({ ...none, ...env }, "127.0.0.1");
  assertMatch(await ask({ DENO_CERT: "ca.pem" }), /status 200/);
  assertMatch(await ask({ DENO_TLS_CA_STORE: "system", SSL_CERT_FILE: "ca.pem" }), /status 200/);
  assertMatch(await ask({ DENO_TLS_CA_STORE: "system" }), /not trusted here:[^]*--ca-file/);
  assertMatch(await ask({ DENO_CERT: "none.pem" }), /none\.pem \(DENO_CERT\): No such file/);
  assertMatch(
    await ask({ DENO_TLS_CA_STORE: "windows" }),
    /DENO_TLS_CA_STORE: there is no store of certificates "windows"/,
  );
});
