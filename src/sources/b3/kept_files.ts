/** Files of the exchange that are downloaded once, each with a record beside it. @module */
import * as v from "valibot";
import { systemClock } from "../../base/clock.ts";
import { SourceError } from "../../base/errors.ts";
import { FileError, readJson } from "../../files/mod.ts";
import { sha256OfFile } from "../../files/sha256.ts";
import { type HeldFile, underFileLock } from "../../files/streamed.ts";
import { timestamp } from "../../base/time.ts";
import { type FolderUse, prepareFolder } from "../../files/prepare_folder.ts";
import { joinPath } from "../../platform/paths.ts";
import { statIfThere } from "../../platform/files.ts";
import { baseName, throttledProgress } from "../files/input_files.ts";
import { Deadline } from "../http/retry.ts";
import { type Get, ServiceClient } from "../http/service_client.ts";
import { refused, statusRefusal } from "../http/service_message.ts";
import type { NetworkOptions, SourceNetwork } from "../network.ts";
import type { ReadProgress, SourceFailure, SourceRequest, SourceSkip } from "../source.ts";
import { FileDownload } from "./download.ts";
import { exchangeDay, isDue } from "./services.ts";

/** Seconds for all tries of one file: 120 MB at 35 KB/s. */
const DOWNLOAD_SECONDS = 3600;

const recordSchema = v.object({
  sha256: v.string(),
  bytes: v.number(),
  fetched_at: v.string(),
  answered_at: v.string(),
  last_modified: v.nullable(v.string()),
  /** `YYYY-MM-DD`; null until it was read to its end. */
  days: v.nullable(v.array(v.string())),
});

type KeptRecord = v.InferOutput<typeof recordSchema>;

/** What came of asking for a file. */
export type Got =
  /** It is there: downloaded, not changed since it was, or downloaded by another run meanwhile. */
  | {
    readonly path: string;
    readonly how: "fetched" | "unchanged" | "kept";
    readonly bytes: number;
  }
  /** The service does not have it, in its own way of saying so. */
  | { readonly path: null; readonly absent: string };

/** A path and a query. */
export interface FilePlace {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
}

interface FileKind {
  /** Where it is; undefined where the service has no such file. */
  readonly locate: (get: Get) => Promise<FilePlace | undefined>;
  readonly name: string;
  readonly beginsWell: (start: Uint8Array) => boolean;
}

/** Codes of a record of which the disk has kept a part. */
const BROKEN = /^file_(corrupt_json|not_utf8)$/;

function recordName(name: string): string {
  return `.${name}.json`;
}

function writeRecord(file: HeldFile, name: string, record: KeptRecord): Promise<void> {
  return file.replaceBeside(recordName(name), JSON.stringify(record));
}

/** The folder of kept files, and the service that they are from. */
export class KeptFiles implements Disposable {
  readonly #folder: string;
  readonly #client: ServiceClient;
  readonly #signal: AbortSignal;
  readonly #startedMs = Date.now();
  readonly #report: (progress: ReadProgress) => void;

