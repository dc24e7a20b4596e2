import * as v from "valibot";
import { DOCUMENTS } from "../../docs/generate/json_page.ts";
import type { Setting } from "../../src/cli/args/setting.ts";
import { allDescriptions } from "../../src/cli/registry.ts";
import { assert, assertEquals, fail } from "../assert.ts";
import { inSpace } from "../cli/in_process.ts";
import { CollectSpace } from "../e2e/collect_tools.ts";
import { projectPath } from "../e2e/program.ts";
import { waitFor } from "../e2e/wait_for.ts";
import { Workspace } from "../e2e/workspace.ts";

/** Documents that a real run has been checked against; the last test wants all of them here. */
const seen = new Set<string>();

/** Fails unless a document has all described fields and no other. */
function check(command: string, value: unknown): void {
  const document = DOCUMENTS.find((each) => each.command === command);
  if (document === undefined) return fail(`${command} is not described`);
  const { success, issues } = v.safeParse(v.strictObject(document.fields), value);
  const told = issues?.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`).join("\n");
  assert(success, `${command}\n${told}\n${JSON.stringify(value, null, 2)}`);
  seen.add(command);
}

/** A workspace in which something has happened, and ways to run what prints JSON. */
class Documents implements AsyncDisposable {
  readonly space: Workspace;

  private constructor(space: Workspace) {
    this.space = space;
  }

  static async create(): Promise<Documents> {
    const made = new Documents(await Workspace.create());
    made.space.write(
      "p.csv",
      "date;ticker;close;high;low\n2024-01-02;PETR4.SA;1;;\n2024-01-03;PETR4.SA;1;0.5;2\n",
    );
    await made.run("ingest --json", ["ingest", "--source=csv", "--file=p.csv", "--json"]);
    return made;
  }

  /** Runs a command, whose document must be as described. */
  async run(
    command: string,
    args: readonly string[],
    wanted = 0,
  ): Promise<unknown> {
    const { code, stdout, stderr } = await inSpace(this.space, args);
    assertEquals(code, wanted, `${args.join(" ")}: ${stderr}`);
    const value: unknown = JSON.parse(stdout);
    check(command, value);
    return value;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.space[Symbol.asyncDispose]();
  }
}

Deno.test("ingest, also where it fails, is left out, or only tries", async () => {
  await using documents = await Documents.create();
  const ingest = ["ingest", "--source=csv", "--file=p.csv", "--json"];
  await documents.run("ingest --json", [...ingest, "--dry-run"]);
  await documents.run("ingest --json", [...ingest, "--ticker=NONE3.SA"], 1);
  using _held = documents.space.hold("PETR4.SA");
  await documents.run("ingest --json", [...ingest, "--on-locked=exit"], 75);
});

Deno.test("collect, and a service that is asked", async () => {
  await using collecting = await CollectSpace.create();
  const { space, yahoo } = collecting;
  collecting.configure([
    { name: "a", tickers: ["PETR4.SA"], every: "1h" },
    { name: "b", tickers: ["NOPE.SA"], every: "1h" },
  ]);
  const once = await collecting.start(["--once", "--json"]).outcome();
  check("collect --once --json", JSON.parse(once.stdout));
  const plan = await collecting.start(["--dry-run", "--json"]).outcome();
  check("collect --dry-run --json", JSON.parse(plan.stdout));
  const env = { YAHOO_BASE_URL: yahoo.url };
  const tested = await inSpace(space, ["sources", "test", "yahoo", "--json"], { env });
  check("sources test SOURCE --json", JSON.parse(tested.stdout));
  const ingested = await space.ingest(["--ticker=VALE3.SA", "--json"], { env });
  check("ingest --json", JSON.parse(ingested.stdout));
});

Deno.test("sources and the version", async () => {
  await using documents = await Documents.create();
  await documents.run("sources list --json", ["sources", "list", "--json"]);
  const test = ["sources", "test", "csv", "--json", "--file"];
  await documents.run("sources test SOURCE --json", [...test, "p.csv"]);
  await documents.run("sources test SOURCE --json", [...test, "none.csv"], 1);
  const { stdout } = await documents.space.program(["--version", "--json"]);
  check("--version --json", JSON.parse(stdout));
});

Deno.test("db", async () => {
  await using documents = await Documents.create();
  const db = (command: string, ...args: string[]) =>
    documents.run(`db ${command} --json`, ["db", ...args, "--json"]);
  await db("migrate", "migrate");
  await db("migrate --status", "migrate", "--status");
  await db("migrate", "migrate", "--rollback");
  await db("migrate", "migrate");
  await db("verify", "verify");
  const made = await db("backup", "backup", "--to", "saved.db") as { readonly path: string };
  await db("backup", "backup");
  await db("info", "info", "--compact");
  await db("copy FROM TO", "copy", documents.space.db, "copied.db");
  documents.space.execute("UPDATE prices SET high = 1, low = 2");
  const verify = ["db", "verify", "--json"];
  const bad = await documents.run("db verify --json", verify, 1) as { findings: unknown[] };
  assert(bad.findings.length > 0);
  await db("backups", "backups");
  await db("restore FILE", "restore", "latest", "--dry-run");
  await db("restore FILE", "restore", made.path);
  await db("info", "info");
});

Deno.test("locks", async () => {
  await using documents = await Documents.create();
  const locks = (command: string, args: readonly string[], code = 0) =>
    documents.run(`locks ${command} --json`, ["locks", ...args, "--json"], code);
  await locks("list", ["list"]);
  await locks("status NAME", ["status", "PETR4.SA"]);
  await locks("release NAME", ["release", "PETR4.SA"]);
  {
    using _held = documents.space.hold("PETR4.SA");
    await locks("status NAME", ["status", "PETR4.SA"], 75);
    await locks("release NAME", ["release", "PETR4.SA", "--force"]);
  }
  await locks("adopt", ["adopt"]);
  Deno.utimeSync(documents.space.lockPath("PETR4.SA"), 1000, 1000);
  await locks("prune", ["prune", "--older-than", "1d"]);
  using _writing = documents.space.holdDatabase();
  await using running = documents.space.start(["--source=csv", "--file=p.csv"]);
  await waitFor("the run to hold its lock", () => {
    return documents.space.holderPid("PETR4.SA") === running.pid;
  });
  await locks("list", ["list", "--held"]);
  await locks("status NAME", ["status", "PETR4.SA"], 75);
  running.kill("SIGKILL");
  await running.outcome();
  await documents.space.untilFree("PETR4.SA");
  const left = await locks("status NAME", ["status", "PETR4.SA"]);
  assert((left as { readonly stale: boolean }).stale);
  await locks("release NAME", ["release", "PETR4.SA"]);
});

Deno.test("logs and stats", async () => {
  await using documents = await Documents.create();
  const args = ["ingest", "--source=csv", "--file=p.csv", "--ticker=NONE3.SA", "--json"];
  await documents.run("ingest --json", args, 1);
  await documents.run("logs list --json", ["logs", "--json"]);
  await documents.run("logs runs --json", ["logs", "runs", "--json"]);
  for (const { job_id } of documents.space.logs()) {
    await documents.run("logs show JOB --json", ["logs", "show", job_id, "--json"]);
  }
  const prune = ["logs", "prune", "--older-than=1d", "--json"];
  await documents.run("logs prune --older-than WHEN --json", prune);
  await documents.run("logs prune --older-than WHEN --json", [...prune, "--dry-run"]);
  await documents.run("stats --json", ["stats", "--json"]);
  await documents.run("stats --json", ["stats", "--max-behind=5", "NOPE.SA", "--json"], 1);
  for (const by of ["source", "run", "day"]) {
    await documents.run("stats --by WHAT --json", ["stats", "--by", by, "--json"]);
  }
  await documents.run("report --json", ["report", "PETR4.SA", "--json"]);
  await documents.run("gaps --json", ["gaps", "--all", "--json"]);
});

Deno.test("export and doctor", async () => {
  await using documents = await Documents.create();
  await documents.run("export --json", ["export", "--out=p.ndjson", "--json"]);
  const byYear = ["export", "--format=parquet", "--partition=year", "--out=years", "--json"];
  await documents.run("export --json", byYear);
  const verify = ["export", "verify", "p.ndjson", "--json"];
  await documents.run("export verify FILE --json", verify);
  documents.space.write("p.ndjson", "{}\n");
  await documents.run("export verify FILE --json", verify, 1);
  const { stdout } = await inSpace(documents.space, ["doctor", "--offline", "--json"]);
  check("doctor --json", JSON.parse(stdout));
});

Deno.test("config", async () => {
  await using documents = await Documents.create();
  await documents.run("config show --json", ["config", "show", "--json"]);
  const path = documents.space.write("config.json", '{"db":"x.db","lock_timeout":"soon"}');
  const show = ["config", "show", "--json", "--config", path];
  await documents.run("config show --json", show, 2);
  await documents.run("config path --json", ["config", "path", "--json", "--config", path]);
});

Deno.test("every described document was checked, and all that prints JSON is described", async () => {
  assertEquals(DOCUMENTS.map(({ command }) => command).filter((each) => !seen.has(each)), []);
  for (const command of await allDescriptions()) {
    const settings: readonly Setting<unknown>[] = Object.values(command.settings);
    const json = settings.find(({ name }) => name === "json");
    if (json === undefined) continue;
    const subcommands = (command.subcommands ?? []).map(({ name }) => name)
      .filter((name) => json.subcommands?.includes(name) !== false);
    for (const form of subcommands.length > 0 ? subcommands : [""]) {
      const start = `${command.name} ${form}`.trim();
      assert(
        DOCUMENTS.some((each) => each.command.startsWith(`${start} `)),
        `${start} --json is not described`,
      );
    }
  }
});

Deno.test("the page names every field, and every field says what it means", async () => {
  const page = await Deno.readTextFile(projectPath("docs/json.md"));
  const walk = (fields: Readonly<Record<string, unknown>>): void => {
    for (const [name, field] of Object.entries(fields)) {
      assert(new RegExp(`[\`.]${name}\``).test(page), name);
      let inner = field as Record<string, unknown> | undefined;
      assert(v.getDescription(inner as unknown as v.GenericSchema) !== "", name);
      for (; inner !== undefined; inner = (inner.wrapped ?? inner.item) as typeof inner) {
        if (inner.entries !== undefined) walk(inner.entries as Record<string, unknown>);
      }
    }
  };
  for (const { command, fields } of DOCUMENTS) {
    assert(page.includes(`### tickerlock ${command}\n`), command);
    walk(fields);
  }
});
