/**
 * Paths that the system refuses, tried with every command: what each says of them.
 *
 * @module
 */
import { assertEquals } from "../assert.ts";
import { logLines } from "../e2e/program.ts";
import { inProcess, type Outcome } from "./in_process.ts";

/** Why the system refuses a path. */
export type Fault =
  | "ENOENT"
  | "ENOTDIR"
  | "ELOOP"
  | "ENAMETOOLONG"
  | "EISDIR"
  | "EACCES"
  | "EMFILE";

/** The faults that need nothing but a path, whoever the user is. */
export const BY_PATH: readonly Fault[] = ["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG", "EISDIR"];

interface Expected {
  /** The path that has the fault, in the folder of {@linkcode prepare}. */
  readonly path: string;
  /** What the message says beside the path. */
  readonly why: RegExp;
  readonly hint: RegExp;
}

const LONG = "n".repeat(300);

const FAULTS: Readonly<Record<Fault, Expected>> = {
  ENOENT: { path: "nowhere/x", why: /does not exist|there is no/, hint: /[Cc]heck the path|Name/ },
  ENOTDIR: { path: "text.txt/x", why: /text\.txt is not a folder/, hint: /Check the path/ },
  ELOOP: { path: "loop/x", why: /links of \S*loop lead in a circle/, hint: /ls -l/ },
  ENAMETOOLONG: { path: LONG, why: /too long|300 bytes/, hint: /[Ss]horte/ },
  EISDIR: { path: "folder", why: /folder|regular file/, hint: /[Nn]ame|Only|Choose/ },
  EACCES: {
    path: "closed/x",
    why: /may not enter the folder \S*closed|permission denied/,
    hint: /right to|as root/,
  },
  EMFILE: { path: "", why: /too many files are open/, hint: /ulimit -n/ },
};

/** What a path is to a command. */
export type Role =
  | "database"
  | "database to make"
  | "folder of locks"
  | "database to replace"
  | "file to ingest"
  | "file to try"
  | "list of tickers"
  | "configuration"
  /** It is open only for a moment: out of descriptors what comes after it fails. */
  | "configuration of settings"
  | "certificates"
  | "calendar"
  | "token"
  | "folder of answers"
  | "folder of fetched files"
  | "backup to write"
  | "backup to restore"
  | "export to write"
  | "export to verify"
  | "metrics to write"
  | "folder of units"
  | "log file"
  /** The command goes on and prints what is wrong, in its own form. */
  | "report"
  /** Nothing is opened there. */
  | "nothing";

/** Codes by what is refused; with `(2)` where the exit code is that, and not the role's. */
type Codes = Readonly<Partial<Record<Fault, string>>>;

function all(code: string, others: Codes = {}): Codes {
  return { ...Object.fromEntries([...BY_PATH, "EACCES"].map((fault) => [fault, code])), ...others };
}

/** A path that is made where it is missing, and a folder where a folder is wanted: no fault at all. */
const MADE: Codes = { ENOENT: "" };
const FOLDER: Codes = { ENOENT: "", EISDIR: "" };

/** The codes that users meet; docs/operations.md has the same. */
export const CODES: Readonly<Record<Exclude<Role, "report" | "nothing">, Codes>> = {
  "database": all("db_cannot_open", {
    ENOENT: "db_not_found",
    EISDIR: "db_is_a_folder",
    EACCES: "db_permission",
  }),
  "database to make": all("db_cannot_open", {
    ...MADE,
    EISDIR: "db_is_a_folder",
    EACCES: "db_permission",
  }),
  "database to replace": all("restore_failed", { ...MADE, EISDIR: "db_is_a_folder" }),
  "folder of locks": all("lock_dir_unusable", FOLDER),
  "file to ingest": all("file_read_failed", {
    ENOENT: "file_not_found",
    ENOTDIR: "file_not_found",
    EISDIR: "no_files_matched",
    EACCES: "file_unreadable",
  }),
  "file to try": all("source_test_failed"),
  "list of tickers": all("bad_tickers_file (2)"),
  "configuration": all("bad_config (2)"),
  "configuration of settings": all("bad_config (2)"),
  "certificates": all("bad_ca_file (2)"),
  "calendar": all("bad_calendar (2)"),
  "token": all("bad_value (2)"),
  "folder of answers": all("raw_folder_unusable (2)", FOLDER),
  "folder of fetched files": all("files_dir_unusable (2)", FOLDER),
  "backup to write": all("backup_failed", FOLDER),
  "backup to restore": all("restore_failed", { ENOENT: "db_not_found", EISDIR: "db_is_a_folder" }),
  "export to write": all("export_failed", { ...MADE, EISDIR: "export_target_refused (2)" }),
  "export to verify": all("file_unreadable", { ENOENT: "file_not_found" }),
  "metrics to write": all("file_io", {
    ...MADE,
    ENOTDIR: "file_not_found",
    ENAMETOOLONG: "file_name_too_long",
    EISDIR: "file_not_regular",
    EACCES: "file_permission",
  }),
  "folder of units": all("unit_io", { ...FOLDER, EACCES: "unit_permission" }),
  "log file": all("log_file_failed (0)", { ...MADE, EISDIR: "path_refused (2)" }),
};

