/** A file under way: bytes go to the disk and into a checksum, over several answers. @module */
import { createHash, type Hash } from "node:crypto";
import { SourceError } from "../../base/errors.ts";
import type { FileWriter } from "../../files/streamed.ts";
import type { ReadProgress } from "../source.ts";

const START_BYTES = 64;

interface DownloadOf {
  readonly label: string;
  readonly begin: () => Promise<FileWriter>;
  readonly beginsWell: (start: Uint8Array) => boolean;
  readonly onProgress: (progress: ReadProgress) => void;
}

/** A file that comes in one answer, or in several that go on where the last was cut. */
export class FileDownload implements AsyncDisposable {
  lastModified: string | null = null;
  #bytes = 0;
  #total = 0;
  #start = new Uint8Array();
  #hash: Hash = createHash("sha256");
  #writer: FileWriter | undefined;
  /** What says that the file is the same; null where the service cannot send a part of it. */
  #validator: string | null = null;
  readonly #of: DownloadOf;

  constructor(of: DownloadOf) {
    this.#of = of;
  }

  /** What asks for the rest of a file that was cut; undefined where all of it is asked for. */
  get rest(): Readonly<Record<string, string>> | undefined {
    if (this.#bytes === 0 || this.#validator === null) return undefined;
    return { "range": `bytes=${this.#bytes}-`, "if-range": this.#validator };
  }

  begin(headers: Headers): (piece: Uint8Array<ArrayBuffer>) => Promise<void> {
    const from = headers.get("content-range");
    if (from === null) this.#restart(headers);
    else if (!from.startsWith(`bytes ${this.#bytes}-`)) {
      this.#validator = null;
      const message = `the service sends ${this.#of.label} from another place than was asked for`;
      throw new SourceError("truncated_body", message, {
        hint: "Try again: all of the file is asked for then.",
        retryable: true,
      });
    }
    return (piece) => this.#take(piece);
  }

  #restart(headers: Headers): void {
    this.lastModified = headers.get("last-modified");
    this.#bytes = 0;
    this.#start = new Uint8Array();
    this.#hash = createHash("sha256");
    const length = headers.get("content-length");
    this.#total = Number(length ?? 0);
    const tag = headers.get("etag");
    // Without a length it may be packed on the way: its bytes are not those that a range counts.
    const hasParts = length !== null && headers.get("accept-ranges") === "bytes";
    const strong = tag?.startsWith("W/") === false ? tag : this.lastModified;
    this.#validator = hasParts ? strong : null;
  }

  async #take(piece: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#bytes === 0) {
      await this.#writer?.[Symbol.asyncDispose]();
      this.#writer = await this.#of.begin();
    }
    if (this.#start.length < START_BYTES) {
      const start = new Uint8Array(Math.min(START_BYTES, this.#start.length + piece.length));
      start.set(this.#start);
      start.set(piece.subarray(0, start.length - this.#start.length), this.#start.length);
      this.#start = start;
    }
    await this.#writer?.write(piece);
    this.#bytes += piece.length;
    this.#hash.update(piece);
    const { label, onProgress } = this.#of;
    const [bytesDone, bytesTotal] = [this.#bytes, this.#total];
    onProgress({ doing: "fetching", label, bytesDone, bytesTotal, rows: 0 });
  }

  get absent(): string | undefined {
    if (this.#bytes === 0) return "an empty body";
    if (this.#of.beginsWell(this.#start)) return undefined;
    const text = new TextDecoder("latin1").decode(this.#start).trimStart();
    return text.startsWith("<") ? "an HTML page" : `a text that begins with ${shown(text)}`;
  }

  async commit(): Promise<{ readonly bytes: number; readonly sha256: string }> {
    await this.#writer?.commit();
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer?.[Symbol.asyncDispose]();
  }
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 30).replace(/[^ -~]/g, "."));
}
