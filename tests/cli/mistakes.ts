/**
 * Common mistakes of every command, and what is to be said of them.
 *
 * @module
 */
import { SAMPLE } from "../e2e/program.ts";

/** A mistake. */
export interface Mistake {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Exit code. */
  readonly code: number;
  /** What `Error:` names, the value that is wrong among it. */
  readonly error: RegExp;
  /** What `Try:` says. */
  readonly hint: RegExp;
}

function mistake(
  line: string,
  code: number,
  error: RegExp,
  hint: RegExp,
  env: Readonly<Record<string, string>> = {},
): Mistake {
  return {
    args: line.split(" ").map((word) => word.replace("SAMPLE", SAMPLE)),
    code,
    error,
    hint,
    env,
  };
}

/** Configurations of `collect`, each with a mistake; the hint must be a sentence in each case. */
export const CONFIGURATIONS: Readonly<Record<string, string>> = {
  "no-tickers.json": '{"tasks":[{"name":"a","every":"15m"}]}',
  "every.json": '{"tasks":[{"name":"a","every":"soon","tickers":["A"]}]}',
  "source.json": '{"source":"yahooo","tasks":[{"name":"a","every":"15m","tickers":["A"]}]}',
  "zone.json":
    '{"tasks":[{"name":"a","every":"15m","tickers":["A"],"active_hours":"10:00-18:00"}]}',
  "rate.json": '{"rate":"fast","tasks":[{"name":"a","every":"15m","tickers":["A"]}]}',
  "list.json": '{"tasks":[{"name":"a","every":"15m","tickers_file":"empty.txt"}]}',
  "dataset.json": '{"source":"kalshi","tasks":[{"name":"a","every":"15m","dataset":"a b"}]}',
  "key.json": '{"tasks":[{"name":"a","evry":"15m","tickers":["A"]}]}',
  "broken.json": "{",
};

const CONFIG = "collect --once --config";