/**
 * A line each: what the path is, and the command with `@` in its place. `GOOD` is an ingest of the file
 * a.csv, `JOB` the id of a job.
 */
const TABLE = `
database to make | GOOD --db @
database to make | GOOD --dry-run --db @
folder of locks | GOOD --db fresh.db --lock-dir @
folder of locks | GOOD --job-lock nightly --db fresh.db --lock-dir @
file to ingest | ingest --source csv --file @
file to ingest | ingest --source cotahist --file @
file to ingest | ingest --source csv --dry-run --file @
list of tickers | ingest --tickers-file @
folder of answers | ingest --ticker A --save-raw @
folder of fetched files | ingest --source cotahist --day 2026-09-07 --files-dir @
certificates | ingest --ticker A --ca-file @
calendar | ingest --ticker A --fill-gaps --calendar @
log file | GOOD --log-file @

configuration | collect --once --config @
configuration | collect --dry-run --config @
list of tickers | collect --every 1h --once --tickers-file @
file to ingest | collect --source csv --ticker A --every 1h --once --file @
report | collect --ticker A --every 1h --once --save-raw @
report | collect --source cotahist --since 2026-09-07 --attempts 1 --every 1h --once --files-dir @
database to make | collect --source csv --file a.csv --ticker A --every 1h --once --db @
folder of locks | collect --source csv --file a.csv --ticker A --every 1h --once --db fresh.db --lock-dir @
calendar | collect --ticker A --every 1h --dry-run --calendar @
certificates | collect --ticker A --every 1h --dry-run --ca-file @
log file | collect --source csv --file a.csv --ticker A --every 1h --dry-run --log-file @

log file | sources list --log-file @
file to try | sources test csv --file @
certificates | sources test yahoo --ca-file @
log file | sources test csv --file a.csv --log-file @

database to make | db migrate --db @
database | db migrate --status --db @
nothing | db migrate --lock-dir @
log file | db migrate --log-file @
report | db verify --db @
nothing | db verify --lock-dir @
log file | db verify --log-file @
database | db backup --db @
backup to write | db backup --to @
log file | db backup --to folder --log-file @
backup to restore | db restore @
database to replace | db restore good.bak --db @
folder of locks | db restore good.bak --db fresh.db --lock-dir @
log file | db restore good.bak --db other.db --log-file @
database | db info --db @
log file | db backups --log-file @
database | db info --compact --db @
log file | db info --log-file @

database | export --db @
database | export --out new.csv --db @
export to write | export --format csv --out @
log file | export --log-file @
export to verify | export verify @
report | export verify good.csv --db @
log file | export verify good.csv --log-file @

folder of locks | locks list --lock-dir @
log file | locks list --log-file @
report | locks status A --lock-dir @
log file | locks status A --log-file @
folder of locks | locks release A --lock-dir @
folder of locks | locks release A --force --lock-dir @
nothing | locks release A --db @
log file | locks release A --log-file @
database | locks adopt --db @
folder of locks | locks prune --older-than 3d --lock-dir @
log file | locks prune --older-than 3d --log-file @
folder of locks | locks adopt --lock-dir @
log file | locks adopt --log-file @

report | doctor --offline --db @
report | doctor --offline --lock-dir @
report | doctor --offline --unit-dir @
report | doctor --ca-file @
report | doctor --offline --calendar @
log file | doctor --offline --log-file @
log file | config show --log-file @
log file | config path --config config.json --log-file @

nothing | systemd print --tickers-file @
log file | systemd print --log-file @
nothing | systemd install --dir units --tickers-file @
folder of units | systemd install --dir @
folder of units | systemd install --scope user --dir @
log file | systemd install --dir units --log-file @
folder of units | systemd uninstall --dir @
log file | systemd uninstall --dir units --log-file @
nothing | systemd cron --tickers-file @
log file | systemd cron --log-file @

database | logs list --db @
database | logs list --follow --db @
log file | logs list --log-file @
database | logs runs --db @
log file | logs runs --log-file @
database | logs show JOB --db @
nothing | logs show JOB --lock-dir @
log file | logs show JOB --log-file @
database | logs prune --older-than 1d --db @
database | logs prune --older-than 1d --dry-run --db @
log file | logs prune --older-than 1d --log-file @

database | stats --db @
database | stats --prometheus --db @
metrics to write | stats --prometheus --out @
calendar | stats --calendar @
log file | stats --log-file @

database | report --db @
metrics to write | report --out @
calendar | report --calendar @
log file | report --log-file @

database | serve --port 0 --db @
calendar | serve --port 0 --calendar @
token | serve --port 0 --token-file @
configuration of settings | serve --port 0 --config @

database | gaps --db @
calendar | gaps --calendar @
log file | gaps --log-file @

log file | completions bash --log-file @
log file | completions zsh --log-file @
log file | completions fish --log-file @
log file | completions powershell --log-file @
nothing | __complete stats --db @ --ticker E
nothing | __complete locks status --lock-dir @ E
nothing | __complete export --db @ --columns d
`;

