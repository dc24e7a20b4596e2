/**
 * Telling systemd how a service of `Type=notify` is: sd_notify(3), a datagram to `NOTIFY_SOCKET`.
 *
 * @module
 */

/** What is used of Deno's datagram sockets, which are there with `--unstable-net` only. */
interface Datagrams {
  listenDatagram(options: { transport: "unixpacket"; path: string }): {
    send(bytes: Uint8Array, to: { transport: "unixpacket"; path: string }): Promise<number>;
    close(): void;
  };
}

function datagrams(): Datagrams | undefined {
  const deno: object = Deno;
  return "listenDatagram" in deno ? deno as Datagrams : undefined;
}

/** How to tell. */
export interface NotifyOptions {
  /** What `NOTIFY_SOCKET` says; undefined or empty where nobody listens. */
  readonly socket: string | undefined;
  /** Folder for a socket of our own, which is there for the moment of sending. Writable. */
  readonly folder: string;
}

/**
 * Tells systemd a state: `READY=1`, `STOPPING=1`, `STATUS=…`, several on lines of their own.
 *
 * Never throws: a service that cannot say that it is ready is as good at its work. Needs
 * `--unstable-net` and `--allow-net`, and the rights to read and write both paths. A socket in the
 * abstract namespace (`@…`), which a user's manager in a container may have, cannot be addressed.
 *
 * @param state What to tell.
 * @param options Where to.
 * @returns Whether it was sent.
 */
export async function notifySystemd(state: string, options: NotifyOptions): Promise<boolean> {
  const { socket, folder } = options;
  const net = datagrams();
  if (net === undefined || socket === undefined || !socket.startsWith("/")) return false;
  // A datagram socket of Deno's has to have a name.
  const own = `${folder}/.notify-${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
  try {
    const from = net.listenDatagram({ transport: "unixpacket", path: own });
    try {
      await from.send(new TextEncoder().encode(state), { transport: "unixpacket", path: socket });
      return true;
    } finally {
      from.close();
      Deno.removeSync(own);
    }
  } catch {
    return false;
  }
}
