import config from "../../deno.json" with { type: "json" };
import { projectPath } from "../e2e/program.ts";
import { Workspace } from "../e2e/workspace.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { FAULTS as B3_FAULTS } from "./b3_faults.ts";
import { FAULTS as KALSHI_FAULTS } from "./kalshi_faults.ts";
import { FAULTS as RECEIVER_FAULTS } from "./receiver.ts";
import { FAULTS as YAHOO_FAULTS } from "./yahoo_faults.ts";

type Task = "fake:b3" | "fake:kalshi" | "fake:receiver" | "fake:yahoo";

/** The fake as its task starts it: the same rights. */
function commandOf(task: Task, args: readonly string[]): Deno.Command {
  const [deno, ...words] = config.tasks[task].command.split(" ");
  assertEquals(deno, "deno");
  return new Deno.Command(Deno.execPath(), {
    args: [...words, ...args],
    cwd: projectPath("."),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs a fake that ends by itself. */
async function end(task: Task, args: readonly string[]) {
  // One that wrongly goes on is ended with the test, which then fails by its exit code.
  await using started = new Started(task, args);
  return await started.end();
}

/** A fake that goes on until the block ends. */
class Started implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stderr: Promise<string>;
  #stdout = "";
  readonly #up = Promise.withResolvers<void>();
  readonly #read: Promise<void>;

  constructor(task: Task, args: readonly string[]) {
    this.#child = commandOf(task, args).spawn();
    this.#stderr = new Response(this.#child.stderr).text();
    this.#read = this.#follow();
  }

  async #follow(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#child.stdout) {
      this.#stdout += decoder.decode(chunk, { stream: true });
      if (this.#stdout.includes(" is up: ")) this.#up.resolve();
    }
    this.#up.resolve();
  }

  /** The variable that leads the program to it. */
  async env(): Promise<Record<string, string>> {
    await this.#up.promise;
    const found = /^(\S+) is up: (\w+)=(\S+) deno task /.exec(this.#stdout);
    if (found === null) throw new Error(`not up: ${this.#stdout}${await this.#stderr}`);
    assertEquals(found[1], found[3]);
    return { [found[2]!]: found[3]! };
  }

  /** Waits for it to end or to be up. */
  async end(): Promise<{ code: number | undefined; stdout: string; stderr: string }> {
    await this.#up.promise;
    if (this.#stdout.includes(" is up: ")) {
      return { code: undefined, stdout: this.#stdout, stderr: "" };
    }
    const { code } = await this.#child.status;
    return { code, stdout: this.#stdout, stderr: await this.#stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await Promise.all([this.#child.status, this.#read, this.#stderr]);
  }
}

const KALSHI = ["--source", "kalshi", "--rate", "none", "--json"];

Deno.test("fake:kalshi --fault: what is named goes wrong, as often as it is said", async () => {
  await using space = await Workspace.create();
  await using fake = new Started("fake:kalshi", [
    ...["--port", "0"],
    ...["--fault", "error-500,times=1,route=/markets,page=1", "--fault=bad-decimal,times=1"],
  ]);
  const env = await fake.env();
  const args = [...KALSHI, "--dataset", "markets"];
  const { code, stdout, stderr } = await space.ingest(args, { env });
  assertEquals(code, 0, stderr);
  const [job] = JSON.parse(stdout).tickers;
  // One request failed and was made again; then the first row was no good.
  assertEquals([job.requests, job.rows_rejected], [2, 1], stdout);
  assertMatch(String(space.value("SELECT reason FROM ingest_rejects")), /last_price_dollars.*abc/);
  // All is well once the faults are used up.
  const again = await space.ingest(args, { env });
  const [second] = JSON.parse(again.stdout).tickers;
  assertEquals([again.code, second.requests, second.rows_rejected], [0, 1, 0], again.stderr);
});

Deno.test("fake:yahoo --fault: a ticker of any name has it", async () => {
  await using space = await Workspace.create();
  await using fake = new Started("fake:yahoo", [
    ...["--port", "0", "--fault", "NULLCHART,ticker=petr4.sa"],
    ...["--fault", "ERR500,ticker=VALE3.SA,times=1"],
  ]);
  const env = await fake.env();
  const tickers = ["PETR4.SA", "VALE3.SA"].flatMap((ticker) => ["--ticker", ticker]);
  const outcome = await space.ingest([...tickers, "--rate", "none", "--json"], { env });
  assertEquals(outcome.code, 3, outcome.stderr);
  const jobs: { status: string; requests: number }[] = JSON.parse(outcome.stdout).tickers;
  assertEquals(jobs.map(({ status }) => status), ["failed", "success"]);
  assertEquals(jobs[1]?.requests, 2);
});

Deno.test("--list-faults has every fault, and what a client sees", async () => {
  for (
    const [task, faults] of [
      ["fake:b3", B3_FAULTS],
      ["fake:kalshi", KALSHI_FAULTS],
      ["fake:receiver", RECEIVER_FAULTS],
      ["fake:yahoo", YAHOO_FAULTS],
    ]
  ) {
    const { code, stdout, stderr } = await end(task as Task, ["--list-faults"]);
    assertEquals([code, stderr], [0, ""]);
    const rows = stdout.trimEnd().split("\n").map((line) => /^(\S+) +(.*)$/.exec(line)!.slice(1));
    const known = Object.entries<{ readonly about: string }>(faults as typeof YAHOO_FAULTS);
    assertEquals(rows, known.map(([name, { about }]) => [name, about]));
  }
  const { code, stdout } = await end("fake:kalshi", ["--help"]);
  assertEquals(code, 0);
  assertMatch(stdout, /--port[^]*--fault[^]*--list-faults/);
});

Deno.test("what a fake cannot do is one error, with what was meant, and exit code 2", async () => {
  const cases: [Task, readonly string[], RegExp][] = [
    ["fake:kalshi", ["--fault", "eror-500"], /no fault "eror-500"\nTry: Did you mean error-500\?/],
    ["fake:kalshi", ["--fault", "xyzzy"], /no fault "xyzzy"\nTry: See all with .*--list-faults/],
    ["fake:kalshi", ["--fault"], /--fault needs a value/],
    ["fake:kalshi", ["--fault="], /no fault ""/],
    ["fake:kalshi", ["--fault", "error-500,time=1"], /"time=1"[^]*Did you mean times\?/],
    ["fake:kalshi", ["--fault", "error-500,times"], /"times" sets nothing[^]*times=…/],
    ["fake:kalshi", ["--fault", "error-500,times=0"], /times is "0"[^]*from 1/],
    ["fake:kalshi", ["--fault", "error-500,page=x"], /page is "x"/],
    ["fake:kalshi", ["--fault", "error-500,route=/market"], /"\/market"[^]*\/markets, /],
    ["fake:kalshi", ["--port=0", "--fault", "fresh-404,ticker=KXFED-E00002-T9"], /mean KXFED-E0/],
    ["fake:kalshi", ["--flaut", "error-500"], /"--flaut"[^]*--fault/],
    ["fake:kalshi", ["--port", "65536"], /--port "65536"/],
    ["fake:kalshi", ["8809"], /"8809"/],
    ["fake:yahoo", ["--fault", "ERR50,ticker=X"], /no fault "ERR50"\nTry: Did you mean ERR50\d\?/],
    ["fake:yahoo", ["--fault", "ERR500"], /which ticker[^]*ERR500,ticker=/],
  ];
  for (const [task, args, expected] of cases) {
    const { code, stdout, stderr } = await end(task, args);
    const what = `${task} ${args.join(" ")}: ${stderr}`;
    assertEquals([code, stdout], [2, ""], what);
    assertMatch(stderr, expected, what);
    assertMatch(stderr, /^Error: .*\nTry: .*\n$/, what);
  }
});

Deno.test("a port that is taken is one error", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const { code, stderr } = await end("fake:kalshi", ["--port", String(port)]);
  assertEquals(code, 2, stderr);
  assert(stderr.startsWith(`Error: port ${port} is in use\nTry: `), stderr);
});
