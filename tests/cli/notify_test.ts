import { assert, assertEquals, assertHas, assertMatch, assertStringIncludes } from "../assert.ts";
import { HeldLock, Workspace } from "../e2e/workspace.ts";
import { type FakeReceiver, startFakeReceiver } from "../fake/receiver.ts";
import { hasFileModes } from "../../src/platform/files.ts";
import { inSpace, type Outcome } from "./in_process.ts";

const GOOD = "Date,Open,High,Low,Close,Volume\n2024-01-02,1,2,1,2,10\n";
const RUN = ["ingest", "--source", "csv", "--file", "A.csv", "--ticker", "A", "--json"];

/** A workspace beside a receiver, which no output may tell the secret address of. */
class Scene implements AsyncDisposable {
  readonly space: Workspace;
  readonly receiver: FakeReceiver;

  private constructor(space: Workspace, receiver: FakeReceiver) {
    this.space = space;
    this.receiver = receiver;
  }

  static async create(): Promise<Scene> {
    const scene = new Scene(await Workspace.create(), await startFakeReceiver());
    scene.space.write("A.csv", GOOD);
    return scene;
  }

  get url(): string {
    return `${this.receiver.url}/SECRET-path?token=SECRET`;
  }

  /** Runs the program. @returns How it ended, and what the receiver got of it. */
  async run(
    args: readonly string[],
    env: Readonly<Record<string, string>> = { TICKERLOCK_NOTIFY: this.url },
  ): Promise<Outcome & { readonly events: unknown[]; readonly json: Record<string, unknown> }> {
    const before = this.receiver.received.length;
    const outcome = await inSpace(this.space, args, { env });
    for (const text of [outcome.stdout, outcome.stderr]) assert(!text.includes("SECRET"), text);
    const received = this.receiver.received.slice(before);
    const events = received.map(({ json, target }) => json?.event ?? target);
    return { ...outcome, events, json: received.at(-1)?.json ?? {} };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.receiver[Symbol.asyncDispose]();
    await this.space[Symbol.asyncDispose]();
  }
}

Deno.test("ingest tells of a failure once, and once that it is over", async () => {
  await using scene = await Scene.create();
  const { space } = scene;
  assertEquals((await scene.run(RUN)).events, []);
  space.write("A.csv", "nothing of use\n");
  const first = await scene.run(RUN);
  assertEquals([first.code, first.events], [1, ["failed"]]);
  const [row] = space.query("SELECT run_id, error_code FROM ingest_logs ORDER BY id DESC LIMIT 1");
  assertHas(first.json, {
    schema: 1,
    command: "ingest",
    job: "tickerlock ingest --source csv --file A.csv --ticker A --json",
    db: space.db,
    exit_code: 1,
    run_id: row?.run_id,
    since: null,
  });
  assertEquals((first.json.errors as { code: unknown }[])[0]?.code, row?.error_code);
  assertEquals((await scene.run(RUN)).events, []);
  // Another job is told of its own, and its success is not that of the first.
  space.write("B.csv", GOOD);
  const other = RUN.map((word) => word.replace(/^A/, "B"));
  assertEquals((await scene.run(other)).events, []);
  space.write("A.csv", GOOD);
  assertEquals((await scene.run(RUN)).events, ["recovered"]);
  assertEquals((await scene.run(RUN)).events, []);
});

Deno.test("lines that differ only behind what the log keeps of them are two jobs", async () => {
  await using scene = await Scene.create();
  scene.space.write("A.csv", "nothing of use\n");
  const tickers = Array.from({ length: 100 }, (_, n) => `--ticker=MANY${n}`);
  for (const last of ["X", "Y"]) {
    const { events, json } = await scene.run([...RUN, ...tickers, "--ticker", last]);
    assertEquals(events, ["failed"]);
    assert(String(json.job).length <= 501);
  }
});

Deno.test("a quick check that finds nothing does not end what a full one has found", async () => {
  await using scene = await Scene.create();
  await scene.run(RUN);
  scene.space.execute("UPDATE prices SET high = 0.5");
  const [full, quick] = [["db", "verify"], ["db", "verify", "--quick"]];
  assertEquals((await scene.run(full)).events, ["failed"]);
  assertEquals((await scene.run(quick)).events, []);
  assertEquals((await scene.run(full)).events, []);
  scene.space.execute("UPDATE prices SET high = 2");
  assertEquals((await scene.run(full)).events, ["recovered"]);
});

