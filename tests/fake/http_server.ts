/**
 * A small HTTP/1.1 server for tests that controls every byte of its answers: lengths that are not
 * kept, bodies that stop, answers that never come, connections that are reset.
 *
 * It stands on `node:net`, since a TCP reset is beyond `Deno.listen`: `Deno.Conn.close()` shuts the
 * connection down in order first, which a client sees as an end of file, also where bytes were left
 * unread. `resetAndDestroy()` of `node:net` does reset it.
 *
 * @module
 */
import { sleep } from "../../src/base/sleep.ts";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { answerHead, BadRequestError, type HttpRequest, takeRequest } from "./http_wire.ts";

export type { HttpRequest } from "./http_wire.ts";

/**
 * What becomes of the connection after the bytes are out: it takes the next request, it ends in
 * order, it is reset, or it stays open and silent until the client or the server ends it.
 */
export type After = "keep" | "close" | "reset" | "stall";

/** An answer. */
export interface Answer {
  /** Default 200. */
  readonly status?: number;
  /** Names in lower case. `content-length` is set where it is not given: a false one is sent as given. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default empty. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** Default `keep`, or `close` where the client asked for that. */
  readonly then?: After;
}

/** An answer whose body is sent in chunks, without a length. */
export interface ChunkedAnswer extends Omit<Answer, "body"> {
  /** One chunk each. */
  readonly chunks: Iterable<string | Uint8Array<ArrayBuffer>>;
  /** Leave out the last, empty chunk that says "this was all". Default false. */
  readonly unfinished?: boolean;
}

/**
 * How a handler answers: one call, once. Every method resolves when the bytes are out, or when the
 * connection is gone; none fails because the client went away.
 */
export interface Reply {
  /** Resolves when the connection has ended, by either side. */
  readonly closed: Promise<void>;
  /** An answer with a length. */
  send(answer?: Answer): Promise<void>;
  /** An answer in chunks. */
  sendChunked(answer: ChunkedAnswer): Promise<void>;
  /** These bytes with pauses between them, and then the next request. */
  pieces(parts: readonly Uint8Array<ArrayBuffer>[], pauseMs: number): Promise<void>;
  /** These bytes and nothing else; `""` and `stall` never answers. */
  raw(bytes: string | Uint8Array<ArrayBuffer>, then: After): Promise<void>;
}

/** Answers one request. What it throws is answered with 500, and thrown again when the server is disposed. */
export type Handler = (request: HttpRequest, reply: Reply) => Promise<void> | void;

/** A server that runs until it is disposed. */
export interface HttpServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  /** Connections that are open now. */
  readonly openConnections: number;
}

const encoder = new TextEncoder();
/** A body up to this goes out together with its head, in one packet where it fits. */
const ONE_WRITE_BYTES = 65_536;

function toBytes(body: string | Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return typeof body === "string" ? encoder.encode(body) : body;
}

