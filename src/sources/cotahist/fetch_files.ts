/** Fetching the exchange's files: those that were named, or those of missing sessions. @module */
import { SourceError, UsageError } from "../../base/errors.ts";
import { bytesText } from "../../base/text.ts";
import { isClosed } from "../../exchange/gaps.ts";
import { isSession, sessionsBetween } from "../../exchange/sessions.ts";
import { exchangeDay, newestDue, newestSession, SERIES } from "../b3/services.ts";
import {
  type Fetched,
  fetchedFrom,
  fileNotThere,
  type Got,
  type KeptFiles,
  noSession,
  notYet,
  openKeptFiles,
} from "../b3/kept_files.ts";
import { orFailure } from "../files/input_files.ts";
import { tryService } from "../http/service.ts";
import { ServiceClient } from "../http/service_client.ts";
import type {
  SourceFailure,
  SourceRequest,
  SourceSkip,
  SourceTest,
  SourceTestRequest,
} from "../source.ts";
import {
  filesFor,
  FOLDER,
  keepsMonth,
  type SeriesFile,
  seriesFile,
  wantedFiles,
} from "./series.ts";

/** What fetching has brought. */
export interface FetchedFiles extends Fetched {
  readonly fetched: readonly {
    readonly file: string;
    readonly how: string;
    readonly bytes: number;
  }[];
  /** First day that is wanted of the files; null for all. */
  readonly since: string | null;
}

