/**
 * A proxy as `HTTPS_PROXY` names one: it leads on what `CONNECT` asks for, or refuses.
 *
 * @module
 */

/** What it does. */
export interface ProxyOptions {
  /** The status of its refusals. Default none: it leads to {@linkcode ProxyOptions.port}. */
  readonly refuses?: number;
  /** The port of this machine that it leads to, whatever host it is asked for. */
  readonly port: number;
}

/** A proxy that runs until it is disposed. */
export class ConnectProxy implements Disposable {
  readonly #listener: Deno.TcpListener;
  /** The first line of each request, and what it says of who asks. */
  readonly seen: string[] = [];

  constructor(readonly options: ProxyOptions) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    void this.#run();
  }

  /** `127.0.0.1` with its port. */
  get host(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  async #run(): Promise<void> {
    for await (const conn of this.#listener) void this.#answer(conn).catch(() => {});
  }

  async #answer(conn: Deno.TcpConn): Promise<void> {
    using client = conn;
    const bytes = new Uint8Array(4096);
    const head = new TextDecoder().decode(bytes.subarray(0, await client.read(bytes) ?? 0));
    const [first = ""] = head.split("\r\n");
    const who = /^proxy-authorization: (.+)\r$/im.exec(head)?.[1];
    this.seen.push(who === undefined ? first : `${first}, ${who}`);
    const { refuses, port } = this.options;
    const said = `HTTP/1.1 ${refuses ?? 200} Said\r\n${
      refuses === undefined ? "" : "content-length: 0\r\n"
    }\r\n`;
    await client.write(new TextEncoder().encode(said));
    if (refuses !== undefined) return;
    using service = await Deno.connect({ hostname: "127.0.0.1", port });
    await Promise.all([
      client.readable.pipeTo(service.writable),
      service.readable.pipeTo(client.writable),
    ]);
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }
}
