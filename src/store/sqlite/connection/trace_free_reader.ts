/**
 * A reader that leaves no trace beside the database.
 *
 * @module
 */
import { type QuietPlace, quietPlace } from "./trace_free_read.ts";
import { Reader } from "./reader.ts";

/** An open reader in its quiet place. Dispose it with `using`. */
export class QuietReader implements Disposable {
  /** The reader. */
  readonly reader: Reader;
  readonly #place: QuietPlace;

  /**
   * Opens a database that exists for reading, by the rule of {@linkcode quietPlace}.
   *
   * @throws {DatabaseError} `db_not_found`, `db_empty`, `db_schema_old`, and a code for each way in which it cannot
   *   be used.
   */
  constructor(path: string) {
    this.#place = quietPlace(path);
    try {
      this.reader = Reader.open(path, {}, this.#place.file);
    } catch (error) {
      this.#place[Symbol.dispose]();
      throw error;
    }
  }

  /** Whether what is read is still all there is: false once somebody wrote beside a copy. */
  isCurrent(): boolean {
    return this.#place.isCurrent();
  }

  /** Closes the reader, and removes what reading has made. Does nothing the second time. */
  [Symbol.dispose](): void {
    this.reader.close();
    this.#place[Symbol.dispose]();
  }
}
