/**
 * Chromium without a window, spoken to by its DevTools protocol.
 *
 * @module
 */
import { makeTempFolder, removeFolder } from "../paths.ts";

/** What a browser tells by itself. */
interface Told {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Programs that are Chromium, by the names that systems give it. */
const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** A browser that was started, what it says, and where it listens. */
interface Started {
  readonly process: Deno.ChildProcess;
  readonly reader: ReadableStreamDefaultReader<string>;
  readonly address: string;
}

async function start(folder: string): Promise<Started> {
  for (const name of NAMES) {
    let process: Deno.ChildProcess;
    try {
      process = new Deno.Command(name, {
        args: [
          ...["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"],
          ...["--no-first-run", "--disable-background-networking", "--disable-dev-shm-usage"],
          ...["--disable-component-update", "--disable-breakpad"],
          ...["--remote-debugging-port=0", `--user-data-dir=${folder}`, "about:blank"],
        ],
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      throw error;
    }
    let said = "";
    const reader = process.stderr.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`${name} did not start: ${said}`);
      said += value;
      const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (address !== undefined) return { process, reader, address };
    }
  }
  throw new Error("there is no Chromium here: apt-get install chromium");
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** A page of a browser. */
export class Browser implements AsyncDisposable {
  /** All that the browser has told by itself. */
  readonly told: Told[] = [];
  readonly #folder: string;
  readonly #started: Started;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  #session: string | undefined;
  #last = 0;

  private constructor(folder: string, started: Started, socket: WebSocket) {
    this.#folder = folder;
    this.#started = started;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
  }

  /** Starts one with an empty page. */
  static async start(): Promise<Browser> {
    const folder = await makeTempFolder("tickerlock_browser_");
    const started = await start(folder);
    const socket = new WebSocket(started.address);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    const browser = new Browser(folder, started, socket);
    const { targetId } = await browser.call("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await browser.call("Target.attachToTarget", { targetId, flatten: true });
    browser.#session = String(sessionId);
    for (const domain of ["Page", "Runtime", "Log", "Network"]) {
      await browser.call(`${domain}.enable`);
    }
    return browser;
  }

  #take(
    message: Told & {
      readonly id?: number;
      readonly result?: Record<string, unknown>;
      readonly error?: { readonly message: string };
    },
  ): void {
    if (message.id === undefined) {
      this.told.push(message);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error) waiting?.reject(new Error(message.error.message));
    else waiting?.resolve(message.result ?? {});
  }

  /** Calls a method of the protocol. */
  call(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#last;
    const waiting = Promise.withResolvers<Record<string, unknown>>();
    this.#waiting.set(id, waiting);
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    this.#socket.send(JSON.stringify({ id, method, params, ...session }));
    return waiting.promise;
  }

  /** Opens an address, until it is loaded. */
  async open(url: string): Promise<void> {
    this.told.length = 0;
    await this.call("Page.navigate", { url });
    await this.value(
      `new Promise((done) => document.readyState === "complete" ? done() : addEventListener("load", done))`,
    );
  }

  /** The value of an expression in the page, waited for. */
  async value(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.call("Runtime.evaluate", {
      ...{ expression, awaitPromise: true, returnByValue: true },
    }) as { result: { value?: unknown }; exceptionDetails?: object };
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  }

  /** Presses and releases a key. @param code Its number, as old programs know it. */
  async press(key: string, code: number): Promise<void> {
    const text = key === "Enter" ? { text: "\r" } : {};
    const which = { key, code: key, windowsVirtualKeyCode: code };
    await this.call("Input.dispatchKeyEvent", { type: "keyDown", ...which, ...text });
    await this.call("Input.dispatchKeyEvent", { type: "keyUp", ...which });
  }

  /** Sets the width in pixels, and whether colours are dark. */
  async show(width: number, scheme: "light" | "dark", media = "screen"): Promise<void> {
    const metrics = { width, height: 900, deviceScaleFactor: 1, mobile: width < 600 };
    await this.call("Emulation.setDeviceMetricsOverride", metrics);
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await this.call("Emulation.setEmulatedMedia", { media, features });
  }

  /** A picture of the whole page, as PNG. */
  async picture(): Promise<Uint8Array<ArrayBuffer>> {
    const { data } = await this.call("Page.captureScreenshot", { captureBeyondViewport: true });
    return Uint8Array.fromBase64(String(data));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session = undefined;
    await this.call("Browser.close").catch(() => {});
    await this.#started.reader.cancel();
    await this.#started.process.status;
    this.#socket.close();
    // Its helpers end after it, and write a little more.
    for (let tries = 0; tries < 20 && await isThere(this.#folder); tries++) {
      await removeFolder(this.#folder).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