class Series {
  readonly paths: string[] = [];
  readonly failures: SourceFailure[] = [];
  readonly skips: SourceSkip[] = [];
  readonly fetched: { readonly file: string; readonly how: string; readonly bytes: number }[] = [];
  readonly #kept: KeptFiles;
  readonly #request: SourceRequest;
  readonly #now = Date.now();
  readonly today: string = exchangeDay(this.#now);
  readonly newest: string = newestSession(this.#now);
  readonly #days = new Map<string, readonly string[] | undefined>();

  constructor(kept: KeptFiles, request: SourceRequest) {
    this.#kept = kept;
    this.#request = request;
  }

  async #finalDays({ name, to }: SeriesFile): Promise<readonly string[] | undefined> {
    if (!this.#days.has(name)) this.#days.set(name, await this.#kept.finalDays(name, to));
    return this.#days.get(name);
  }

  #isOpen(day: string): boolean {
    const { endings = {} } = this.#request.calendar ?? {};
    return !isClosed(endings[".SA"] ?? {}, day);
  }

  /** The files of the sessions that are missing: those in the folder, and the fewest of the others. */
  async missing(since: string | null): Promise<SeriesFile[]> {
    const { storedDays, tickers, forceRefresh = false } = this.#request;
    const stored = await storedDays?.(null) ?? [];
    const first = since ?? stored[0];
    if (first === undefined) {
      const message = "there is no day to go on from: nothing is stored yet";
      const hint =
        "Say what is wanted the first time: --year 2024, --since 2020-01-01, or --file PATH.";
      throw new UsageError("no_days_stored", message, { hint });
    }
    const have = new Set(
      forceRefresh ? [] : tickers === null ? stored : await storedDays?.(tickers),
    );
    const wanted = sessionsBetween("b3", first, this.newest)
      .filter((day) => !have.has(day) && this.#isOpen(day));
    const there = new Map<string, SeriesFile>();
    const ask: string[] = [];
    for (const day of wanted) {
      const files = [day.slice(0, 4), day.slice(0, 7), day].map(seriesFile);
      const known = await Promise.all(files.map((file) => this.#finalDays(file)));
      const at = known.findIndex((days) => days?.includes(day));
      const file = files[at];
      if (file !== undefined) there.set(file.name, file);
      // What is final and lacks the day says that there was no session.
      else if (known.every((days) => days === undefined)) ask.push(day);
    }
    if (wanted.length === 0 || (ask.length === 0 && there.size === 0)) {
      const note = first > this.newest
        ? `nothing is missing: no session since ${first} can be out yet`
        : `nothing is missing: every session from ${first} to ${this.newest} is stored`;
      this.skips.push({ code: null, note });
    }
    return [...there.values(), ...filesFor(ask, this.newest, this.today)]
      .sort((a, b) => a.from < b.from || (a.from === b.from && a.to > b.to) ? -1 : 1);
  }

  /** One that fails leaves the others alone. */
  async take(files: readonly SeriesFile[], isNamed: boolean): Promise<void> {
    const answers = await askForAll(files, (file) => this.#ask(file));
    for (const { file, got, error } of answers) {
      const settle = async (): Promise<void> => {
        if (error !== undefined) throw error;
        await this.#settle(file, got, isNamed);
      };
      await orFailure(file.name, settle, this.failures, this.#request.signal);
    }
  }

  /** Undefined for a day that nothing is asked for. */
  async #ask(file: SeriesFile): Promise<Got | undefined> {
    const { name, kind, from } = file;
    if (kind === "day" && !isSession("b3", from)) return undefined;
    const isFinal = await this.#finalDays(file) !== undefined;
    const beginsWell = (start: Uint8Array): boolean => start[0] === 0x50 && start[1] === 0x4b;
    const mayChange = !isFinal || this.#request.forceRefresh === true;
    const locate = () => Promise.resolve({ path: FOLDER + name });
    return await this.#kept.get({ locate, name, beginsWell }, mayChange);
  }

  async #settle(file: SeriesFile, got: Got | undefined, isNamed: boolean): Promise<void> {
    const { name, from } = file;
    if (got === undefined) return void this.skips.push(noSession(from));
    if (got.path !== null) {
      this.paths.push(got.path);
      return void this.fetched.push({ file: name, how: got.how, bytes: got.bytes });
    }
    await this.#absent(file, got.absent, isNamed);
  }

  async #absent(file: SeriesFile, absent: string, isNamed: boolean): Promise<void> {
    const { name, kind, from, to } = file;
    const year = from.slice(0, 4);
    const isThisYear = this.today.startsWith(year);
    const [first] = sessionsBetween("b3", from, to < this.newest ? to : this.newest);
    const early = notYet(name, absent, first, this.#now);
    if (early !== undefined) return void this.skips.push(early);
    // What the exchange keeps for how long is not written down: the next larger file has it, too.
    if (!isNamed && kind === "month") {
      const instead = isThisYear
        ? sessionsBetween("b3", from, to).map(seriesFile)
        : [seriesFile(year)];
      const isThere = (each: SeriesFile) => this.fetched.some(({ file }) => file === each.name);
      return await this.take(instead.filter((each) => !isThere(each)), true);
    }
    const hint = kind === "day"
      ? isThisYear
        ? "If the exchange was closed, name the day in the file of --calendar; else try again later."
        : `The exchange keeps days of this year only: take --year ${year} --from ${from} --to ${to}.`
      : kind === "month" && !keepsMonth(from, this.today)
      ? `The exchange keeps months of the last year only: take --year ${year} --from ${from} --to ${to}.`
      : "Try again later; if it goes on, look at the exchange's page of historical quotes.";
    throw fileNotThere(name, absent, hint);
  }
}

/** Each waits longer for its answer than for its bytes. */
const DAYS_AT_A_TIME = 4;

/** What came of asking for a file; without `got` for a day that nothing is asked for. */
export interface Answer {
  readonly file: SeriesFile;
  readonly got?: Got | undefined;
  readonly error?: unknown;
}

/** Asks for years and months one by one, for days several at a time. */
export async function askForAll(
  files: readonly SeriesFile[],
  ask: (file: SeriesFile) => Promise<Got | undefined>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const answerOf = async (file: SeriesFile): Promise<Answer> => {
    try {
      return { file, got: await ask(file) };
    } catch (error) {
      return { file, error };
    }
  };
  while (answers.length < files.length) {
    const next = files.slice(answers.length, answers.length + DAYS_AT_A_TIME);
    const days = next.findIndex(({ kind }) => kind !== "day");
    const group = days === -1 ? next : next.slice(0, Math.max(1, days));
    answers.push(...await Promise.all(group.map(answerOf)));
    const fatal = answers.find(({ error }) =>
      error !== undefined && !(error instanceof SourceError)
    );
    if (fatal !== undefined) throw fatal.error;
  }
  return answers;
}

/** Fetches files. @throws {UsageError} `no_days_stored` where nothing says what is missing. */
export async function fetchFiles(request: SourceRequest): Promise<FetchedFiles> {
  await using cleanup = new AsyncDisposableStack();
  const kept = await openKeptFiles(SERIES, request, cleanup);
  const series = new Series(kept, request);
  const { files, since } = wantedFiles(request.selection ?? {}, series.today);
  await series.take(files ?? await series.missing(since), files !== null);
  const { paths, failures, skips, fetched } = series;
  return fetchedFrom(kept, cleanup, { paths, failures, skips, fetched, since });
}

/** Asks for the file of the newest day that has to be out: that of its month where the year is new. */
export function trySeries({ network, signal }: SourceTestRequest): Promise<SourceTest> {
  const now = Date.now();
  const today = exchangeDay(now);
  const day = newestDue(now);
  const { name } = seriesFile(day.slice(0, 4) === today.slice(0, 4) ? day : day.slice(0, 7));
  const path = FOLDER + name;
  const client = (): ServiceClient => new ServiceClient(SERIES, { ...network, attempts: 1 });
  return tryService(SERIES, path, client, async (asked, listeners) => {
    const { status, bytes } = await asked.trying({ ...listeners, signal }, (get) => get(path));
    const ok = status === 200 && bytes[0] === 0x50 && bytes[1] === 0x4b;
    if (ok) return { ok, message: `${name} is there, ${bytesText(bytes.length)}` };
    const message = `${name} has to be there, and the answer is no ZIP`;
    return { ok, message, hint: "Look at the exchange's page of historical quotes." };
  });
}
