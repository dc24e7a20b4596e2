/**
 * Common mistakes of every command, and what is to be said of them.
 *
 * @module
 */
import { SAMPLE } from "../e2e/program.ts";

/** A mistake. */
export interface Mistake {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Exit code. */
  readonly code: number;
  /** What `Error:` names, the value that is wrong among it. */
  readonly error: RegExp;
  /** What `Try:` says. */
  readonly hint: RegExp;
}

/** Configurations of `collect`, each with a mistake; the hint must be a sentence in each case. */
export const CONFIGURATIONS: Readonly<Record<string, string>> = {
  "no-tickers.json": '{"tasks":[{"name":"a","every":"15m"}]}',
  "zone.json":
    '{"tasks":[{"name":"a","every":"15m","tickers":["A"],"active_hours":"10:00-18:00"}]}',
  "rate.json": '{"rate":"fast","tasks":[{"name":"a","every":"15m","tickers":["A"]}]}',
  "list.json": '{"tasks":[{"name":"a","every":"15m","tickers_file":"empty.txt"}]}',
  "broken.json": "{",
  "misspelt.json": '{\n"lock_dri": "locks"}',
  "nested.json": '{"sources":{"yahoo":{"rat":"1/s"}}}',
  "list-value.json": '{"source":["a"]}',
  "twice.json":
    '{"db":"a",\n"sources":{"yahoo":{"rate":"1/s"}},\n"tasks":[{"name":"db:"}], "db":"b"}',
  "number.json": '{"save_raw":3}',
  "source.json": '{"source":"yaho"}',
  "other-source.json": '{"sources":{"kalshi":{"user_agent":"me"}}}',
  "timeout.json": '{"lock_timeout":"soon"}',
  "mode.json": '{"on_locked":"wiat"}',
};

/**
 * A line each: the variables and the command line as a shell reads them, and what `Error:` and `Try:` say.
 * `GOOD` is a good ingest of the file `SAMPLE`; `\n` is a line feed.
 */