Deno.test("a lock of another run, a dry run and a wrong command line tell nothing", async () => {
  await using scene = await Scene.create();
  await scene.run(RUN);
  {
    using _held = new HeldLock(`${scene.space.lockDir}/A.lock`);
    const { code, events } = await scene.run([...RUN, "--force-refresh", "--on-locked", "exit"]);
    assertEquals([code, events], [75, []]);
  }
  scene.space.write("A.csv", "nothing of use\n");
  const dry = await scene.run([...RUN, "--dry-run"]);
  assertEquals([dry.code, dry.events], [1, []]);
  const wrong = await scene.run([...RUN, "--all"]);
  assertEquals([wrong.code, wrong.events], [2, []]);
  assertEquals((await scene.run([...RUN, "--notify", "none"])).events, []);
});

Deno.test("it is told when the locks are free and the log is written", async () => {
  await using scene = await Scene.create();
  const { space } = scene;
  space.write("A.csv", "nothing of use\n");
  let seen: unknown[] = [];
  scene.receiver.onMessage = () => {
    using _free = new HeldLock(`${space.lockDir}/A.lock`);
    seen = space.query("SELECT status FROM ingest_logs").map(({ status }) => status);
  };
  assertEquals((await scene.run(RUN)).events, ["failed"]);
  assertEquals(seen, ["failed"]);
});

Deno.test("a receiver that is down changes neither result nor exit code: one warning", async () => {
  await using scene = await Scene.create();
  scene.receiver.fault = "error-500";
  scene.space.write("A.csv", "nothing of use\n");
  const failed = await scene.run(RUN);
  assertEquals([failed.code, failed.events], [1, ["failed"]]);
  JSON.parse(failed.stdout);
  assertEquals(failed.stderr.match(/"level":"WARN"/g)?.length, 1, failed.stderr);
  assertMatch(
    failed.stderr,
    /not told \(failed\), which the next run does: http:\/\/127\.0\.0\.1:\d+\/… answered 500"/,
  );
  scene.space.write("A.csv", GOOD);
  // It was never told of the failure, and so not of its end.
  const good = await scene.run(RUN);
  assertEquals([good.code, good.events], [0, []]);
});

Deno.test("the address is shown nowhere, however it is given", async () => {
  await using scene = await Scene.create();
  const { space, url } = scene;
  space.write("A.csv", "nothing of use\n");
  const given = await scene.run([...RUN, "-v", "--notify", url], {});
  assertEquals(given.events, ["failed"]);
  assertStringIncludes(given.stderr, `${scene.receiver.url}/…`);
  const [{ command } = {}] = space.query("SELECT command FROM ingest_logs");
  assertStringIncludes(String(command), `--notify '${scene.receiver.url}/…'`);
  assertEquals((await scene.run([...RUN, "-v", `--notify=${url}`], {})).events, ["failed"]);
  scene.receiver.fault = "redirect";
  await scene.run([...RUN, "-v", "--notify", `ntfy+${url}`], {});
  for (const bad of ["SECRET", `ftp${url}`]) {
    assertEquals((await scene.run([...RUN, "--notify", bad], {})).code, 2);
    const shown = await scene.run(["config", "show"], { TICKERLOCK_NOTIFY: bad });
    assertEquals(shown.code, 2);
  }
  for (const args of [["config", "show"], ["config", "show", "--json"]]) {
    const { code, stdout } = await scene.run(args, { TICKERLOCK_NOTIFY: url });
    assertEquals(code, 0);
    assertStringIncludes(stdout, `${scene.receiver.url}/…`);
  }
});

Deno.test("in a file it is a secret, and a check is refused there", async () => {
  await using scene = await Scene.create();
  const { space, url } = scene;
  const path = `${space.path}/c.json`;
  const configure = (notify: unknown): void => {
    space.write("c.json", JSON.stringify({ notify }));
    Deno.chmodSync(path, 0o600);
  };
  space.write("A.csv", "nothing of use\n");
  const args = [...RUN, "--config", "c.json"];
  configure(url);
  assertEquals((await scene.run(args, {})).events, ["failed"]);
  if (hasFileModes()) {
    Deno.chmodSync(path, 0o644);
    const open = await scene.run(args, {});
    assertEquals(open.code, 2);
    assertStringIncludes(open.stderr, "c.json: notify: a secret, and others may open the file");
  }
  for (const bad of [`healthchecks+${url}`, "SECRET", ["SECRET"]]) {
    configure(bad);
    const { code, events } = await scene.run(args, {});
    assertEquals([code, events], [2, []], `${bad}`);
  }
});

Deno.test("systemd hands it over as a credential, which a variable wins over", async () => {
  await using scene = await Scene.create();
  const { space } = scene;
  space.write("A.csv", "nothing of use\n");
  await Deno.mkdir(`${space.path}/credentials`);
  space.write("credentials/tickerlock_notify", `${scene.url}\n`);
  const env = { CREDENTIALS_DIRECTORY: `${space.path}/credentials` };
  assertEquals((await scene.run(RUN, env)).events, ["failed"]);
  assertEquals((await scene.run(RUN, { ...env, TICKERLOCK_NOTIFY: "none" })).events, []);
});