/** A command, and what its path is. */
export interface Line {
  readonly role: Role;
  /** With `@` where the path is. */
  readonly words: readonly string[];
}

/** All of them. */
export const LINES: readonly Line[] = TABLE.split("\n").filter((line) => line !== "").flatMap(
  (line) => {
    const [role = "", typed = ""] = line.split(" | ");
    const words = typed.replace("GOOD", "ingest --source csv --file a.csv").split(" ");
    const tried: Line = { role: role as Role, words };
    if (role !== "log file") return [tried];
    // Where a log file may be named, a configuration may.
    const named = words.map((word) => word === "--log-file" ? "--config" : word);
    // The doctor tells of it as of all else.
    const of = words[0] === "doctor" ? "report" : "configuration of settings";
    return [tried, { role: of, words: named }];
  },
);

const BUG = /internal_error|a bug in|\bat .*\.ts:\d+/;

const ENV = {
  TICKERLOCK_DB: "prices.db",
  LOCK_DIR: "locks",
  TICKERLOCK_LOG_FORMAT: "json",
  // Where a command asks a service after all, it is refused at once.
  YAHOO_BASE_URL: "http://127.0.0.1:9",
};

/** Paths without a fault, to run out of descriptors at. */
const GOOD: Readonly<Partial<Record<Role, string>>> = {
  "database": "prices.db",
  "database to make": "prices.db",
  "folder of locks": "locks",
  "file to ingest": "a.csv",
  "file to try": "a.csv",
  "list of tickers": "list.txt",
  "configuration": "config.json",
  "export to write": "new.csv",
  "export to verify": "good.csv",
  "metrics to write": "metrics.prom",
  "folder of units": "units",
};

/**
 * Start a thread, which Deno cannot without a descriptor: it ends with a panic (2.9.6). And a server, which
 * does not end.
 */
const LEFT_OUT = /^db (backup|restore|migrate --db)|--follow|--source cotahist|^serve /;

/** Takes descriptors until there are only so many left. */
function takeDescriptors(path: string, left: number): Disposable {
  const taken: Deno.FsFile[] = [];
  try {
    for (;;) taken.push(Deno.openSync(path));
  } catch {
    // None is left.
  }
  for (const file of taken.splice(0, left)) file.close();
  return { [Symbol.dispose]: () => taken.forEach((file) => file.close()) };
}

/** A folder with what the commands need, and with paths that have the faults. */
export class Scene implements Disposable {
  readonly #path: string;
  #job = "";

