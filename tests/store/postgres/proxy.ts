/**
 * A proxy between a store and its server that cuts, or holds back, what goes through it.
 *
 * @module
 */

/** What happens to a connection. */
export type Fault = "cut" | "answer_lost" | "swallow";

/** A proxy. */
export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** Pieces that clients have sent so far, over all connections. */
  readonly pieces: number;
  /** How many faults have happened. */
  readonly faults: number;
  /**
   * Plans one fault: at the piece with that number from now. `cut`: the piece does not arrive, and the
   * connection ends. `answer_lost`: it arrives, and the connection ends before the answer.
   * `swallow`: nothing comes through any more, and the server does not hear of the end.
   */
  plan(fault: Fault, afterPieces: number): void;
  /** Ends every connection, and from now on each new one, or does so no more. */
  refuse(isRefusing: boolean): void;
  /** Goes to another port from now on; connections that are open stay. */
  redirect(to: number): void;
}

async function writeAll(to: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}

/** Starts a proxy to a port of this machine. */
export function startProxy(to: number): Proxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  let pieces = 0;
  let faults = 0;
  let isRefusing = false;
  let port = to;
  let planned: { readonly fault: Fault; readonly at: number } | undefined;
  const close = (...connections: Deno.Conn[]): void => {
    for (const each of connections) {
      open.delete(each);
      try {
        each.close();
      } catch {
        // It is closed.
      }
    }
  };
  const forward = async (client: Deno.Conn, server: Deno.Conn): Promise<void> => {
    let isSwallowed = false;
    let isEnded = false;
    const answers = async (): Promise<void> => {
      const buffer = new Uint8Array(1 << 16);
      for (;;) {
        const count = await server.read(buffer);
        if (count === null) return;
        if (!isSwallowed) await writeAll(client, buffer.slice(0, count));
      }
    };
    const back = answers().catch(() => {}).finally(() => close(client, server));
    const buffer = new Uint8Array(1 << 16);
    try {
      for (;;) {
        const count = await client.read(buffer);
        if (count === null) break;
        pieces++;
        const fault = planned !== undefined && pieces >= planned.at ? planned.fault : undefined;
        if (fault !== undefined) {
          planned = undefined;
          faults++;
          if (fault === "cut") break;
          isSwallowed = true;
          if (fault === "answer_lost") {
            await writeAll(server, buffer.slice(0, count));
            // The server goes on with what it has got.
            await new Promise((resolve) => setTimeout(resolve, 20));
            isEnded = true;
            break;
          }
        }
        if (!isSwallowed) await writeAll(server, buffer.slice(0, count));
      }
    } catch {
      // One of the two has gone.
    }
    close(client);
    if (!isSwallowed || isEnded) close(server);
    await back;
  };
  const accepting = (async () => {
    for await (const client of listener) {
      // A server that is away refuses as well.
      const server = isRefusing
        ? undefined
        : await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
      if (server === undefined) {
        client.close();
        continue;
      }
      open.add(client).add(server);
      void forward(client, server);
    }
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    get pieces() {
      return pieces;
    },
    get faults() {
      return faults;
    },
    plan(fault, afterPieces) {
      planned = { fault, at: pieces + afterPieces };
    },
    refuse(refusing) {
      isRefusing = refusing;
      if (refusing) close(...open);
    },
    redirect(other) {
      port = other;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      close(...open);
      await accepting.catch(() => {});
    },
  };
}
