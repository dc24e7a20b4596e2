/**
 * Telling systemd the state of a service: sd_notify(3), as datagrams to the socket of `NOTIFY_SOCKET`. They
 * need an address to be sent from: an abstract one (Linux) leaves no file. systemd knows the service by the
 * process id, which the kernel adds.
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { messageOf } from "../base/errors.ts";
import { serial } from "../base/fifo.ts";
import { literal } from "../base/log.ts";

const log = getLogger(["tickerlock", "collect"]);

/** Longest status line, in characters: systemd cuts much longer ones. */
const MOST_CHARACTERS = 300;

/** In place of a start without end, which systemd does not know: a year. */
const LONGEST_START_SECONDS = 366 * 86_400;

interface NotifySocket {
  send(message: string): Promise<void>;
  close(): void;
}

/** Opens a socket to systemd. @param to A path, or `@name` for an abstract address. */
function openNotifySocket(to: string): NotifySocket {
  const path = to.startsWith("@") ? `\0${to.slice(1)}` : to;
  const { socket, forget } = ownAddress();
  return {
    send: async (message) => {
      await socket.send(new TextEncoder().encode(message), { transport: "unixpacket", path });
    },
    close: () => {
      socket.close();
      forget();
    },
  };
}

/** A socket with an abstract address, or a file where Deno (2.7) refuses those. */
function ownAddress(): { readonly socket: Deno.DatagramConn; readonly forget: () => void } {
  const listen = (path: string): Deno.DatagramConn =>
    Deno.listenDatagram({ transport: "unixpacket", path });
  try {
    const name = `\0tickerlock-${Deno.pid}-${crypto.randomUUID()}`;
    return { socket: listen(name), forget: () => {} };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const folder = Deno.makeTempDirSync({ prefix: "tickerlock-notify-" });
    const forget = (): void => {
      try {
        Deno.removeSync(folder, { recursive: true });
      } catch {
        // It is removed already.
      }
    };
    try {
      return { socket: listen(`${folder}/socket`), forget };
    } catch (inFolder) {
      forget();
      throw inFolder;
    }
  }
}

type Environment = (name: string) => string | undefined;

/** The interval of the watchdog in ms; `Infinity` without one. */
export function watchdogMs(env: Environment, pid: number): number {
  const text = env("WATCHDOG_USEC") ?? "";
  // For another process, such as the parent.
  if (![String(pid), ""].includes(env("WATCHDOG_PID") ?? "")) return Infinity;
  return /^\d*[1-9]\d*$/.test(text) ? Number(text) / 1000 : Infinity;
}

/** Tells systemd, where `NOTIFY_SOCKET` is set. What cannot be sent is logged once. */
export class ServiceNotifier implements Disposable {
  readonly #open: (() => NotifySocket) | undefined;
  /** Longest time between two signs of life, in ms; `Infinity` where systemd expects none. */
  readonly feedEveryMs: number;
  #socket: NotifySocket | undefined;
  readonly #inTurn = serial();
  #status = "";
  #fedMs = -Infinity;
  #ready = false;
  #stopping = false;
  #failed = false;

  /** @param open Default the real socket. */
  constructor(env: Environment, open: (to: string) => NotifySocket = openNotifySocket) {
    const to = env("NOTIFY_SOCKET") ?? "";
    if (/^[/@]./.test(to)) this.#open = () => open(to);
    this.feedEveryMs = this.#open === undefined ? Infinity : watchdogMs(env, Deno.pid) / 2;
  }

  #tell(message: string): void {
    if (this.#open === undefined) return;
    this.#inTurn(async () => {
      try {
        this.#socket ??= this.#open?.();
        await this.#socket?.send(message);
        this.#failed = false;
      } catch (error) {
        if (!this.#failed) log.warn(literal(`systemd could not be told: ${messageOf(error)}`));
        this.#failed = true;
      }
    });
  }

  /** Allows the start to take so many seconds, `Infinity` for a year. */
  extendStart(seconds: number): void {
    const us = Math.ceil(Math.min(seconds, LONGEST_START_SECONDS) * 1e6);
    this.#tell(`EXTEND_TIMEOUT_USEC=${us}`);
  }

  ready(): void {
    this.#ready = true;
    this.#tell("READY=1");
  }

  reloading(): void {
    this.#tell("RELOADING=1");
  }

  /** What the service is doing, one line. Sent where it has changed. */
  status(text: string): void {
    const line = text.replaceAll(/\s+/g, " ").slice(0, MOST_CHARACTERS);
    if (line === this.#status) return;
    this.#status = line;
    this.#tell(`STATUS=${line}`);
  }

  /** A sign of life. Only for the loop that does the work, so that a hang falls silent. */
  alive(nowMs: number): void {
    if (!this.#ready || this.feedEveryMs === Infinity) return;
    // A tenth less: a round that is a moment early need not wait for the next.
    if (nowMs - this.#fedMs < this.feedEveryMs * 0.9) return;
    this.#fedMs = nowMs;
    this.#tell("WATCHDOG=1");
  }

  /** The service is ending. @returns When all has been sent. */
  stopping(): Promise<void> {
    if (!this.#stopping) this.#tell("STOPPING=1");
    this.#stopping = true;
    return this.#inTurn(() => {});
  }

  [Symbol.dispose](): void {
    this.#socket?.close();
    this.#socket = undefined;
  }
}