const REFUSED = String.raw`
ingst | "ingst" | Did you mean ingest
import | "import" | Did you mean ingest
-v stats | -v stands before the command | after the command
--version extra | ^Error: unexpected argument "extra" | --version
--version --json --bogus | ^Error: unknown option --bogus | --version
--version --bogus --json | ^Error: unknown option --bogus | --version
--version --json --json | ^Error: unexpected argument "--json" | --version
--version '' | ^Error: unexpected argument "" | --version
-V extra | ^Error: unexpected argument "extra" | --version
unlock PETR4.SA | unknown command "unlock" | ^Try: See the commands
uninstall | unknown command "uninstall" | ^Try: See the commands
--vrsion | "--vrsion" | --version
help lgos | "lgos" | Did you mean logs
help logs shwo | "logs shwo" | Did you mean show
help stats list | "stats list" | tickerlock help stats

ingest --tiker A | --tiker | Did you mean --ticker
ingest | no ticker given | tickerlock ingest PETR4
ingest --ticker ??? | "\?\?\?" is invalid: it has no letter or digit | PETR4
ingest --source csv | source csv needs a file | --file PATH
ingest --tickers-file nowhere.txt | nowhere\.txt | one ticker a line
ingest --tickers-file folder | folder | one ticker a line
ingest --all --tickers-file empty.txt | --all and --tickers-file exclude each other | .
ingest --tickers-file empty.txt | empty\.txt | one ticker a line
GOOD --db file:x.db | "file:x\.db": is not a file | --db data
GOOD --db :memory: | :memory: | --db data
ingest --ticker A --rate fast | --rate "fast" | --rate 60/min
ingest --ticker A --from 01/02/2024 | 01/02/2024 | --from 2024-01-31
ingest --ticker A --source yahooo | yahooo | Did you mean yahoo\?
ingest --job-lock aapl msft | "aapl" after --job-lock may be its value or a ticker | --job-lock=aapl
ingest --ticker A --log-file prices.db | prices\.db | another file
ingest --ticker A --save-raw text.txt | text\.txt | .
INGEST_LOCK_MODE=no ingest --ticker A | LOCK_DIR|INGEST_LOCK_MODE "no" | wait, exit
INGEST_LOCK_TIMEOUT_SECONDS=x ingest --ticker A | INGEST_LOCK_TIMEOUT_SECONDS "x" | SECONDS=30
GOOD --lock-dri=x | unknown option --lock-dri$ | --lock-dir\?
ingest -V | unknown option -V | tickerlock --version
ingest -f x.csv | unknown option -f$ | write --file, --from, --full-every or --files-dir\.
ingest --source cotahist --year 24 | --year "24" | 2015-2024
ingest --source cotahist --year 2024 --day 2026-09-18 | exclude each other | .
ingest --source cotahist --file SAMPLE --since 2024-01-01 | --file | Leave one of them out
ingest --ticker A --year 2024 | source yahoo does not use --year | choose --source cotahist
ingest -f | unknown option -f$ | write --force-refresh or --fill-gaps\.
ingest -tA | unknown option -tA | -t A
GOOD --no-dry-run | unknown option --no-dry-run$ | --dry-run=false
GOOD --wide --json | --wide and --json exclude | all of it
GOOD -x | unknown option -x | --help
GOOD more.TXT | "more\.TXT" follows the files of --file, and no such file exists | --ticker more\.TXT for a ticker
ingest p.csv | "p\.csv" is named like a file | --source csv --file p\.csv .*, or --ticker p\.csv for a ticker
ingest PETR4.SA COTAHIST_A2024.ZIP | "COTAHIST_A2024\.ZIP" is named like a file | --file COTAHIST_A2024\.ZIP
collect p.csv --every 15m | "p\.csv" is named like a file | --ticker p\.csv
ingest PETR4.SA all | "all" is the name of an option | --all for the option, or ALL
ingest ??? .SA | "\?\?\?" is invalid | PETR4
ingest , | the argument "," names no ticker | Leave it out
ingest '' | the argument "" names no ticker | Leave it out
ingest --ticker , | --ticker ",": names nothing | commas
logs list --ticker A,??? | "\?\?\?" is invalid | PETR4
GOOD --from 2024-13 | --from "2024-13": is not a month | 2024-01, 2024, today
GOOD --from 2024-02 --to 2024-01 | --from 2024-02-01 is after --to 2024-01-31 | Swap
GOOD --from 2024-02-02 --to 2024-02-01 | --from 2024-02-02 is after --to 2024-02-01 | Swap
GOOD --lock-timeout -5 | --lock-timeout "-5": is negative | 0
INGEST_LOCK_TIMEOUT_SECONDS=-1 GOOD | INGEST_LOCK_TIMEOUT_SECONDS "-1": is negative | INGEST_LOCK_TIMEOUT_SECONDS
GOOD --lock-timeout 5x | --lock-timeout "5x": is not a number | --lock-timeout 30, 5m, 1h30m
ingest A --rate 5/0s | --rate "5/0s" | 60/min or 1/12s
GOOD --on-locked wiat | --on-locked "wiat" | Did you mean wait
GOOD --ticker ../../etc | ticker "\.\./\.\./etc" | PETR4
GOOD --ticker 'PETR4;SA' | no ticker has ";" in it | PETR4
GOOD --ticker AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA | 65 characters | PETR4
GOOD --ticker .SPX | starts with a dot | PETR4
GOOD --max-rejected 0.5 | --max-rejected "0\.5": is not a percentage | --max-rejected 10%
GOOD --max-rejected 101% | "101%": is more than the whole | 10%
GOOD --markets 10 | market "10" is not three digits | 010
ingest --source csv --file SAMPLE --markets 010 | source csv does not use --markets | Leave --markets out, or choose --source cotahist\.
TICKERLOCK_SOURCE=csv ingest --file SAMPLE --allow-truncated | source csv does not use --allow-truncated | Leave --allow-truncated out, or choose --source cotahist\.
ingest --ticker PETR4.SA --rate 0/s | --rate "0/s" | 60/min
ingest --ticker PETR4.SA --rate -1/s | --rate "-1/s" | 60/min
ingest --ticker PETR4.SA --rate 5/fortnight | --rate "5/fortnight" | 60/min
ingest --ticker PETR4.SA --concurrency 0 | --concurrency "0" | --concurrency
ingest --ticker PETR4.SA --concurrency 1.5 | --concurrency "1\.5" | --concurrency
ingest --ticker PETR4.SA --concurrency 257 | --concurrency "257": is more than 256 | 16
ingest --ticker PETR4.SA --timeout 0 | --timeout "0" | --timeout 10
ingest --ticker PETR4.SA --timeout infinity | --timeout "infinity" | --timeout 10
ingest --ticker PETR4.SA --timeout ten | --timeout "ten" | seconds
ingest --ticker PETR4.SA --attempts 0 | --attempts "0" | --attempts
ingest --ticker PETR4.SA --attempts two | --attempts "two" | --attempts
ingest --ticker PETR4.SA --deadline 0 | --deadline "0" | --deadline
ingest --ticker PETR4.SA --deadline 100000 | --deadline "100000" | --deadline
ingest --ticker PETR4.SA --all | --all and --ticker exclude each other | Leave one
ingest --ticker PETR4.SA --file x.csv | source yahoo does not use --file | --source cotahist or b3-daily or csv
YAHOO_BASE_URL=query2.example.com ingest --ticker PETR4.SA | YAHOO_BASE_URL | YAHOO_BASE_URL=https
YAHOO_BASE_URL=ftp://example.com/ ingest --ticker PETR4.SA | YAHOO_BASE_URL: the value is no http | https
YAHOO_COOKIE='a=b\nc: d' ingest --ticker PETR4.SA | YAHOO_COOKIE cannot be sent | ASCII
ingest --source kalshi --dataset market | --dataset "market" | Did you mean markets\?
ingest --source kalshi --dataset markets,events | --dataset "markets,events": is not a name | one name .* no list
ingest --source kalshi --dataset stocks | --dataset "stocks" | events, markets, settlements, snapshots, all
ingest --source kalshi --status opne | --status "opne" | Did you mean open\?
ingest --source kalshi --status active | --status "active" | unopened, open, paused, closed, settled, all
ingest --source kalshi --series 'KX FED' | --series.*"KX FED" | .
ingest --source kalshi --event '' | --event | .
ingest --source kalshi --file x.csv | --file | .
ingest --source kalshi --all | --all | .
ingest --source kalshi --from 2024-01-01 | --from | .
ingest --source kalshi --to 2024-01-01 | --to | .
ingest --source kalshi --markets 010 | --markets | .
ingest --source kalshi --ticker ../x | \.\./x | .
ingest --source yahoo --ticker PETR4.SA --dataset open | --dataset | .
ingest --source yahoo --ticker PETR4.SA --status open | --status | .
ingest --source yahoo --ticker PETR4.SA --series open | --series | .
ingest --source yahoo --ticker PETR4.SA --event open | --event | .
GOOD --job-lock ../x | job name "\.\./x" is invalid | .
GOOD --job-lock Nightly | job name "Nightly" is invalid | .
GOOD --job-lock=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx | job name "x+" is invalid | .
GOOD --job-lock-timeout -1 | --job-lock-timeout "-1": is negative | .
GOOD --job-lock-timeout soon | --job-lock-timeout "soon": is not a number of seconds | .
GOOD --all --ticker EXMA3.SA | --all and --ticker exclude each other | .
JOB_LOCK_TIMEOUT_SEC=later GOOD --job-lock | JOB_LOCK_TIMEOUT_SEC "later": is not a number of seconds | .
ingest --ticker A -q -v | exclude each other | .
ingest --ticker A -qv | exclude each other | .
ingest --ticker A -v --log-level info | exclude each other | .
ingest --ticker A -qx | unknown option - | .
ingest --ticker A --log-file-size 12 | --log-file-size "12": is not between | .

collect | nothing to collect | --config
collect --once | nothing to collect | --config
collect --ticker A --every 15m --time-zone UTC | --time-zone: counts only with active hours or days | --active-days
collect --json --ticker A --every 15m | --json goes with --once or --dry-run | .
collect --once --dry-run --ticker A | --once and --dry-run exclude each other | .
collect json A | "json" is the name of an option | --json
collect --source csv --file text.txt A --every 15m | "A" follows the files | --ticker A for a ticker
collect A,B | no interval | --every 15m
collect --config zone.json --ticker A | --config and --ticker exclude each other | .
collect --ticker A | no interval | --every 15m
collect --ticker A --every soon | "soon" | --every 15m
collect --once --config nowhere.json | nowhere\.json | --config
collect --once --config folder | folder | --config
collect --once --config broken.json | broken\.json | Correct the file
collect --once --config no-tickers.json | no-tickers\.json: tasks\[0\]\.tickers: source yahoo needs tickers | ^Try: Name tickers with "tickers" or "tickers_file", or take .* "all"\.$
collect --once --config zone.json | active_hours | with "time_zone", for example America
collect --once --config rate.json | rate "fast" | for example 60/min or 1/12s; or none for no limit\.$
collect --once --config list.json | tickers_file: \S*empty\.txt | one ticker a line

sources lst | "sources lst" | Did you mean list
sources test | sources test needs a source | yahoo
sources test yahoo --file x | --file | Leave --file x out
sources list --file x | --file | sources test
sources test yaho | unknown source "yaho" | Did you mean yahoo
sources list yahoo | sources list takes no argument: yahoo | .
sources test yahoo --file x.csv | source yahoo does not use --file | .
sources test yahoo --ticker ../x | ticker "\.\./x" | .
sources test --file text.txt csv | "csv" follows the files of --file | with --
sources test yahoo --timeout 0 | --timeout "0" | .
sources list --ticker PETR4.SA | --ticker | .
YAHOO_BASE_URL=example.com sources test yahoo | YAHOO_BASE_URL | .

db | db needs a subcommand | migrate, verify, backup, backups, restore, copy, info
db verfy | "db verfy" | Did you mean verify
db restore | db restore needs a file; in \./backups there is no backup$ | tickerlock db restore FILE
db backups x/ | db backups takes no argument: x/ | --db x/
db backup --keep 0 | --keep "0" | --keep 7
db backup --keep-within 30 | --keep-within "30": is not a length of time | --keep-within 30d
INGEST_LOCK_MODE=nonsense db restore x.db | INGEST_LOCK_MODE "nonsense" | wait, exit
db verify --keep 2 | --keep | db backup
db info -t X | unknown option -t$ | ^Try: It stands for --ticker, which this command has not
doctor -t X | unknown option -t$ | ^Try: It stands for --ticker, which this command has not
stats -n 5 | unknown option -n$ | ^Try: See the options
logs -n 5 | unknown option -n$ | ^Try: See the options
db restore a.db b.db | and no more: b\.db | Leave it out
db copy prices.db | takes two databases | FROM TO
db copy | needs the database to copy | FROM TO
db copy prices.db prices.db | into itself | another database
db verify x.db | db verify takes no argument: x\.db | --db x\.db
db backup --keep 1.5 | --keep "1\.5" | --keep 7
db migrate --to two | --to "two": is not a schema version | --status
db migrate --rollback --to 1 | --rollback and --to exclude each other | one step back
db info --compcat | unknown option --compcat | --compact
db info --keep 3 | ^Error: db info does not use --keep$ | --keep is for tickerlock db backup\.$
db --quick restore x.db | db restore does not use --quick | tickerlock db verify\.$
db verify --to=x.db | db verify does not use --to | for tickerlock db migrate, tickerlock db backup\.$
db backup --lock-dir locks | db backup does not use --lock-dir | tickerlock db restore, tickerlock db copy\.$

export --out folder --format csv | folder | --out
export --out prices.db --format csv | prices\.db | --out
export verify | needs a file | export verify FILE
export price --out no/x.csv | no table or view "price" | Did you mean prices\?
export PETR4.SA --out no/x.csv | no table or view "PETR4\.SA" | --ticker PETR4\.SA
export sync_state --ticker A --out no/x.csv | sync_state cannot be filtered by --ticker | Leave --ticker out
export --columns dte --out no/x.csv | prices has no column "dte" | Did you mean date\?
export --columns date,date --out no/x.csv | has date twice | once
export --format ndjsn --out no/x.csv | --format "ndjsn": is not one | Did you mean ndjson\?
export --from 2024-02-01 --to 2024-01-01 --out no/x.csv | 2024-02-01 is after --to | Swap
export --json | --json prints a report | --format json
export verify x.csv --ticker A | export verify does not use --ticker | Leave it out
export prices x.csv | export takes a table and no more: x\.csv | --out x\.csv

locks status | locks status needs the name of a lock | Name a ticker, or a job
locks sttus A | unknown command "locks sttus" | Did you mean status\?
locks xyzzy | unknown command "locks xyzzy" | Use one of: list, status, release, adopt, prune\.
locks release --force | locks release needs the name of a lock | .
locks list PETR4.SA | locks list takes no argument: PETR4\.SA | .* locks status PETR4\.SA
locks status PETR4.SA VALE3.SA | unexpected argument "VALE3\.SA" | .
locks status 'PETR;4' | ticker "PETR;4" .* | .
locks release ../../etc/passwd | job name "\.\./\.\./etc/passwd" is invalid | .
locks status .Nightly | job name "\.Nightly" is invalid | .*lower-case
locks status . | job name "\." is invalid | .
locks list --held --all | --held and --all exclude each other | .
locks prune | locks prune needs --older-than | --older-than 90d
locks list --older-than 3d | locks list does not use --older-than | .*tickerlock locks prune\.
locks adopt other/ | locks adopt takes no argument: other/ | --lock-dir other/
locks list --hold | unknown option --hold | Did you mean --held\?
locks release PETR4.SA --force=maybe | --force "maybe": is neither true nor false | .
locks list --lock-dir '' | --lock-dir needs a value | .
locks status A --wide | locks status does not use --wide | .*tickerlock locks list\.
locks --force | locks list does not use --force | .*tickerlock locks release\.
locks status A --held | locks status does not use --held | .*tickerlock locks list\.
stats --db mysql://h/x | database mysql:.* this version knows SQLite files and PostgreSQL | Name a file .*
locks status A --db x | the locks of x are files of the folder of locks | Leave --db out, and name the folder with --lock-dir; --db is for a database on a server\.

doctor now | "now" | --help
doctor --unit-dir folder nowhere | "nowhere" follows the files of --unit-dir | with --
config shwo | "config shwo" | Did you mean show
config show --config broken.json | broken\.json | Correct the file
config show --config misspelt.json | misspelt\.json: lock_dri: unknown key | Did you mean lock_dir
config show --config nested.json | nested\.json: sources\.yahoo\.rat: unknown key | Did you mean rate
ingest --ticker A --config list-value.json | list-value\.json: source: \["a"\] is neither | Write one value
config path --config twice.json | twice\.json: db: stands there twice | Keep one
ingest A --config number.json | number\.json: save_raw: 3 is no path | quotes
ingest A --config source.json | source\.json: source "yaho": is not one of its words | Did you mean yahoo
TICKERLOCK_SOURCE=foo ingest A | TICKERLOCK_SOURCE "foo": is not | cotahist, b3-actions
config show --config other-source.json | sources\.kalshi\.user_agent: source kalshi has no such setting | Leave it out
config path --no-config | no configuration file | ^Try: Leave --no-config out\.$
config path | no configuration file | ^Try: Set HOME
logs --config nowhere.json | nowhere\.json cannot be read: it does not exist | --no-config
TICKERLOCK_CONFIG=nowhere.json logs | nowhere\.json cannot be read: it does not exist | --no-config
logs --config zone.json --no-config | --config and --no-config exclude each other | .
ingest --ticker A --config timeout.json | timeout\.json: lock_timeout "soon": is not a number of seconds | 30, 5m
ingest --ticker A --config mode.json | mode\.json: on_locked "wiat": is not one of its words | Did you mean wait\? Use one of: wait, exit
doctor --timeout never | "never" | --timeout 30
doctor --on-locked maybe | --on-locked | .

systemd | systemd needs a subcommand | print, install, uninstall, cron
systemd uninstal | unknown command "systemd uninstal" | Did you mean uninstall
systemd uninstall --ticker A | systemd uninstall does not use --ticker | .
systemd print --restarts many | --restarts "many" | .
systemd print --kind collect --restarts 2 | --restarts | .
systemd print --on-failure mail | --on-failure "mail" | mail-admin@%n\.service
systemd prnt | "systemd prnt" | Did you mean print
systemd cron --name x | --name | systemd print
systemd print --dir x | systemd print does not use --dir | .
systemd cron --memory-max 1G | systemd cron does not use --memory-max | .
systemd print --on-calendar 18:30%i | --on-calendar "18:30%i" | .
systemd print --name a/b | --name "a/b" | .
systemd print --name a\nb | --name "a\\nb" | .
systemd print --user 'a b' | --user "a b" | .
systemd print --user quant --scope user | --user does not go with --scope user | .
systemd print --exec tickerlock | --exec "tickerlock" | .
systemd print --exec /a$b | --exec "/a\$b" | .
systemd print --memory-max lots | --memory-max "lots" | .
systemd print --time-limit 1h\nUser=root | --time-limit | .
systemd print --unit tickerlck.timer | . | Did you mean tickerlock\.timer\?
systemd print --ticker A --tickers-file x | exclude each other | .
systemd print --source csv | source csv needs files | .
systemd print --source yaho | . | Did you mean yahoo\?
systemd print PETR4.SA | unexpected argument "PETR4\.SA" | ^Try: Write --ticker PETR4\.SA for a ticker
systemd print -- --on-lokced exit | . | Did you mean --on-locked\?
systemd cron --tickers-file /a\b | --tickers-file "/a\\\\b" | .
systemd cron --on-calendar 'Mon..Fri 18:30' | is not a cron schedule of five fields | .

logs lst | unknown command "logs lst" | Did you mean list
logs -f | unknown option -f$ | --failed or --follow
logs runs x | logs runs takes no argument: x | tickerlock logs --run x
logs runs --csv | logs runs does not use --csv | logs list
logs runs --limit 0 | --limit "0": would show no row | --limit all
logs show | needs the id of a job | tickerlock logs
logs show 00000000 | 00000000 | tickerlock logs
logs --since soon | --since "soon" | 30m, 2h, 7d, 4w
logs --since tomorrow | --since "tomorrow": is not a moment | --since yesterday
logs --since 2026-13 | --since "2026-13": is not a month | 2026-11
logs --since today --until 'yesterday 06:00' | is not before | earlier
logs prune | prune needs --older-than | --older-than 90d
logs 0190f000-0000 | unknown command | tickerlock logs show 0190f000-0000
logs PETR4.SA | "logs PETR4\.SA" | tickerlock logs --ticker PETR4\.SA
logs show 0190 | JOB "0190": is too short | 8 characters
logs show petr4.sa | JOB "petr4\.sa": is not an id | an id as logs
logs show deadbeef | no job deadbeef is in the log | tickerlock logs\.
logs list PETR4.SA | takes no argument: PETR4 | --ticker PETR4\.SA
logs --status faild | --status "faild": is no status | mean failed\?
logs --since 1h --until 2h | is not before --until | earlier
logs --limit -1 | --limit "-1": is not a number | --limit 100
logs --limit 0 | --limit "0": would show no row | all.*--follow
logs --limit 00 --json | --limit "0": would show | --limit all
logs --json --csv | --json and --csv exclude | one format
logs --wide --csv | --wide and --csv exclude | every column
logs --follow --json | --follow and --json | --ndjson
logs --failed --status success | exclude each other | leave one
logs prune 90d | takes no argument: 90d | --older-than 90d
logs prune --older-than 0d | --older-than "0d": is not in the past | --older-than 90d
logs prune --older-than 2999-01-01 | --older-than "2999-01-01": is not in the past | --older-than 90d
logs prune --older-than=-5d | --older-than "-5d": is not a moment | 30m, 2h, 7d
logs prune --older-than=5 | --older-than "5": is not a moment | 30m, 2h, 7d
logs prune --failed | does not use --failed | logs list

gaps ticker | "ticker" is the name of an option | --ticker
gaps --from 2024-03-01 --to 2024-01-01 | is after --to | Swap
gaps --calendar text.txt | --calendar text\.txt: .* is not JSON | "endings"
ingest PETR4.SA --fill-gaps --to 2024-01-01 | --fill-gaps and --to exclude | gaps decide
ingest --all --accept-restatement | --accept-restatement needs tickers that are named | PETR4\.SA
ingest --tickers-file t.txt --accept-restatement | needs tickers that are named | Name each whose
stats --max-behind x | --max-behind "x": is not a whole number | --max-behind
stats --max-age soon | --max-age "soon": is not a length of time | --max-age
stats --by week | --by "week" | source
stats --by day --max-behind 1 | --by and --max-behind exclude | of tickers
report --json --out x.html | --json and --out exclude | with >
report --max-behind x | --max-behind "x": is not a whole number | --max-behind
report --sinec 7d | unknown option --sinec | --since\?
serve --listen 0.0.0.0 | --listen 0\.0\.0\.0: other machines reach it | TICKERLOCK_SERVE_TOKEN
serve --listen example.org | --listen "example\.org": is no IP address | 127\.0\.0\.1
serve --port 65536 | --port "65536": is no port | 0 for a free one
serve --allow-host http://a | "http://a": is no name of a host | without scheme and port
serve --since 7d | unknown option --since | .
stats ticker | "ticker" is the name of an option | --ticker
stats --out x.prom | --out goes with --prometheus | --prometheus --out x\.prom
stats --json --prometheus | --json and --prometheus exclude | one format
stats --wide --json | --wide and --json exclude | all of it
stats --wide --prometheus | --wide and --prometheus exclude | table only
stats --since 1h --until 3h | is not before | earlier
stats --sinse 1h | unknown option --sinse | --since
stats 'A;B' | "A;B" | PETR4

completions | completions needs a subcommand | bash
completions bsh | "completions bsh" | Did you mean bash
completions bash --log-level loud | "loud" | debug, info
completions bash -q -v | --quiet and --verbose | one of them
`;