function joined(...parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** One client's connection: its requests one after another. */
class Connection {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #handler: Handler;
  readonly #failures: unknown[];
  #unread: Uint8Array<ArrayBuffer> = new Uint8Array();
  #isClosed = false;
  #isWorking = false;
  /** The end of the answers that are under way. */
  #working: Promise<void> | undefined;

  constructor(socket: Socket, handler: Handler, failures: unknown[]) {
    this.#socket = socket;
    this.#handler = handler;
    this.#failures = failures;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    socket.setNoDelay(true);
    // A reset by the client; "close" follows.
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#isClosed = true;
      resolve();
    });
    socket.on("data", (data: Uint8Array) => {
      const bytes = new Uint8Array(data);
      this.#unread = this.#unread.length === 0 ? bytes : joined(this.#unread, bytes);
      // Two such events can come without a turn of the promises between them.
      if (!this.#isWorking) this.#working = this.#work();
    });
  }

  /** Ends the connection now; resolves when nothing of it is left. */
  async destroy(): Promise<void> {
    this.#socket.destroy();
    await this.closed;
    await this.#working;
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (!this.#isClosed) {
      let next: ReturnType<typeof takeRequest>;
      try {
        next = takeRequest(this.#unread);
      } catch (error) {
        if (!(error instanceof BadRequestError)) throw error;
        this.#unread = new Uint8Array();
        await this.#send({ status: 400, body: `${error.message}\n`, then: "close" });
        break;
      }
      if (next === undefined) break;
      this.#unread = this.#unread.slice(next.taken);
      // A handler may wait for something that never comes: the end of the connection is enough.
      await Promise.race([this.#answer(next.request), this.closed]);
    }
    this.#isWorking = false;
  }

  async #answer(request: HttpRequest): Promise<void> {
    let answered = false;
    const last: After = request.lastOfConnection ? "close" : "keep";
    const once = (write: () => Promise<void>): Promise<void> => {
      if (answered) throw new Error(`${request.target} was answered twice`);
      answered = true;
      return write();
    };
    try {
      await this.#handler(request, {
        closed: this.closed,
        send: (answer = {}) =>
          once(() => this.#send({ then: last, ...answer }, request.method === "HEAD")),
        pieces: (parts, pauseMs) =>
          once(async () => {
            for (const part of parts) {
              await this.#write(part);
              await Promise.race([sleep(pauseMs), this.closed]);
            }
          }),
        sendChunked: (answer) => once(() => this.#sendChunked({ then: last, ...answer })),
        raw: (bytes, then) =>
          once(async () => {
            await this.#write(toBytes(bytes));
            await this.#after(then);
          }),
      });
      if (!answered) throw new Error(`${request.target} was not answered`);
    } catch (error) {
      this.#failures.push(error);
      if (answered) this.#socket.destroy();
      else await this.#send({ status: 500, body: `${error}\n`, then: "close" });
    }
  }

  async #send(answer: Answer, headOnly = false): Promise<void> {
    const body = toBytes(answer.body ?? "");
    const headers = { "content-length": String(body.length), ...answer.headers };
    const head = encoder.encode(answerHead(answer.status ?? 200, headers));
    if (headOnly) await this.#write(head);
    else if (body.length <= ONE_WRITE_BYTES) await this.#write(joined(head, body));
    else {
      await this.#write(head);
      await this.#write(body);
    }
    await this.#after(answer.then ?? "keep");
  }

  async #sendChunked(answer: ChunkedAnswer): Promise<void> {
    const headers = { "transfer-encoding": "chunked", ...answer.headers };
    await this.#write(encoder.encode(answerHead(answer.status ?? 200, headers)));
    for (const chunk of answer.chunks) {
      if (this.#isClosed) return;
      const bytes = toBytes(chunk);
      await this.#write(
        joined(encoder.encode(`${bytes.length.toString(16)}\r\n`), bytes, encoder.encode("\r\n")),
      );
    }
    if (!answer.unfinished) await this.#write(encoder.encode("0\r\n\r\n"));
    await this.#after(answer.then ?? "keep");
  }

  async #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (bytes.length === 0 || this.#isClosed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.write(bytes, () => resolve());
    await Promise.race([promise, this.closed]);
  }

  async #after(then: After): Promise<void> {
    if (then === "keep" || this.#isClosed) return;
    if (then === "close") this.#socket.end(() => this.#socket.destroy());
    if (then === "reset") this.#socket.resetAndDestroy();
    await this.closed;
  }
}

/** Ports of all servers of this process so far. */
const usedPorts = new Set<number>();

/** A free port is one that no server here has had: what a client knows of a host lives on. */
async function listen(server: Server, wanted: number): Promise<number> {
  for (;;) {
    const listening = Promise.withResolvers<void>();
    server.once("error", listening.reject);
    server.listen(wanted, "127.0.0.1", () => listening.resolve());
    await listening.promise;
    server.off("error", listening.reject);
    const { port } = server.address() as AddressInfo;
    if (wanted !== 0 || !usedPorts.has(port)) {
      usedPorts.add(port);
      return port;
    }
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

/**
 * Starts a server on 127.0.0.1. Dispose it with `await using`: that ends every connection, and
 * throws what handlers threw.
 *
 * @param handler Called for each request; requests of one connection come one after another.
 * @param options `port`, default 0: any free one.
 */
export async function startHttpServer(
  handler: Handler,
  options: { readonly port?: number } = {},
): Promise<HttpServer> {
  const connections = new Set<Connection>();
  const failures: unknown[] = [];
  const server: Server = createServer((socket) => {
    const connection = new Connection(socket, handler, failures);
    connections.add(connection);
    connection.closed.then(() => connections.delete(connection));
  });
  const port = await listen(server, options.port ?? 0);
  let ending: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    await Promise.all([...connections].map((connection) => connection.destroy()));
    await closed.promise;
    if (failures.length > 0) throw failures[0];
  };
  return {
    url: `http://127.0.0.1:${port}`,
    get openConnections() {
      return connections.size;
    },
    [Symbol.asyncDispose]: () => ending ??= end(),
  };
}
