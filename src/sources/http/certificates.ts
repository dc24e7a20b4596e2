/** Certificate authorities that are trusted beside the usual ones. @module */
import { messageOf, UsageError } from "../../base/errors.ts";
import { readWholeTextSync } from "../../platform/read_whole.ts";
import { explain } from "../../platform/refusals.ts";

const ANOTHER = "name a file in PEM format with --ca-file or TICKERLOCK_CA_FILE";

function refused(path: string, why: string, cause?: unknown, hint?: string): UsageError {
  return new UsageError("bad_ca_file", `certificate file ${path}: ${why}`, {
    hint: hint ?? `N${ANOTHER.slice(1)}.`,
    cause,
    details: { file: path },
  });
}

/** Makes the clients that trust the authorities of a file. */
export class Trust {
  readonly #pem: string;
  #client: Deno.HttpClient | undefined;

  constructor(path: string) {
    try {
      this.#pem = readWholeTextSync(path);
    } catch (error) {
      const { why, hint } = explain(error, path, "read", ANOTHER);
      throw refused(path, why, error, hint);
    }
    // Deno takes a text without one for an empty list.
    if (!this.#pem.includes("-----BEGIN CERTIFICATE-----")) {
      throw refused(path, "has no certificate in PEM format");
    }
    try {
      this.#make().close();
    } catch (error) {
      throw refused(path, messageOf(error), error);
    }
  }

  #make(): Deno.HttpClient {
    return Deno.createHttpClient({ caCerts: [this.#pem] });
  }

  get client(): Deno.HttpClient {
    return this.#client ??= this.#make();
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }
}