/** Mistakes in a folder as the test makes it; all but those of `main` files are refused with 2. */
export const MISTAKES: readonly Mistake[] = [
  // The program.
  mistake("ingst", 2, /"ingst"/, /Did you mean ingest/),
  mistake("-v stats", 2, /-v stands before the command/, /after the command/),
  mistake("--vrsion", 2, /"--vrsion"/, /--version/),
  mistake("help lgos", 2, /"lgos"/, /Did you mean logs/),
  mistake("help logs shwo", 2, /"logs shwo"/, /Did you mean show/),
  mistake("help stats list", 2, /"stats list"/, /tickerlock help stats/),
  // ingest
  mistake("ingest --tiker A", 2, /--tiker/, /Did you mean --ticker/),
  mistake("ingest", 2, /no ticker/, /--ticker PETR4/),
  mistake("ingest --ticker A/B", 2, /"A\/B"/, /PETR4/),
  mistake("ingest --source csv", 2, /csv needs a file/, /--file PATH/),
  mistake(
    "ingest --source csv --file nowhere.csv --dry-run --db new.db",
    1,
    /nowhere\.csv/,
    /path/i,
  ),
  mistake("ingest --source csv --file secret --dry-run --db new.db", 1, /secret/, /./),
  mistake("ingest --source cotahist --file text.txt --dry-run --db new.db", 1, /text\.txt/, /./),
  mistake("ingest --source csv --file folder --dry-run --db new.db", 1, /folder/, /./),
  mistake(
    "ingest --source cotahist --file SAMPLE --ticker EXMA4.SA --dry-run --db new.db",
    1,
    /EXMA4\.SA/,
    /EXMA3\.SA/,
  ),
  mistake("ingest --tickers-file nowhere.txt", 2, /nowhere\.txt/, /one ticker a line/),
  mistake("ingest --tickers-file folder", 2, /folder/, /one ticker a line/),
  mistake("ingest --tickers-file empty.txt", 2, /empty\.txt/, /one ticker a line/),
  mistake("ingest --source cotahist --file SAMPLE --db folder", 1, /folder/, /--db/),
  mistake("ingest --source cotahist --file SAMPLE --db text.txt", 1, /text\.txt/, /--db/),
  mistake("ingest --source cotahist --file SAMPLE --db other.db", 1, /other\.db/, /--db/),
  mistake("ingest --source cotahist --file SAMPLE --db :memory:", 2, /:memory:/, /--db data/),
  mistake("ingest --ticker A --rate fast", 2, /--rate "fast"/, /--rate 60\/min/),
  mistake("ingest --ticker A --from 01/02/2024", 2, /01\/02\/2024/, /--from 2024-01-31/),
  mistake("ingest --ticker A --source yahooo", 2, /yahooo/, /--source yahoo\?/),
  mistake("ingest --ticker A --job-lock A B", 2, /"B"|"A"/, /./),
  mistake("ingest --ticker A --log-file prices.db", 2, /prices\.db/, /another file/),
  mistake("ingest --ticker A --save-raw text.txt", 2, /text\.txt/, /./),
  mistake("ingest --ticker A", 2, /LOCK_DIR|INGEST_LOCK_MODE "no"/, /wait, exit/, {
    INGEST_LOCK_MODE: "no",
  }),
  mistake("ingest --ticker A", 2, /INGEST_LOCK_TIMEOUT_SECONDS "x"/, /SECONDS=30/, {
    INGEST_LOCK_TIMEOUT_SECONDS: "x",
  }),
  // collect
  mistake("collect", 2, /nothing to collect/, /--config/),
  mistake("collect --ticker A", 2, /no interval/, /--every 15m/),
  mistake("collect --ticker A --every soon", 2, /"soon"/, /--every 15m/),
  mistake(`${CONFIG} nowhere.json`, 2, /nowhere\.json/, /--config/),
  mistake(`${CONFIG} folder`, 2, /folder/, /--config/),
  mistake(`${CONFIG} broken.json`, 2, /broken\.json/, /Correct the file/),
  mistake(
    `${CONFIG} no-tickers.json`,
    2,
    /no-tickers\.json: tasks\[0\]\.tickers: source yahoo needs tickers/,
    /^Try: Name tickers with "tickers" or "tickers_file", or take .* "all"\.$/,
  ),
  mistake(`${CONFIG} every.json`, 2, /tasks\[0\]\.every "soon"/, /for example 15m\.$/),
  mistake(`${CONFIG} source.json`, 2, /source: unknown source "yahooo"/, /Did you mean yahoo\?$/),
  mistake(`${CONFIG} zone.json`, 2, /active_hours/, /with "time_zone", for example America/),
  mistake(`${CONFIG} rate.json`, 2, /rate "fast"/, /for example 60\/min; or none for no limit\.$/),
  mistake(`${CONFIG} list.json`, 2, /tickers_file: \S*empty\.txt/, /one ticker a line/),
  mistake(`${CONFIG} dataset.json`, 2, /"a b"/, /Write letters, digits, dots and dashes\.$/),
  mistake(`${CONFIG} key.json`, 2, /tasks\[0\]\.evry/, /Did you mean every\?$/),
  // sources
  mistake("sources lst", 2, /"sources lst"/, /Did you mean list/),
  mistake("sources test", 2, /needs a source/, /yahoo/),
  mistake("sources test nobody", 2, /"nobody"/, /yahoo/),
  mistake("sources test csv --file nowhere.csv", 1, /nowhere\.csv/, /./),
  mistake("sources test yahoo --file x", 2, /--file/, /Leave --file x out/),
  mistake("sources list --file x", 2, /--file/, /sources test/),
  // db
  mistake("db", 2, /needs a subcommand/, /migrate, verify/),
  mistake("db verfy", 2, /"db verfy"/, /Did you mean verify/),
  mistake("db restore", 2, /needs a file/, /db restore FILE/),
  mistake("db restore nowhere.db", 1, /nowhere\.db/, /./),
  mistake("db restore text.txt", 1, /text\.txt/, /./),
  mistake("db restore folder", 1, /folder/, /./),
  mistake("db info --db nowhere.db", 1, /nowhere\.db/, /--db/),
  mistake("db info --db text.txt", 1, /text\.txt/, /--db/),
  mistake("db info --db secret", 1, /secret/, /read permission/),
  mistake("db backup --to text.txt/x", 1, /text\.txt/, /./),
  mistake("db backup --keep 0", 2, /--keep "0"/, /--keep 7/),
  mistake("db migrate --to one", 2, /--to "one"/, /--status/),
  mistake("db verify --keep 2", 2, /--keep/, /db backup/),
  // export
  mistake("export pricse", 2, /pricse/, /prices/),
  mistake("export --columns date,clse", 2, /clse/, /./),
  mistake("export --format xml", 2, /"xml"/, /csv/),
  mistake("export --db nowhere.db", 1, /nowhere\.db/, /--db/),
  mistake("export --out folder --format csv", 2, /folder/, /--out/),
  mistake("export --out prices.db --format csv", 2, /prices\.db/, /--out/),
  mistake("export --out text.txt/x.csv", 1, /text\.txt/, /./),
  mistake("export verify", 2, /needs a file/, /export verify FILE/),
  mistake("export verify nowhere.csv", 1, /nowhere\.csv/, /./),
  // locks
  mistake("locks stauts", 2, /"locks stauts"/, /Did you mean status/),
  mistake("locks status", 2, /needs the name/, /\.job_running/),
  mistake("locks status ../x", 2, /\.\.\/x/, /./),
  mistake("locks list --lock-dir text.txt", 1, /text\.txt/, /./),
  mistake("locks list A", 2, /A/, /locks status A/),
  // doctor
  mistake("doctor now", 2, /"now"/, /--help/),
  mistake("doctor --timeout never", 2, /"never"/, /--timeout 30/),
  // systemd
  mistake("systemd", 2, /needs a subcommand/, /print, install, cron/),
  mistake("systemd prnt", 2, /"systemd prnt"/, /Did you mean print/),
  mistake("systemd print --unit x.service", 2, /x\.service/, /./),
  mistake("systemd print --on-calendar 18:30%", 2, /"18:30%"/, /Mon\.\.Fri/),
  mistake("systemd install --dir text.txt", 1, /text\.txt/, /./),
  mistake("systemd cron --name x", 2, /--name/, /systemd print/),
  // logs
  mistake("logs lst", 2, /"logs lst"/, /Did you mean list/),
  mistake("logs show", 2, /needs the id/, /logs show JOB/),
  mistake("logs show 00000000", 2, /00000000/, /tickerlock logs/),
  mistake("logs --status great", 2, /"great"/, /success/),
  mistake("logs --since soon", 2, /"soon"/, /--since 2h/),
  mistake("logs --db nowhere.db", 1, /nowhere\.db/, /--db/),
  mistake("logs prune", 2, /--older-than/, /--older-than 90d/),
  // stats
  mistake("stats now", 2, /"now"/, /--help/),
  mistake("stats --db other.db", 1, /other\.db/, /--db/),
  mistake("stats --out x.prom", 2, /--prometheus/, /--prometheus --out x\.prom/),
  mistake("stats --prometheus --out folder", 1, /folder/, /./),
  // completions
  mistake("completions", 2, /completions needs a subcommand/, /bash/),
  mistake("completions bsh", 2, /"completions bsh"/, /Did you mean bash/),
  mistake("completions bash --log-level loud", 2, /"loud"/, /debug, info/),
  mistake("completions bash -q -v", 2, /--quiet and --verbose/, /one of them/),
];