  /** @param path An empty folder. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Runs a command in the folder. */
  run(words: readonly string[]): Promise<Outcome> {
    const args = words.map((word) => word === "JOB" ? this.#job : word);
    return inProcess(args, { cwd: this.#path, env: ENV });
  }

  /** Makes all that is in it. */
  async prepare(): Promise<void> {
    const at = (name: string): string => `${this.#path}/${name}`;
    Deno.writeTextFileSync(at("a.csv"), "ticker,date,close\nA,2024-01-02,1\n");
    for (
      const made of [
        "ingest --source csv --file a.csv",
        "db backup --to good.bak",
        "export --out good.csv",
      ]
    ) {
      const { code, stderr } = await this.run(made.split(" "));
      assertEquals([code, stderr], [0, stderr], made);
    }
    const { stdout } = await this.run(["logs", "--ndjson", "--limit", "1"]);
    this.#job = JSON.parse(stdout).job_id;
    Deno.writeTextFileSync(at("text.txt"), "");
    Deno.writeTextFileSync(at("list.txt"), "A\n");
    const tasks = [{ name: "a", source: "csv", file: "a.csv", tickers: ["A"], every: "1h" }];
    Deno.writeTextFileSync(at("config.json"), JSON.stringify({ tasks }));
    Deno.mkdirSync(at("folder"));
    Deno.symlinkSync("loop", at("loop"));
    Deno.mkdirSync(at("closed"), { mode: 0 });
  }

  [Symbol.dispose](): void {
    Deno.chmodSync(`${this.#path}/closed`, 0o700);
  }

  /**
   * All problems of all commands where no descriptor is left, or a few. Every module has to be loaded
   * before: for each Deno needs a descriptor, and panics without.
   */
  async walkWithoutDescriptors(): Promise<string[]> {
    const problems: string[] = [];
    for (const { role, words } of LINES) {
      const good = words.map((word) => word === "@" ? GOOD[role] ?? "" : word);
      const typed = good.join(" ");
      if (GOOD[role] === undefined || LEFT_OUT.test(typed)) continue;
      // Loads what is loaded lazily.
      await this.run(good);
      for (const left of [0, 1, 2, 3]) {
        const makesUnits = role === "folder of units" && words[1] === "install";
        if (makesUnits) Deno.removeSync(`${this.#path}/units`, { recursive: true });
        const taken = takeDescriptors(`${this.#path}/a.csv`, left);
        const { code, stdout, stderr } = await this.run(good);
        taken[Symbol.dispose]();
        const isTold = code !== 0 && FAULTS.EMFILE.why.test(stderr) && /ulimit -n/.test(stderr);
        const isWell = left > 0 && code === 0;
        if (BUG.test(stdout + stderr) || !(isTold || isWell)) {
          problems.push(`${typed}, with ${left} left: ${code}\n${stdout}${stderr}`);
        }
        if (isWell) break;
      }
    }
    return problems;
  }

  /** What is wrong with what a command says of a path with a fault; nothing where all is as it should be. */
  async problems({ role, words }: Line, fault: Fault): Promise<string[]> {
    const { path, why, hint } = FAULTS[fault];
    const outcome = await this.run(words.map((word) => word === "@" ? path : word));
    const { code, stdout, stderr } = outcome;
    const problems: string[] = [];
    const want = (what: string, holds: boolean): void => {
      if (!holds) problems.push(what);
    };
    want("no bug, no trace", !BUG.test(stdout + stderr));
    if (role === "nothing") want("exit code 0", code === 0);
    else if (role === "report") want(`${why}`, why.test(stdout + stderr));
    else {
      const [wanted = "", exit = "1"] = CODES[role][fault]?.split(/ \((\d)\)/) ?? [];
      want(`exit code ${exit}`, code === Number(exit) || (exit === "0" && code < 2));
      const errors = logLines(stderr).filter(({ level }) => level === "ERROR").map((line) => ({
        message: String(line.message).split(" Try: ")[0] ?? "",
        ...line.properties as { readonly code?: string; readonly hint?: string },
      }));
      want("one error", errors.length === 1);
      want(`code ${wanted}`, errors[0]?.code === wanted);
      want(`${path} in the message`, errors[0]?.message.includes(path) === true);
      want(`${why} in the message`, why.test(errors[0]?.message ?? ""));
      want(`${hint} in the hint`, hint.test(errors[0]?.hint ?? ""));
    }
    if (problems.length === 0) return [];
    const typed = words.map((word) => word === "@" ? path.replace(LONG, "nnn…") : word).join(" ");
    return [`${typed}: not ${problems.join(", nor ")}: ${code}\n${stdout}${stderr}`];
  }

  /** All problems of all commands. */
  async walk(faults: readonly Fault[]): Promise<string[]> {
    const problems: string[] = [];
    for (const line of LINES) {
      for (const fault of faults) {
        if (meets(line, fault)) problems.push(...await this.problems(line, fault));
      }
    }
    return problems;
  }
}

/** Whether a fault is one to a command: a file that is missing is made, say. */
function meets({ role }: Line, fault: Fault): boolean {
  if (role === "nothing") return true;
  // Of what is missing, a report says so as of any other state.
  if (role === "report") return fault !== "ENOENT" && fault !== "EISDIR";
  return CODES[role][fault] !== "";
}