  constructor(
    folder: string,
    service: SourceNetwork,
    { network = {}, signal, onProgress }: {
      readonly network?: NetworkOptions | undefined;
      readonly signal: AbortSignal;
      readonly onProgress?: ((progress: ReadProgress) => void) | undefined;
    },
  ) {
    this.#folder = folder;
    this.#client = new ServiceClient(service, network);
    this.#signal = signal;
    this.#report = throttledProgress(onProgress);
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  #pathOf(name: string): string {
    return joinPath(this.#folder, name);
  }

  /** The days of a kept file that was asked for after the last of them: it cannot change. */
  async finalDays(name: string, last: string): Promise<readonly string[] | undefined> {
    const record = await this.#record(name);
    const isFinal = record !== undefined && exchangeDay(Date.parse(record.fetched_at)) > last;
    return isFinal ? record.days ?? undefined : undefined;
  }

  /** Undefined where the file is not there, or not as it was kept. */
  async #record(name: string): Promise<KeptRecord | undefined> {
    let content: unknown;
    try {
      content = await readJson(this.#pathOf(recordName(name)), { default: null });
    } catch (error) {
      // A power cut can leave less than was written: the file is asked for again.
      if (!(error instanceof FileError) || !BROKEN.test(error.code)) throw error;
    }
    const { success, output } = v.safeParse(recordSchema, content);
    return success && statIfThere(this.#pathOf(name))?.size === output.bytes ? output : undefined;
  }

  async #intact(name: string): Promise<KeptRecord | undefined> {
    const record = await this.#record(name);
    if (record === undefined) return undefined;
    return record.sha256 === await sha256OfFile(this.#pathOf(name)) ? record : undefined;
  }

  async #under<T>(name: string, work: (file: HeldFile) => Promise<T>): Promise<T> {
    const waiting = { timeoutSeconds: Infinity, signal: this.#signal };
    return await underFileLock(this.#pathOf(name), waiting, work);
  }

  async confirm(name: string, days: readonly string[]): Promise<void> {
    await this.#under(name, async (file) => {
      const record = await this.#record(name);
      if (record === undefined || record.days !== null) return;
      await writeRecord(file, name, { ...record, days: [...days] });
    });
  }

  async discard(name: string): Promise<void> {
    await this.#under(name, (file) => file.remove());
  }

  /** Asks for a file, once however many runs want it at a time. */
  async get(kind: FileKind, mayChange: boolean): Promise<Got> {
    const { name } = kind;
    const path = this.#pathOf(name);
    return await this.#under(name, async (file) => {
      const known = await this.#intact(name);
      if (known !== undefined) {
        const { bytes } = known;
        // Another run had it while this one waited, or it cannot be another one any more.
        const isFresh = Date.parse(known.answered_at) >= this.#startedMs;
        if (isFresh || !mayChange) return { path, how: "kept", bytes };
      }
      const listening = { signal: this.#signal };
      // The user's deadline is that of a service out of reach; bytes that come take their time.
      const deadline = new Deadline(DOWNLOAD_SECONDS, systemClock.elapsed);
      await using download = new FileDownload({
        label: name,
        begin: () => file.begin(),
        beginsWell: kind.beginsWell,
        onProgress: this.#report,
      });
      const since: Record<string, string> = known === undefined ? {} : {
        "if-modified-since": known.last_modified ?? new Date(known.fetched_at).toUTCString(),
      };
      return await this.#client.trying(listening, async (get): Promise<Got> => {
        const fetchedAt = timestamp();
        const place = await kind.locate(get);
        if (place === undefined) return { path: null, absent: "no name for it" };
        const answer = await get(place.path, place.query ?? {}, {
          headers: download.rest ?? since,
          begin: (given) => download.begin(given),
        });
        const { status } = answer;
        if (status === 304 && known !== undefined) {
          await writeRecord(file, name, {
            ...known,
            fetched_at: fetchedAt,
            answered_at: timestamp(),
          });
          return { path, how: "unchanged", bytes: known.bytes };
        }
        if (status === 404) return { path: null, absent: "status 404" };
        if (status !== 200 && status !== 206) throw refused(answer, statusRefusal(status, ""));
        if (download.absent !== undefined) return { path: null, absent: download.absent };
        const { bytes, sha256 } = await download.commit();
        await writeRecord(file, name, {
          ...{ sha256, bytes, fetched_at: fetchedAt, answered_at: timestamp() },
          last_modified: download.lastModified,
          // The same bytes need not be read again to know their days.
          days: known?.sha256 === sha256 ? known.days : null,
        });
        return { path, how: "fetched", bytes };
      }, deadline);
    });
  }
}

const FILES_FOLDER: FolderUse = {
  code: "files_dir_unusable",
  what: "fetched files cannot be kept",
  option: "--files-dir",
};

/** What is said of a session's file that is not there and need not be yet; undefined where it has to be. */
export function notYet(
  name: string,
  absent: string,
  session: string | undefined,
  nowMs: number,
): SourceSkip | undefined {
  if (session !== undefined && isDue(session, nowMs)) return undefined;
  const note = `B3 has not published ${name} yet (it answers with ${absent}); it is due on the ` +
    "morning of the next session";
  return { code: "not_published", note };
}

/** What is said of a day without a session, of which nothing is asked for. */
export function noSession(day: string): SourceSkip {
  return { code: "no_session", note: `${day} is no session of B3: nothing was asked for` };
}

/** The error for a file that has to be there. */
export function fileNotThere(name: string, absent: string, hint: string): SourceError {
  return new SourceError("file_not_there", `B3 has no ${name}: it answers with ${absent}`, {
    hint,
    details: { file: name, answer: absent },
  });
}

/** Opens the folder of a request, or one that goes with this run. */
export async function openKeptFiles(
  service: SourceNetwork,
  request: SourceRequest,
  cleanup: AsyncDisposableStack,
): Promise<KeptFiles> {
  let folder = request.filesDir ?? null;
  if (folder === null) {
    const own = await Deno.makeTempDir({ prefix: "tickerlock_" });
    cleanup.defer(() => Deno.remove(own, { recursive: true }));
    folder = own;
  } else await prepareFolder(folder, FILES_FOLDER);
  return cleanup.use(new KeptFiles(folder, service, request));
}

/** What fetching has brought. */
export interface Fetched extends AsyncDisposable {
  readonly paths: readonly string[];
  readonly failures: readonly SourceFailure[];
  readonly skips: readonly SourceSkip[];
  /** Says of a file that it was read, with its days; or that it is no good. */
  settle(path: string, days: readonly string[] | undefined): Promise<void>;
}

/** Hands files over, with what cleans up after them. */
export function fetchedFrom<More extends Pick<Fetched, "paths" | "failures" | "skips">>(
  kept: KeptFiles,
  cleanup: AsyncDisposableStack,
  found: More,
): More & Fetched {
  const owned = cleanup.move();
  return {
    ...found,
    settle: (path, days) =>
      days === undefined ? kept.discard(baseName(path)) : kept.confirm(baseName(path), days),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
