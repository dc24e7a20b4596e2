/**
 * Real shells on a terminal of their own, into which text and Tab are typed.
 *
 * @module
 */
import { assert } from "../../../assert.ts";
import { programEnvironment, unhurriedCommand } from "../../../e2e/program.ts";
import { Workspace } from "../../../e2e/workspace.ts";

const CSV = `date;ticker;close
2024-01-02;^BVSP;1
2024-01-02;GBP=X;1
2024-01-02;BTC-USD;1
2024-01-02;PETR4.SA;1
2024-01-02;PETR3.SA;1
2024-01-02;M&M.NS;1
2024-01-02;RDS B;1
2024-01-02;BVMF:ITUB4;1
2024-01-02;ETH/USDT;1
`;

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** A folder with databases, locks, files and a `tickerlock` that notes how it is called. */
export class ShellSpace implements AsyncDisposable {
  readonly space: Workspace;
  readonly bin: string;
  readonly #record: string;

  private constructor(space: Workspace) {
    this.space = space;
    this.bin = `${space.path}/bin`;
    this.#record = `${space.path}/record`;
  }

  /** Makes one. */
  static async create(): Promise<ShellSpace> {
    const made = new ShellSpace(await Workspace.create());
    const { space, bin } = made;
    Deno.mkdirSync(bin);
    Deno.mkdirSync(`${space.path}/folder`);
    space.write("prices.csv", CSV);
    space.write("other.csv", "date;ticker;close\n2024-01-02;ONLY3.SA;1\n");
    const first = await space.ingest(["--source", "csv", "--file", "prices.csv"]);
    const env = { TICKERLOCK_DB: "other one.db", LOCK_DIR: "other locks" };
    const args = ["--source", "csv", "--file", "other.csv", "--job-lock", "nightly"];
    const second = await space.ingest(args, { env });
    assert(first.code === 0 && second.code === 0, first.stderr + second.stderr);
    const real = unhurriedCommand().map(quoted).join(" ");
    Deno.writeTextFileSync(
      `${bin}/tickerlock`,
      `#!/bin/sh
case $1 in
  __complete | completions) exec ${real} "$@" ;;
esac
{ printf '%s\\n' "$@"; echo; } >>${quoted(made.#record)}
`,
      { mode: 0o755 },
    );
    return made;
  }

  /** Environment of a shell: this folder's database and locks, no user's configuration. */
  env(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
    const { path, db, lockDir } = this.space;
    return {
      ...programEnvironment({ TICKERLOCK_DB: db, LOCK_DIR: lockDir }),
      HOME: path,
      XDG_CONFIG_HOME: `${path}/config`,
      XDG_DATA_HOME: `${path}/share`,
      ZDOTDIR: path,
      PATH: `${this.bin}:${Deno.env.get("PATH")}`,
      // Deno keeps what it has compiled of the program below HOME otherwise.
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
      TERM: "vt100",
      ...extra,
    };
  }

  /** Runs a command. @returns Its standard output. */
  async output(command: readonly string[], input = ""): Promise<string> {
    const [first = "", ...args] = command;
    const child = new Deno.Command(first, {
      args,
      cwd: this.space.path,
      clearEnv: true,
      env: this.env(),
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
    const { stdout, stderr } = await child.output();
    const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert(errors === "", `${command.join(" ")}: ${errors}`);
    return text ?? "";
  }

  /**
   * Types lines into a shell on a terminal; a tab in them is the Tab key.
   *
   * @returns What `tickerlock` was called with, line by line, its arguments joined with blanks.
   */
  async typed(shell: string, lines: readonly string[]): Promise<string[]> {
    Deno.writeTextFileSync(this.#record, "");
    const input = [...lines.map((line) => `tickerlock ${line}`), "exit"].join("\n") + "\n";
    const screen = await this.output(["script", "-q", "-e", "-c", shell, "/dev/null"], input);
    const calls = Deno.readTextFileSync(this.#record).split("\n\n")
      .filter((call) => call !== "").map((call) => call.trim().replaceAll("\n", " "));
    assert(calls.length === lines.length, `${calls.length} of ${lines.length} calls: ${screen}`);
    return calls;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.space[Symbol.asyncDispose]();
  }
}

/** What is typed, and what comes of it, in every shell. */
export const TYPED: readonly (readonly [string, string])[] = [
  ["ing\t", "ingest"],
  ["ingest --tickers\t", "ingest --tickers-file"],
  ["ingest --ticker GB\t", "ingest --ticker GBP=X"],
  ["ingest --ticker GBP=\t", "ingest --ticker GBP=X"],
  ["ingest --ticker=G\t", "ingest --ticker=GBP=X"],
  ["ingest --ticker=GBP=\t", "ingest --ticker=GBP=X"],
  ["ingest --ticker ^\t", "ingest --ticker ^BVSP"],
  ["ingest --ticker BTC-\t", "ingest --ticker BTC-USD"],
  ["ingest --ticker petr4\t", "ingest --ticker PETR4.SA"],
  ["ingest --ticker m\t", "ingest --ticker M&M.NS"],
  ["ingest --ticker=M\t", "ingest --ticker=M&M.NS"],
  ["ingest --ticker RD\t", "ingest --ticker RDS B"],
  ["ingest --ticker BVMF:\t", "ingest --ticker BVMF:ITUB4"],
  ["ingest --ticker E\t", "ingest --ticker ETH/USDT"],
  ["locks status M\t", "locks status M&M.NS"],
  // Up to where they part.
  ["ingest --ticker P\t", "ingest --ticker PETR"],
  ["ingest --db 'other one.db' --ticker O\t", "ingest --db other one.db --ticker ONLY3.SA"],
  ["ingest --db other\\ one.db --ticker O\t", "ingest --db other one.db --ticker ONLY3.SA"],
  ["ingest --source csv --ticker BT\t", "ingest --source csv --ticker BTC-USD"],
  ["ingest --source yahoo --ticker BT\t", "ingest --source yahoo --ticker BT"],
  ["ingest --source y\t", "ingest --source yahoo"],
  ["ingest --on-locked=e\t", "ingest --on-locked=exit"],
  ["ingest --file prices.c\t", "ingest --file prices.csv"],
  ["ingest --file=prices.c\t", "ingest --file=prices.csv"],
  ["ingest --save-raw fol\t", "ingest --save-raw folder/"],
  ["locks sta\t", "locks status"],
  ["locks status ^\t", "locks status ^BVSP"],
  ["locks status --lock-dir='other locks' .n\t", "locks status --lock-dir=other locks .nightly"],
  ["sources test cota\t", "sources test cotahist"],
  ["export prices_l\t", "export prices_latest"],
  ["export --columns adj\t", "export --columns adj_close"],
  ["export ingest_logs --columns ticker,star\t", "export ingest_logs --columns ticker,started_at"],
  ["export ingest_logs --columns=ticker,statu\t", "export ingest_logs --columns=ticker,status"],
  ["nosuch \t", "nosuch"],
];