Deno.test("a check is pinged when a run begins, and when it ends", async () => {
  await using scene = await Scene.create();
  const env = { TICKERLOCK_NOTIFY: `healthchecks+${scene.receiver.url}/check` };
  assertEquals((await scene.run(RUN, env)).events, ["/check/start", "/check"]);
  scene.space.write("A.csv", "nothing of use\n");
  assertEquals((await scene.run(RUN, env)).events, ["/check/start", "/check/fail"]);
});

Deno.test("doctor, db verify, db backup and stats tell how they end", async () => {
  await using scene = await Scene.create();
  const { space } = scene;
  await scene.run(RUN);
  const commands = [
    ["doctor", "--offline"],
    ["db", "verify"],
    ["db", "backup", "--to", "backups/"],
    ["stats"],
  ];
  for (const args of commands) {
    const { code, events } = await scene.run(args);
    assertEquals([code, events], [0, []], `${args}`);
  }
  await Deno.rename(space.db, `${space.db}.away`);
  space.write("prices.db", "this is no database any more, whatever it has been before");
  for (const args of commands) {
    const { code, events, json } = await scene.run(args);
    assertEquals([code, events], [1, ["failed"]], `${args}`);
    assertMatch(JSON.stringify(json.errors), /"code":"(db_\w+|database_\w+)"/, `${args}`);
    assertEquals((await scene.run(args)).events, [], `${args}`);
  }
  await Deno.rename(`${space.db}.away`, space.db);
  for (const args of commands) {
    const { code, events } = await scene.run(args);
    assertEquals([code, events], [0, ["recovered"]], `${args}`);
  }
  // Others have no use for it.
  assertEquals((await scene.run(["db", "info", "--notify", scene.url], {})).code, 2);
  assertEquals((await scene.run(["db", "info"])).code, 0);
});

Deno.test("a check of stats that finds data missing is silence, and no failure", async () => {
  await using scene = await Scene.create();
  await scene.run(RUN);
  const { space } = scene;
  const check = ["stats", "--max-age", "1h", "A"];
  const shift = (days: number): void =>
    space.execute(
      `UPDATE ingest_logs SET finished_at = strftime('%Y-%m-%dT%H:%M:%fZ', finished_at, '${days} days')`,
    );
  assertEquals((await scene.run(check)).events, []);
  shift(-2);
  const { code, events, json } = await scene.run(check);
  assertEquals([code, events], [1, ["silent"]]);
  assertHas(json, { command: "stats", counts: { checked: 1, beyond_limits: 1 } });
  assertEquals(json.errors, [
    { ticker: "A", code: "beyond_limits", message: "csv: last success 2 days ago" },
  ]);
  assertEquals((await scene.run(check)).events, []);
  shift(2);
  assertEquals((await scene.run(check)).events, ["recovered"]);
  const unknown = await scene.run(["stats", "--max-age", "1h", "--source", "kalshi"]);
  assertEquals(unknown.events, ["silent"]);
  assertHas((unknown.json.errors as Record<string, unknown>[])[0] ?? {}, {
    ticker: null,
    code: "nothing_known",
  });
});

Deno.test("collect tells of each task by itself, and a task has a receiver of its own", async () => {
  await using scene = await Scene.create();
  const { space } = scene;
  space.write("B.csv", "nothing of use\n");
  const task = { source: "csv", every: "6h" };
  const configure = (own: Readonly<Record<string, string>> = {}): void => {
    const tasks = [
      { name: "good", file: "A.csv", tickers: ["A"], ...task },
      { name: "bad", file: "B.csv", tickers: ["B"], ...task, ...own },
    ];
    space.write("t.json", JSON.stringify({ tasks }));
    Deno.chmodSync(`${space.path}/t.json`, 0o600);
  };
  configure();
  const args = ["collect", "--config", "t.json", "--once", "--json"];
  const first = await scene.run(args);
  assertEquals([first.code, first.events], [3, ["failed"]]);
  assertHas(first.json, { command: "collect bad", job: "tickerlock collect bad", exit_code: 1 });
  assertEquals((await scene.run(args)).events, []);
  space.write("B.csv", GOOD);
  assertEquals((await scene.run(args)).events, ["recovered"]);
  const check = `healthchecks+${scene.receiver.url}/bad`;
  configure({ notify: check });
  assertEquals((await scene.run(args, {})).events, ["/bad/start", "/bad"]);
  const shared = await scene.run(args, { TICKERLOCK_NOTIFY: check });
  assertEquals([shared.code, shared.events], [2, []]);
  assertStringIncludes(shared.stderr, "t.json: tasks[1].notify: the check is that of tasks[0]");
  configure({ notfy: scene.url });
  const wrong = await scene.run(args);
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, "Did you mean notify?");
});