/** The same, of what is refused once the command is at work: exit code 1. */
const FAILING = String.raw`
ingest --source csv --file nowhere.csv --dry-run --db new.db | nowhere\.csv | path
ingest --source csv --file secret --dry-run --db new.db | secret | .
ingest --source cotahist --file text.txt --dry-run --db new.db | text\.txt | .
ingest --source csv --file folder --dry-run --db new.db | folder | .
GOOD --ticker EXMA4.SA --dry-run --db new.db | EXMA4\.SA | EXMA3\.SA
GOOD --db folder | folder | --db
GOOD --db text.txt | text\.txt | --db
GOOD --db other.db | other\.db | --db
sources test csv --file nowhere.csv | nowhere\.csv | .
db restore nowhere.db | nowhere\.db | .
db restore text.txt | text\.txt | .
db restore folder | folder | .
db restore latest | there is no good backup of prices\.db in \./backups | tickerlock db restore FILE
db restore latest --dry-run | there is no good backup of prices\.db in \./backups | .
db restore nowhere.db --dry-run | nowhere\.db | .
db restore text.txt --dry-run | text\.txt | .
locks adopt --db nowhere.db | there is no database nowhere\.db | --db
db info --compact --db nowhere.db | nowhere\.db.* does not exist | --db
db backup --db nowhere.db | nowhere\.db.* does not exist | --db
db migrate --status --db nowhere.db | nowhere\.db.* does not exist | --db
db migrate --to 99 | no schema version | .
db info --db text.txt | text\.txt | --db
db info --db /dev/null | database /dev/null is no regular file | --db
db migrate --db /dev/null | database /dev/null is no regular file | --db
logs --db /dev/null | database /dev/null is no regular file | --db
db info --db secret | secret.*permission denied | right to read
db backup --to text.txt/x | text\.txt | .
export --db nowhere.db | nowhere\.db | --db
export --out text.txt/x.csv | text\.txt | .
export --db text.txt | text\.txt | --db
logs --db text.txt | text\.txt | --db
logs prune --older-than 1d --db text.txt | text\.txt | --db
stats --db text.txt | text\.txt | --db
export verify nowhere.csv | nowhere\.csv | .
locks list --lock-dir text.txt | text\.txt | .
systemd install --dir text.txt | text\.txt | .
logs --follow --db nowhere.db | nowhere\.db | --db
logs prune --older-than 1d --db nowhere.db | nowhere\.db | --db
logs --db nowhere.db | nowhere\.db | --db
stats --db other.db | other\.db | --db
stats --prometheus --out folder | folder | .
`;

/** The words of a command line; single quotes hold blanks together. */
function words(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|[^ '])+/g)].map(([word]) =>
    word.replaceAll("'", "").replaceAll("\\n", "\n").replace(/^SAMPLE$/, SAMPLE)
  );
}

function mistakes(table: string, code: number): Mistake[] {
  return table.split("\n").filter((line) => line !== "").map((line) => {
    const [typed = "", error = "", hint = ""] = line.split(" | ");
    const given = words(typed.replace("GOOD", "ingest --source cotahist --file SAMPLE"));
    const at = given.findIndex((word) => !/^[A-Z_]+=/.test(word));
    const env = given.slice(0, at).map((word) => {
      const [name = "", ...value] = word.split("=");
      return [name, value.join("=")];
    });
    return {
      args: given.slice(at),
      env: Object.fromEntries(env),
      code,
      error: new RegExp(error),
      hint: new RegExp(hint),
    };
  });
}

/** Mistakes in a folder as the test makes it. */
export const MISTAKES: readonly Mistake[] = [...mistakes(REFUSED, 2), ...mistakes(FAILING, 1)];
